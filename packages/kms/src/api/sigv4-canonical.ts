import { createHmac, hash, type KeyObject } from 'node:crypto'

/**
 * AWS Signature Version 4, the part that signer and verifier share: what exactly is signed. Pure
 * functions over strings and bytes; who may sign, and when, is not decided here.
 */

export const algorithm = 'AWS4-HMAC-SHA256'
export const terminator = 'aws4_request'

/** Lower-case hex of SHA-256; a string is hashed as UTF-8. */
export const sha256Hex = (data: string | Uint8Array): string => hash('sha256', data, 'hex')

/** `YYYYMMDDTHHMMSSZ` in UTC; its first eight characters are the day of the credential scope. */
export const amzDate = (nowMs: number): string =>
  `${new Date(nowMs).toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '')}Z`

const oddSpace = /^ | {2}|[\t\n]| $/

/** A header value without white space around it, and with each run of it inside as one space. */
export const canonicalHeaderValue = (value: string): string =>
  // Nearly every value is canonical already, and to look is cheaper than the rewriting.
  oddSpace.test(value) ? value.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '') : value

/** RFC 3986 §2.3: everything but unreserved characters becomes `%XX`, with upper-case hex. */
const encodeComponent = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/**
 * The path with each segment percent-encoded once more than it was sent, as every service but S3
 * wants it. `normalize` removes dot segments and empty ones first (RFC 3986 §5.2.4).
 */
export const canonicalPath = (path: string, normalize: boolean): string => {
  const segments = (path === '' ? '/' : path).split('/')
  if (!normalize) return segments.map(encodeComponent).join('/')
  const kept: string[] = []
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(encodeComponent(segment))
  }
  const last = segments.at(-1)
  const isFolder = kept.length > 0 && (last === '' || last === '.' || last === '..')
  return `/${kept.join('/')}${isFolder ? '/' : ''}`
}

const decodeComponent = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Encoded text is ASCII, so the order of code units is the order of bytes. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The query string (without its `?`) with names and values re-encoded, sorted by name, then value. */
export const canonicalQuery = (query: string): string => {
  if (query === '') return ''
  const pairs = query.split('&').map((pair) => {
    const at = pair.indexOf('=')
    const name = at < 0 ? pair : pair.slice(0, at)
    const value = at < 0 ? '' : pair.slice(at + 1)
    return [name, value].map((part) => encodeComponent(decodeComponent(part))) as [string, string]
  })
  pairs.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}

export type CanonicalRequest = {
  readonly method: string
  /** As `canonicalPath` gives it. */
  readonly path: string
  /** As `canonicalQuery` gives it. */
  readonly query: string
  /** One `name:value\n` per signed header, in the order of `signedHeaders`; values canonical. */
  readonly headerLines: string
  /** Lower-case names joined by `;`. */
  readonly signedHeaders: string
  /** Lower-case hex of the SHA-256 of the body. */
  readonly bodyHash: string
}

export const canonicalRequest = (request: CanonicalRequest): string =>
  `${request.method}\n${request.path}\n${request.query}\n${request.headerLines}\n` +
  `${request.signedHeaders}\n${request.bodyHash}`

/**
 * Headers as they are signed: names in lower case and sorted, values canonical, the values of a
 * repeated name joined by commas in the order in which they came.
 */
export const canonicalHeaders = (
  headers: Iterable<readonly [string, string]>,
): { headerLines: string; signedHeaders: string } => {
  const values = new Map<string, string>()
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    const before = values.get(lower)
    const canonical = canonicalHeaderValue(value)
    values.set(lower, before === undefined ? canonical : `${before},${canonical}`)
  }
  const names = [...values.keys()].sort()
  return {
    headerLines: names.map((name) => `${name}:${values.get(name)}\n`).join(''),
    signedHeaders: names.join(';'),
  }
}

/** `scope`: day, Region, service and terminator, joined by `/`. */
export const stringToSign = (date: string, scope: string, canonical: string): string =>
  `${algorithm}\n${date}\n${scope}\n${sha256Hex(canonical)}`

/** A request as its sender is about to sign it, with the key that `signingKey` gave for its scope. */
export type UnsignedRequest = {
  readonly method: string
  readonly url: Pick<URL, 'pathname' | 'search'>
  /** Those that are signed; the names that SigV4 demands are among them. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** As `amzDate` gives it, and as the header says. */
  readonly date: string
  readonly accessKeyId: string
  readonly region: string
  readonly service: string
  readonly key: Uint8Array | KeyObject
}

/** The value of the `Authorization` header. */
export const authorizationOf = (request: UnsignedRequest): string => {
  const { url, date, accessKeyId, region, service } = request
  const { headerLines, signedHeaders } = canonicalHeaders(Object.entries(request.headers))
  const canonical = canonicalRequest({
    method: request.method,
    path: canonicalPath(url.pathname, true),
    query: canonicalQuery(url.search.slice(1)),
    headerLines,
    signedHeaders,
    bodyHash: sha256Hex(request.body),
  })
  const scope = `${date.slice(0, 8)}/${region}/${service}/${terminator}`
  const signature = createHmac('sha256', request.key)
    .update(stringToSign(date, scope, canonical))
    .digest('hex')
  return (
    `${algorithm} Credential=${accessKeyId}/${scope}, ` +
    `SignedHeaders=${signedHeaders}, Signature=${signature}`
  )
}

const hmac = (key: Uint8Array, data: string): Uint8Array =>
  createHmac('sha256', key).update(data).digest()

/**
 * The key that signs for one day, Region and service. `secret` is the secret access key as bytes;
 * the caller owns the result, and every intermediate key is erased here.
 */
export const signingKey = (
  secret: Uint8Array,
  day: string,
  region: string,
  service: string,
): Uint8Array => {
  let key = new Uint8Array(4 + secret.length)
  key.set([0x41, 0x57, 0x53, 0x34]) // "AWS4"
  key.set(secret, 4)
  for (const part of [day, region, service, terminator]) {
    const next = hmac(key, part)
    key.fill(0)
    key = new Uint8Array(next)
    next.fill(0)
  }
  return key
}
