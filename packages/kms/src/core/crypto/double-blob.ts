import { hash } from 'node:crypto'
import {
  aadOf,
  beginBlob,
  type CommittedBlob,
  decryptInner,
  headerBytes,
  type ParsedBlob,
} from './blob.ts'
import { concatBytes } from './bytes.ts'
import { gcmEncryptInto, gcmTagBytes, oneMessageIv } from './gcm.ts'
import type { Material } from './material.ts'
import type { Nonces } from './nonce.ts'

// Ciphertext blob, version 1, suite 2: docs/format.md. What the local material made of the plaintext
// is encrypted once more, by a key that a custom key store keeps. Behind the header stand the lengths
// of metadata and IV, the outer parts in this order: metadata, IV, tag, ciphertext.

const metadataBytesMax = 20
const ivLengths: readonly number[] = [12, 16]

/** What AES-256-GCM under a key that never leaves its keeper made of some bytes. */
export type OuterCiphertext = {
  /** As long as the plaintext. */
  readonly ciphertext: Uint8Array
  /** 12 or 16 bytes, chosen by the backend. */
  readonly iv: Uint8Array
  /** 16 bytes. */
  readonly tag: Uint8Array
  /** At most 20 bytes of the backend's own, authenticated as well; mostly empty. */
  readonly metadata: Uint8Array
}

/** What is to be encrypted outside, and the header that the blob will begin with. */
export type InnerBlob = {
  readonly header: Uint8Array
  /** The inner ciphertext, its tag last. */
  readonly inner: Uint8Array
}

/**
 * The inner layer: what whoever keeps the outer key sees instead of the plaintext. `canon` is a
 * `canonicalContext`; both it and `plaintext` are only read.
 */
export const encryptInner = (
  material: Material,
  nonces: Nonces,
  plaintext: Uint8Array,
  canon: Uint8Array,
): InnerBlob => {
  const header = new Uint8Array(headerBytes)
  const key = beginBlob(header, 2, material, nonces, plaintext, canon)
  const inner = new Uint8Array(plaintext.length + gcmTagBytes)
  try {
    gcmEncryptInto(inner, 0, key, oneMessageIv, aadOf(header, canon), plaintext)
  } finally {
    key.fill(0)
  }
  return { header, inner }
}

/**
 * What the outer layer authenticates beside the inner one: header and context. The context is
 * hashed, for a proxy need not take more than 8,192 bytes.
 */
export const outerAad = (header: Uint8Array, canon: Uint8Array): Uint8Array =>
  concatBytes(header.subarray(0, headerBytes), hash('sha256', canon, 'buffer'))

/** The whole blob. Throws TypeError for parts that the format has no room for. */
export const assembleBlob = (header: Uint8Array, outer: OuterCiphertext): Uint8Array => {
  const { metadata, iv, tag, ciphertext } = outer
  if (metadata.length > metadataBytesMax || !ivLengths.includes(iv.length))
    throw new TypeError('metadata or IV of another length')
  if (tag.length !== gcmTagBytes) throw new TypeError('a tag of another length')
  const lengths = Uint8Array.of(metadata.length, iv.length)
  return concatBytes(header, lengths, metadata, iv, tag, ciphertext)
}

/** The outer parts of a blob of suite 2; `undefined` if they do not fit. Views of its bytes. */
export const outerOf = ({ bytes, suite }: ParsedBlob): OuterCiphertext | undefined => {
  if (suite !== 2) return undefined
  const [metadataBytes = 0, ivBytes = 0] = bytes.subarray(headerBytes, headerBytes + 2)
  if (metadataBytes > metadataBytesMax || !ivLengths.includes(ivBytes)) return undefined
  const ivAt = headerBytes + 2 + metadataBytes
  const tagAt = ivAt + ivBytes
  const ciphertextAt = tagAt + gcmTagBytes
  if (bytes.length < ciphertextAt + gcmTagBytes) return undefined
  return {
    metadata: bytes.subarray(headerBytes + 2, ivAt),
    iv: bytes.subarray(ivAt, tagAt),
    tag: bytes.subarray(tagAt, ciphertextAt),
    ciphertext: bytes.subarray(ciphertextAt),
  }
}

/**
 * The plaintext, in a buffer of its own which the caller zeroes; `undefined` if `inner`, which came
 * from outside, is not what was encrypted, or not in this context. Zeroes the key of the blob.
 */
export const decryptDouble = (
  committed: CommittedBlob,
  canon: Uint8Array,
  inner: Uint8Array,
): Uint8Array | undefined =>
  decryptInner(committed, canon, committed.parsed.suite === 2 ? inner : undefined)
