import type { KeyObject } from 'node:crypto'

/** The hash functions that signatures are made over, and the bytes of their digests. */
export const digestBytes = { sha256: 32, sha384: 48, sha512: 64 } as const
export type HashName = keyof typeof digestBytes

/** What `SignatureMethod.sign` is given to be unpredictable with; no method needs more. */
export const entropyBytes = 64

/** One way to sign and to verify. It trusts that the key is of the kind that it is for. */
export type SignatureMethod = {
  /** `entropy`: 64 unpredictable bytes that are used for nothing else, and that its owner zeroes. */
  sign(privateKey: KeyObject, message: Uint8Array, entropy: Uint8Array): Uint8Array
  /** False for any signature that does not hold, whatever its bytes are; it never throws for them. */
  verify(publicKey: KeyObject, message: Uint8Array, signature: Uint8Array): boolean
  /** What takes more than about 0.2 ms even with a kind of key that is fast in OpenSSL. */
  readonly slow: readonly ('sign' | 'verify')[]
}
