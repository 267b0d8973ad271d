import type { SignatureMethod } from './method.ts'
import { modulusBytes, recoverEncoded, signEncoded } from './rsa.ts'

/** An encoding method of RFC 8017 §9 that begins with the digest of a message. */
export type Emsa = {
  /** `encodedBytes`: as long as the modulus. `entropy`: at least as many bytes as the digest has. */
  encode(digest: Uint8Array, encodedBytes: number, entropy: Uint8Array): Uint8Array
  verify(digest: Uint8Array, encoded: Uint8Array): boolean
}

/**
 * RSA signatures of a digest that was made elsewhere. `node:crypto` would hash it once more, so the
 * encoding is ours and the power is OpenSSL's.
 */
export const rsaDigest = (emsa: Emsa): SignatureMethod => ({
  sign: (privateKey, digest, entropy) =>
    signEncoded(privateKey, emsa.encode(digest, modulusBytes(privateKey), entropy)),
  verify(publicKey, digest, signature) {
    const encoded = recoverEncoded(publicKey, signature)
    return encoded !== undefined && emsa.verify(digest, encoded)
  },
  slow: [],
})
