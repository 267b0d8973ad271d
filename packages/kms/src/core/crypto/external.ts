import { hash } from 'node:crypto'
import { gcmDecrypt, gcmEncryptInto, gcmTagBytes, oneMessageIv } from './gcm.ts'
import { deriveMessageKey } from './kdf.ts'
import type { Material } from './material.ts'
import { nonceBytes, type Nonces } from './nonce.ts'

const kdfLabel = 'keyhold/x1'
/** How much of a material's id stands in the metadata. */
const materialIdBytes = 16

/** What an external key store proxy answers: all parts are needed again to decrypt. */
export type ExternalCiphertext = {
  readonly ciphertext: Uint8Array
  /** First half of the material's id: at most 20 bytes are allowed. */
  readonly metadata: Uint8Array
  /** 16 bytes that make the message's key unique. */
  readonly iv: Uint8Array
  readonly tag: Uint8Array
}

/**
 * Encrypts for a store outside: AES-256-GCM under a key derived for this message from the material,
 * its id and a nonce (SP 800-108r1), so that the limit on messages under one key does not apply. To
 * the caller the nonce is the initialization vector. `aad` and `plaintext` are only read.
 */
export const encryptExternal = (
  material: Material,
  nonces: Nonces,
  plaintext: Uint8Array,
  aad: Uint8Array,
): ExternalCiphertext => {
  const metadata = material.id.slice(0, materialIdBytes)
  const authenticated = framed(aad, metadata)
  const iv = new Uint8Array(nonceBytes)
  nonces.writeNext(iv, 0, authenticated, plaintext)
  const key = messageKey(material, metadata, iv)
  const out = new Uint8Array(plaintext.length + gcmTagBytes)
  try {
    gcmEncryptInto(out, 0, key, oneMessageIv, authenticated, plaintext)
  } finally {
    key.fill(0)
  }
  return {
    ciphertext: out.subarray(0, plaintext.length),
    metadata,
    iv,
    tag: out.subarray(plaintext.length),
  }
}

/** The plaintext, which the caller zeroes; `undefined` if any part is not what was encrypted. */
export const decryptExternal = (
  material: Material,
  { ciphertext, metadata, iv, tag }: ExternalCiphertext,
  aad: Uint8Array,
): Uint8Array | undefined => {
  if (iv.length !== nonceBytes) return undefined
  const key = messageKey(material, metadata, iv)
  try {
    return gcmDecrypt(key, oneMessageIv, framed(aad, metadata), ciphertext, tag)
  } finally {
    key.fill(0)
  }
}

/** Whether metadata has the form of what `encryptExternal` gives. */
export const isExternalMetadata = (metadata: Uint8Array | undefined): metadata is Uint8Array =>
  metadata?.length === materialIdBytes

/** XKS proxy API, "ciphertextDataIntegrityValue": SHA-256 over all parts in this order. */
export const integrityValue = (
  aad: Uint8Array,
  { metadata, iv, ciphertext, tag }: ExternalCiphertext,
): Uint8Array =>
  new Uint8Array(hash('sha256', Buffer.concat([aad, metadata, iv, ciphertext, tag]), 'buffer'))

const messageKey = (material: Material, metadata: Uint8Array, iv: Uint8Array): Uint8Array => {
  const { key, commitment } = deriveMessageKey(
    material.kdfKey,
    kdfLabel,
    Buffer.concat([metadata, iv]),
  )
  commitment.fill(0)
  return key
}

/** XKS proxy API, "ciphertextMetadata": both lengths are authenticated, so neither can grow. */
const framed = (aad: Uint8Array, metadata: Uint8Array): Uint8Array => {
  const bytes = Buffer.allocUnsafe(3 + aad.length + metadata.length)
  bytes.writeUInt16BE(aad.length, 0)
  bytes.set(aad, 2)
  bytes[2 + aad.length] = metadata.length
  bytes.set(metadata, 3 + aad.length)
  return bytes
}
