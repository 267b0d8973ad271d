import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { Fetch } from '../../../src/core/ports.ts'

export const issuer = 'https://idp.example.com/realm'

type Claims = { readonly [claim: string]: unknown }

export type TokenOptions = {
  readonly header?: Claims
  readonly key?: KeyObject
  readonly signature?: string
}

/**
 * An OpenID Connect provider without a network: what it publishes is answered by `fetch`, and may be
 * changed while a test runs.
 */
export class FakeProvider {
  readonly rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  readonly ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  /** Documents by their URLs. */
  readonly documents = new Map<string, unknown>()
  readonly fetched: string[] = []
  isDown = false

  constructor() {
    this.documents.set(`${issuer}/.well-known/openid-configuration`, {
      issuer,
      jwks_uri: 'https://keys.example.com/jwks',
    })
    this.publish(
      { ...this.rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa', use: 'sig', alg: 'RS256' },
      { ...this.ec.publicKey.export({ format: 'jwk' }), kid: 'ec', use: 'sig' },
    )
  }

  publish(...keys: readonly unknown[]): void {
    this.documents.set('https://keys.example.com/jwks', { keys })
  }

  readonly fetch: Fetch = (url) => {
    this.fetched.push(url)
    const document = this.documents.get(url)
    if (this.isDown || document === undefined) return Promise.reject(new Error('unreachable'))
    return Promise.resolve(Buffer.from(JSON.stringify(document)))
  }

  /** A token; by default signed with the RSA key. */
  token(claims: Claims, options: TokenOptions = {}): string {
    const header = { alg: 'RS256', kid: 'rsa', typ: 'JWT', ...options.header }
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const signed = `${part(header)}.${part(claims)}`
    return `${signed}.${options.signature ?? this.#sign(header.alg, signed, options.key)}`
  }

  #sign(algorithm: string, signed: string, key?: KeyObject): string {
    const bytes = Buffer.from(signed)
    if (algorithm === 'ES256')
      return sign('sha256', bytes, {
        key: key ?? this.ec.privateKey,
        dsaEncoding: 'ieee-p1363',
      }).toString('base64url')
    if (algorithm === 'HS256')
      return createHmac('sha256', this.rsa.publicKey.export({ type: 'spki', format: 'pem' }))
        .update(bytes)
        .digest('base64url')
    return sign('sha256', bytes, key ?? this.rsa.privateKey).toString('base64url')
  }
}
