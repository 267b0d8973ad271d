import { equalConstantTime, toHex } from './bytes.ts'
import { gcmDecrypt, gcmEncryptInto, gcmTagBytes, oneMessageIv } from './gcm.ts'
import { deriveMessageKey } from './kdf.ts'
import type { Material } from './material.ts'
import type { Nonces } from './nonce.ts'
import { Secret } from './secret.ts'

// Ciphertext blob, version 1: docs/format.md. Where each part begins:
const materialIdAt = 4
const nonceAt = 20
const commitmentAt = 36
/** Where the header ends, which is the same in all suites, and what a suite makes begins. */
export const headerBytes = 68
const ciphertextAt = headerBytes

const kdfLabel = 'keyhold/e1'

/** What a blob is longer than its plaintext. */
const blobOverheadBytes = ciphertextAt + gcmTagBytes

/** AWS's limit on a ciphertext. */
const blobBytesMax = 6_144

/** 1: encrypted once, here. 2: encrypted once more, by what keeps the key of a custom key store. */
export type BlobSuite = 1 | 2

/** The shortest blob of each suite: with no metadata and a short IV in suite 2. */
const blobBytesMin: { readonly [S in BlobSuite]: number } = { 1: 84, 2: 114 }

/** A blob of the right form, of which nothing is proven. It is a view: its bytes must not change. */
export type ParsedBlob = { readonly bytes: Uint8Array; readonly suite: BlobSuite }

/**
 * A blob that was made with the material at hand; its context and ciphertext are not proven yet. It
 * holds a secret, so each ends in `decryptCommitted` or `discardCommitted`.
 */
export type CommittedBlob = {
  readonly parsed: ParsedBlob
  readonly key: Secret
  /** The key is zeroed, and must not be used: anyone could encrypt under zeros. */
  spent: boolean
}

/**
 * Encrypts under a fresh key derived from the material. `canon` is a `canonicalContext`; both it and
 * `plaintext` are only read. Throws RangeError where the blob would exceed its limit.
 */
export const encryptBlob = (
  material: Material,
  nonces: Nonces,
  plaintext: Uint8Array,
  canon: Uint8Array,
): Uint8Array => {
  const length = plaintext.length + blobOverheadBytes
  if (length > blobBytesMax) throw new RangeError('the plaintext is too long for a blob')
  // A slice of the shared pool, all of which is written to.
  const blob = Buffer.allocUnsafe(length)
  const key = beginBlob(blob, 1, material, nonces, plaintext, canon)
  try {
    gcmEncryptInto(blob, ciphertextAt, key, oneMessageIv, aadOf(blob, canon), plaintext)
  } finally {
    key.fill(0)
  }
  return blob
}

/** Writes the header of a blob, and returns the key for its one message, which the caller zeroes. */
export const beginBlob = (
  blob: Uint8Array,
  suite: BlobSuite,
  material: Material,
  nonces: Nonces,
  plaintext: Uint8Array,
  canon: Uint8Array,
): Uint8Array => {
  blob[0] = 0x4b
  blob[1] = 1
  blob[2] = suite
  blob[3] = 0
  blob.set(material.id.subarray(0, nonceAt - materialIdAt), materialIdAt)
  nonces.writeNext(blob, nonceAt, canon, plaintext)
  const { key, commitment } = deriveMessageKey(
    material.kdfKey,
    kdfLabel,
    blob.subarray(0, commitmentAt),
  )
  blob.set(commitment, commitmentAt)
  return key
}

/** `undefined` for anything that is not exactly a version 1 blob. Never throws. */
export const parseBlob = (bytes: Uint8Array): ParsedBlob | undefined => {
  const suite = bytes[2]
  if (suite !== 1 && suite !== 2) return undefined
  if (bytes.length < blobBytesMin[suite] || bytes.length > blobBytesMax) return undefined
  if (bytes[0] !== 0x4b || bytes[1] !== 1 || bytes[3] !== 0) return undefined
  return { bytes, suite }
}

/** First half of the id of the material that the blob names, in hex. A claim until opened. */
export const materialIdHalf = (parsed: ParsedBlob): string =>
  toHex(parsed.bytes.subarray(materialIdAt, nonceAt))

/**
 * `undefined` unless the blob was made with this material (by whoever had the use of it). Tells
 * nothing of the context, so that a wrong one can still be attributed to the key's owner.
 */
export const openCommitted = (
  material: Material,
  parsed: ParsedBlob,
): CommittedBlob | undefined => {
  const { bytes } = parsed
  const derived = deriveMessageKey(material.kdfKey, kdfLabel, bytes.subarray(0, commitmentAt))
  const key = new Secret(derived.key)
  if (equalConstantTime(derived.commitment, bytes.subarray(commitmentAt, ciphertextAt)))
    return { parsed, key, spent: false }
  key[Symbol.dispose]()
  // The right commitment would let anyone finish a blob of their own.
  derived.commitment.fill(0)
  return undefined
}

/**
 * The plaintext of a blob of suite 1, in a buffer of its own which the caller zeroes; `undefined` for
 * one of suite 2, and if context, ciphertext or tag are not those that were encrypted. Zeroes the
 * key; throws TypeError if that was done before.
 */
export const decryptCommitted = (
  committed: CommittedBlob,
  canon: Uint8Array,
): Uint8Array | undefined => {
  const { bytes, suite } = committed.parsed
  return decryptInner(committed, canon, suite === 1 ? bytes.subarray(ciphertextAt) : undefined)
}

/**
 * Decrypts what the material encrypted, its tag last: in suite 1 it stands in the blob itself.
 * `undefined` is never right. As `decryptCommitted` otherwise.
 */
export const decryptInner = (
  committed: CommittedBlob,
  canon: Uint8Array,
  inner: Uint8Array | undefined,
): Uint8Array | undefined => {
  if (committed.spent) throw new TypeError('a committed blob decrypts once')
  try {
    if (inner === undefined || inner.length < gcmTagBytes) return undefined
    const tagAt = inner.length - gcmTagBytes
    return gcmDecrypt(
      committed.key.expose(),
      oneMessageIv,
      aadOf(committed.parsed.bytes, canon),
      inner.subarray(0, tagAt),
      inner.subarray(tagAt),
    )
  } finally {
    discardCommitted(committed)
  }
}

/** Zeroes the key of a blob that is not to be decrypted. Harmless after `decryptCommitted`. */
export const discardCommitted = (committed: CommittedBlob): void => {
  committed.spent = true
  committed.key[Symbol.dispose]()
}

/** Everything before the ciphertext, then the context. */
export const aadOf = (blob: Uint8Array, canon: Uint8Array): Uint8Array => {
  const aad = Buffer.allocUnsafe(ciphertextAt + canon.length)
  aad.set(blob.subarray(0, ciphertextAt), 0)
  aad.set(canon, ciphertextAt)
  return aad
}
