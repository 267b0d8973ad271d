import { decapsulate, encapsulate as opensslEncapsulate, type KeyObject } from 'node:crypto'

/** FIPS 203 §8, table 3. By OpenSSL's names of the parameter sets, as a key object tells them. */
const ciphertextBytes: { readonly [keyType: string]: number } = {
  'ml-kem-512': 768,
  'ml-kem-768': 1088,
  'ml-kem-1024': 1568,
}

/** A shared secret of 32 bytes, and what its other owner recovers it from. */
export type Encapsulated = { readonly sharedSecret: Uint8Array; readonly ciphertext: Uint8Array }

/**
 * Makes a shared secret for whoever holds the private key (ML-KEM.Encaps, FIPS 203 §7.2), with
 * randomness of OpenSSL's. The caller zeroes the secret.
 */
export const encapsulate = (publicKey: KeyObject): Encapsulated => {
  const { sharedKey, ciphertext } = opensslEncapsulate(publicKey)
  return { sharedSecret: sharedKey, ciphertext }
}

/** Recovers the shared secret that somebody made for the holder of the private key. */
export type DecapsulateTask = {
  readonly kind: 'decapsulate'
  readonly privateKey: KeyObject
  readonly ciphertext: Uint8Array
}

/**
 * The shared secret of 32 bytes (ML-KEM.Decaps, FIPS 203 §7.3), which the caller zeroes.
 * `undefined` if the ciphertext has not the length that the key's parameter set gives it. A
 * ciphertext of the right length never fails: a wrong one yields a secret that nobody else has
 * (implicit rejection), and nothing tells that apart.
 */
export const runDecapsulate = ({
  privateKey,
  ciphertext,
}: DecapsulateTask): Uint8Array | undefined => {
  const length = ciphertextBytes[privateKey.asymmetricKeyType ?? '']
  if (length === undefined) throw new TypeError('not a private key of ML-KEM')
  return ciphertext.length === length ? decapsulate(privateKey, ciphertext) : undefined
}
