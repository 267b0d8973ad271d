import { amzDate, authorizationOf, signingKey } from '../api/sigv4-canonical.ts'

export type SigningCredentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export type SignableRequest = {
  readonly method: string
  readonly url: URL
  /** Sent as they are, and all of them signed. Names that signing adds must not be among them. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly credentials: SigningCredentials
  readonly region: string
  readonly service: string
  readonly nowMs: number
}

/**
 * All headers to send with the request: the given ones, `Host` (with the port unless it is the
 * scheme's own), `X-Amz-Date`, the session token if there is one, and `Authorization`.
 */
export const signRequest = (request: SignableRequest): Record<string, string> => {
  const { url, credentials, region, service } = request
  const date = amzDate(request.nowMs)
  const headers: Record<string, string> = {
    Host: url.host,
    ...request.headers,
    'X-Amz-Date': date,
  }
  if (credentials.sessionToken !== undefined) {
    headers['X-Amz-Security-Token'] = credentials.sessionToken
  }
  const secret = new TextEncoder().encode(credentials.secretAccessKey)
  const key = signingKey(secret, date.slice(0, 8), region, service)
  secret.fill(0)
  const { accessKeyId } = credentials
  headers['Authorization'] = authorizationOf({ ...request, headers, date, accessKeyId, key })
  key.fill(0)
  return headers
}
