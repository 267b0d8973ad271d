import type { Credentials } from './credentials.ts'
import { ServiceError } from './errors.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { defaultAttemptsMax, systemWorld, withRetries, type World } from './retry.ts'
import { signRequest } from './sign.ts'
import { openTransport, type Answer } from './transport.ts'

/**
 * Where and as whom to call. Times are milliseconds (default 60,000; 0 waits for ever), `ca` is a
 * PEM bundle that replaces the system's authorities, `attemptsMax` counts the first attempt too.
 */
export type ClientConfig = {
  readonly endpoint: string
  readonly region: string
  /** Asked before each request, so that credentials may expire; `undefined`: nothing is signed. */
  readonly credentials: (() => Promise<Credentials>) | undefined
  readonly ca?: string | undefined
  readonly verifyTls?: boolean | undefined
  readonly connectTimeoutMs?: number | undefined
  readonly readTimeoutMs?: number | undefined
  readonly attemptsMax?: number | undefined
  readonly userAgent?: string | undefined
  readonly world?: World | undefined
  /** Sees every request and answer as it is on the wire; what it shows of them is its own duty. */
  readonly trace?: ((event: TraceEvent) => void) | undefined
}

export type TraceEvent =
  | {
      readonly kind: 'request'
      readonly endpoint: string
      readonly headers: Readonly<Record<string, string>>
    }
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: Answer['headers']
      readonly bytes: number
    }

export type KmsClient = {
  /**
   * Calls an operation by its name in the API and resolves to its answer as it is on the wire; an
   * empty body is `{}`. Throws ServiceError for a fault, TransportError when no answer came.
   */
  call(operation: string, input: JsonObject): Promise<JsonObject>
  /** Closes idle connections. A call that is under way still ends. */
  close(): void
}

const waitDefaultMs = 60_000

export const createClient = (config: ClientConfig): KmsClient => {
  const world = config.world ?? systemWorld
  const transport = openTransport(config.endpoint, {
    connectTimeoutMs: config.connectTimeoutMs ?? waitDefaultMs,
    readTimeoutMs: config.readTimeoutMs ?? waitDefaultMs,
    ca: config.ca,
    verifyTls: config.verifyTls ?? true,
  })
  const attempt = async (operation: string, body: Uint8Array): Promise<JsonObject> => {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${operation}`,
    }
    const credentials = await config.credentials?.()
    const signed =
      credentials === undefined
        ? headers
        : signRequest({
            method: 'POST',
            url: transport.url,
            headers,
            body,
            credentials,
            region: config.region,
            service: 'kms',
            nowMs: world.nowMs(),
          })
    const complete = {
      ...signed,
      'content-length': String(body.length),
      'user-agent': config.userAgent ?? 'keyhold',
    }
    config.trace?.({ kind: 'request', endpoint: config.endpoint, headers: complete })
    const answer = await transport.post(complete, body)
    config.trace?.({
      kind: 'answer',
      status: answer.status,
      headers: answer.headers,
      bytes: answer.body.length,
    })
    return readAnswer(answer)
  }
  return {
    call: (operation, input) => {
      const body = new TextEncoder().encode(JSON.stringify(input))
      return withRetries(
        () => attempt(operation, body),
        config.attemptsMax ?? defaultAttemptsMax,
        world,
      )
    },
    close: () => {
      transport.close()
    },
  }
}

const readAnswer = (answer: Answer): JsonObject => {
  const json = parseBody(answer.body)
  if (answer.status >= 200 && answer.status < 300 && json !== undefined) return json
  throw new ServiceError({
    code: faultCode(json, answer.status),
    message: faultText(json),
    status: answer.status,
    requestId: headerText(answer.headers['x-amzn-requestid']),
  })
}

/** `undefined`: not a JSON object, so not an answer of the API. */
const parseBody = (body: Uint8Array): JsonObject | undefined => {
  if (body.length === 0) return {}
  try {
    const json = JSON.parse(new TextDecoder().decode(body)) as unknown
    return isJsonObject(json) ? json : undefined
  } catch {
    return undefined
  }
}

// `__type` may be qualified ("com.example#Name") and, from some servers, followed by a colon.
const faultCode = (json: JsonObject | undefined, status: number): string => {
  const type = json?.['__type'] ?? json?.['code']
  if (typeof type !== 'string') return String(status)
  return type.slice(type.lastIndexOf('#') + 1).split(':', 1)[0] ?? type
}

const faultText = (json: JsonObject | undefined): string => {
  const text: Json | undefined = json?.['message'] ?? json?.['Message']
  return typeof text === 'string' ? text : ''
}

const headerText = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value
