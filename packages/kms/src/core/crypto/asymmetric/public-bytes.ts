import type { KeyObject } from 'node:crypto'

/** The bytes of an Ed25519 or ML-DSA public key as their standards have them, without a wrapping. */
export const rawPublicKey = (publicKey: KeyObject): Uint8Array => {
  const { x, pub } = publicKey.export({ format: 'jwk' }) as { x?: string; pub?: string }
  return Buffer.from(x ?? pub ?? '', 'base64url')
}
