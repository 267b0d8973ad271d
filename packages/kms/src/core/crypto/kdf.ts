import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/**
 * The first half of HMAC-SHA-512 of `label` under `secret`, as a key object. This is how a stored
 * secret becomes a KDF key: the secret itself never is one. The caller zeroes `secret`.
 */
export const subkeyOf = (secret: Uint8Array, label: string): KeyObject => {
  const mac = createHmac('sha512', secret).update(label, 'latin1').digest()
  const key = createSecretKey(mac.subarray(0, 32))
  mac.fill(0)
  return key
}

/**
 * K_enc of a material: what its ciphertext blobs are derived from. Were the material itself the KDF
 * key, the same bytes imported as an HMAC key would turn a MAC permission into decryption.
 */
export const kdfKeyOf = (material: Uint8Array): KeyObject =>
  subkeyOf(material, 'keyhold/material/enc/v1')

/** Two views of one buffer; `key` is secret and its receiver zeroes it, `commitment` is public. */
type MessageKey = { readonly key: Uint8Array; readonly commitment: Uint8Array }

/**
 * A one-message key and the commitment to it. `label` is ASCII without NUL, one per use; `header` is
 * the context of the derivation and makes the key unique.
 */
export const deriveMessageKey = (
  kdfKey: KeyObject,
  label: string,
  header: Uint8Array,
): MessageKey => {
  // SP 800-108r1 §4.1, counter mode: [i]_2 ‖ Label ‖ 00 ‖ Context ‖ [L]_2, here one block, L = 512.
  const labelEnd = 4 + label.length
  const headerEnd = labelEnd + 1 + header.length
  const input = Buffer.allocUnsafe(headerEnd + 4)
  input.writeUInt32BE(1, 0)
  input.write(label, 4, 'latin1')
  input[labelEnd] = 0
  input.set(header, labelEnd + 1)
  input.writeUInt32BE(512, headerEnd)
  const block = createHmac('sha512', kdfKey).update(input).digest()
  return { key: block.subarray(0, 32), commitment: block.subarray(32, 64) }
}
