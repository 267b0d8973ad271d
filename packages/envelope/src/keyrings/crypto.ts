import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { concat } from '../bytes.ts'
import { takeOwn, u32 } from './bytes.ts'

const tagBytes = 16

const cipherOf = (key: KeyObject | Uint8Array) => {
  const bytes = key instanceof Uint8Array ? key.length : key.symmetricKeySize
  return bytes === 16 ? 'aes-128-gcm' : bytes === 24 ? 'aes-192-gcm' : 'aes-256-gcm'
}

/** AES-GCM under a key of 16, 24 or 32 bytes: the ciphertext with its tag behind it. */
export const seal = (
  key: KeyObject | Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array => {
  const cipher = createCipheriv(cipherOf(key), key, iv)
  cipher.setAAD(aad)
  return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
}

/** Opens what `seal` made, into memory of its own; `undefined` when it does not authenticate. */
export const open = (
  key: KeyObject | Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined => {
  if (sealed.length < tagBytes) return undefined
  const split = sealed.length - tagBytes
  const decipher = createDecipheriv(cipherOf(key), key, iv, { authTagLength: tagBytes })
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(split))
  const plaintext = decipher.update(sealed.subarray(0, split))
  try {
    decipher.final()
    return takeOwn(plaintext)
  } catch {
    plaintext.fill(0)
    return undefined
  }
}

/** SP 800-108 §4.1, the KDF in counter mode over HMAC, with a counter and a length of 32 bits. */
export const counterKdf = (
  hash: 'sha256' | 'sha384',
  key: Uint8Array,
  label: Uint8Array,
  context: Uint8Array,
  length: number,
): Uint8Array => {
  const derived = new Uint8Array(length)
  for (let counter = 1, offset = 0; offset < length; counter += 1) {
    const mac = createHmac(hash, key)
    mac.update(u32(counter)).update(label).update(Uint8Array.of(0)).update(context)
    const block = mac.update(u32(length * 8)).digest()
    derived.set(block.subarray(0, length - offset), offset)
    offset += block.length
    block.fill(0)
  }
  return derived
}
