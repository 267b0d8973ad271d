import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { type ErrorCode, KmsError } from '../../../src/api/errors.ts'
import {
  canonicalHeaders,
  canonicalRequest,
  sha256Hex,
  signingKey,
  stringToSign,
} from '../../../src/api/sigv4-canonical.ts'
import { type SigningCredentials, signRequest } from '../../../src/client/sign.ts'
import { Secret } from '../../../src/core/crypto/secret.ts'
import { type RawHeaders, type RawRequest, readHeaders } from '../../../src/server/sigv4/request.ts'
import {
  type Authenticated,
  type Credential,
  SigV4Verifier,
} from '../../../src/server/sigv4/verify.ts'

/** A request with its headers, as both come over the wire. */
export type WholeRequest = RawRequest & RawHeaders

export const nowMs = Date.UTC(2018, 10, 16, 10, 10)
export const region = 'eu-central-1'
export const alice: SigningCredentials = {
  accessKeyId: 'AKIAALICE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
export const session: SigningCredentials = {
  accessKeyId: 'ASIASESSION',
  secretAccessKey: 'anotherSecretAccessKeyOfASession',
  sessionToken: 'FwoGZXIvYXdzEXAMPLE/token+==',
}

export const credentialOf = (from: SigningCredentials): Credential => ({
  accessKeyId: from.accessKeyId,
  secret: new Secret(new TextEncoder().encode(from.secretAccessKey)),
  ...(from.sessionToken === undefined ? {} : { sessionToken: from.sessionToken }),
})

/** A verifier over a table of credentials that the test may change while it runs. */
export const verifierOf = (
  table = new Map([alice, session].map((one) => [one.accessKeyId, credentialOf(one)])),
  atMs: () => number = () => nowMs,
): SigV4Verifier =>
  new SigV4Verifier({
    clock: { nowMs: atMs },
    credentials: (accessKeyId) => table.get(accessKeyId),
    services: new Set(['kms']),
    isRegion: (name) => name === region || name === 'us-east-1',
  })

export const verify = (request: WholeRequest, verifier = verifierOf()): Authenticated =>
  verifier.verify(request, readHeaders(request))

export type SignedOptions = {
  readonly credentials?: SigningCredentials
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly region?: string
  readonly service?: string
  readonly atMs?: number
}

const bodyText = '{"KeyId":"alias/app","Plaintext":"c2VjcmV0"}'

/** What our own client sends for Encrypt. */
export const signed = (options: SignedOptions = {}): WholeRequest => {
  const body = new TextEncoder().encode(options.body ?? bodyText)
  const headers = signRequest({
    method: 'POST',
    url: new URL('http://127.0.0.1:8080/'),
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': 'TrentService.Encrypt',
      ...options.headers,
    },
    body,
    credentials: options.credentials ?? alice,
    region: options.region ?? region,
    service: options.service ?? 'kms',
    nowMs: options.atMs ?? nowMs,
  })
  return raw(Object.entries(headers), body)
}

export const raw = (
  pairs: readonly (readonly [string, string])[],
  body: Uint8Array,
): WholeRequest => ({
  method: 'POST',
  target: '/',
  rawHeaders: pairs.flat(),
  body,
  remoteAddress: '127.0.0.1',
  tls: undefined,
})

export const pairsOf = (request: WholeRequest): [string, string][] => {
  const pairs: [string, string][] = []
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    pairs.push([request.rawHeaders[at]!, request.rawHeaders[at + 1]!])
  }
  return pairs
}

/** The request with one header changed; `undefined` takes it out. */
export const withHeader = (
  request: WholeRequest,
  name: string,
  change: (value: string) => string | undefined,
): WholeRequest => {
  const pairs = pairsOf(request).flatMap(([given, value]): [string, string][] => {
    if (given.toLowerCase() !== name) return [[given, value]]
    const changed = change(value)
    return changed === undefined ? [] : [[given, changed]]
  })
  return raw(pairs, request.body)
}

/**
 * A signature by somebody who holds Alice's secret and signs by rules of their own: any list of
 * signed headers, any payload hash, any scope.
 */
export const signedFreely = (free: {
  readonly headers: readonly (readonly [string, string])[]
  readonly sign: readonly string[]
  readonly signedHeaders?: string
  readonly body?: string
  readonly bodyHash?: string
  readonly scope?: string
}): WholeRequest => {
  const body = new TextEncoder().encode(free.body ?? bodyText)
  const scope = free.scope ?? `20181116/${region}/kms/aws4_request`
  const [day = '', regionName = '', service = ''] = scope.split('/')
  const date = free.headers.find(([name]) => name.toLowerCase() === 'x-amz-date')?.[1] ?? ''
  const { headerLines, signedHeaders } = canonicalHeaders(
    free.headers.filter(([name]) => free.sign.includes(name.toLowerCase())),
  )
  const list = free.signedHeaders ?? signedHeaders
  const text = canonicalRequest({
    method: 'POST',
    path: '/',
    query: '',
    headerLines,
    signedHeaders: list,
    bodyHash: free.bodyHash ?? sha256Hex(body),
  })
  const key = signingKey(new TextEncoder().encode(alice.secretAccessKey), day, regionName, service)
  const signature = createHmac('sha256', key)
    .update(stringToSign(date, scope, text))
    .digest('hex')
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${alice.accessKeyId}/${scope}, ` +
    `SignedHeaders=${list}, Signature=${signature}`
  return raw([...free.headers, ['Authorization', authorization]], body)
}

export const plainHeaders: readonly (readonly [string, string])[] = [
  ['Host', '127.0.0.1:8080'],
  ['X-Amz-Date', '20181116T101000Z'],
  ['X-Amz-Target', 'TrentService.Encrypt'],
  ['Content-Type', 'application/x-amz-json-1.1'],
]

export const plainSigned = ['content-type', 'host', 'x-amz-date', 'x-amz-target'] as const

/** Asserts that the work ends with an error of AWS's: this code, and this text or one of this form. */
export const refuses = (work: () => unknown, code: ErrorCode, message?: string | RegExp): void => {
  assert.throws(work, (error) => {
    assert.ok(error instanceof KmsError, String(error))
    assert.equal(error.code, code)
    if (typeof message === 'string') assert.equal(error.message, message)
    if (message instanceof RegExp) assert.match(error.message, message)
    return true
  })
}
