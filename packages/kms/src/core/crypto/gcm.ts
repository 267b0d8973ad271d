import { createCipheriv, createDecipheriv } from 'node:crypto'

/** Length of the authentication tag. Shorter ones are never made and never accepted. */
export const gcmTagBytes = 16
const options = { authTagLength: gcmTagBytes }

/** For keys that encrypt exactly one message. Under any other key a fixed IV is fatal. */
export const oneMessageIv: Uint8Array = new Uint8Array(12)

/**
 * AES-256-GCM (SP 800-38D): writes the ciphertext, as long as `plaintext`, and the tag into `out`
 * from `at` on. The 32-byte `key` stays the caller's to zero; `iv` is 12 bytes.
 */
export const gcmEncryptInto = (
  out: Uint8Array,
  at: number,
  key: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): void => {
  const cipher = createCipheriv('aes-256-gcm', key, iv, options)
  cipher.setAAD(aad)
  out.set(cipher.update(plaintext), at)
  cipher.final()
  out.set(cipher.getAuthTag(), at + plaintext.length)
}

/**
 * The plaintext, in a buffer of its own which the caller zeroes; `undefined` if the tag is not
 * right, and then nothing of what was decrypted remains.
 */
export const gcmDecrypt = (
  key: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
  ciphertext: Uint8Array,
  tag: Uint8Array,
): Uint8Array | undefined => {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, options)
  decipher.setAAD(aad)
  decipher.setAuthTag(tag)
  const plaintext = decipher.update(ciphertext)
  try {
    decipher.final()
    return plaintext
  } catch {
    plaintext.fill(0)
    return undefined
  }
}
