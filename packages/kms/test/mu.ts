import { createHash, type KeyObject } from 'node:crypto'

/**
 * The message representative of ML-DSA without a context, as a client makes it to sign more than
 * 4,096 bytes: FIPS 204, Algorithm 2, line 10, and Algorithm 7, line 6.
 */
export const muOf = (publicKey: KeyObject, message: Uint8Array): Uint8Array => {
  const { pub = '' } = publicKey.export({ format: 'jwk' }) as { pub?: string }
  const shake = (...parts: readonly Uint8Array[]): Uint8Array =>
    createHash('shake256', { outputLength: 64 }).update(Buffer.concat(parts)).digest()
  return shake(shake(Buffer.from(pub, 'base64url')), new Uint8Array(2), message)
}
