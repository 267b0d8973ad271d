import { createSecretKey, type KeyObject } from 'node:crypto'
import type { Random } from '../ports.ts'
import { concatBytes, equalConstantTime, lengthPrefixed } from './bytes.ts'
import { gcmDecrypt, gcmEncryptInto, gcmTagBytes, oneMessageIv } from './gcm.ts'
import { deriveMessageKey, subkeyOf } from './kdf.ts'

// Wrap, version 1: docs/format.md. Where each part begins:
const keyIdAt = 4
const nonceAt = 20
const commitmentAt = 36
const ciphertextAt = 68

/** What a wrap is longer than its secret. */
export const wrapOverheadBytes = ciphertextAt + gcmTagBytes

/** Longest secret: several times the largest private key that the service keeps. */
const secretBytesMax = 65_536

const wrappingKeyBytes = 32
const wrappingKeyIdBytes = 16

/** `root`: the root key wraps domain keys. `domain`: a domain key wraps material. */
export type WrapLayer = 'root' | 'domain'
const layerByte = { root: 1, domain: 2 } as const satisfies Record<WrapLayer, number>

/**
 * Where a wrapped secret belongs: all of it is authenticated, so that a row cannot stand in for
 * another. What does not apply is the empty string.
 */
export type WrapPlace = {
  readonly clusterId: string
  readonly table: string
  readonly rowId: string
  readonly account: string
  readonly region: string
  readonly keyId: string
  readonly materialId: string
  readonly purpose: string
  readonly spec: string
}

/** A root or domain key, ready for use. It holds what is derived from the key, never the key itself. */
export type WrappingKey = {
  /** 16 bytes, public. */
  readonly id: Uint8Array
  readonly kdfKey: KeyObject
}

/** Does not keep `bytes` (32), which the caller zeroes. Throws TypeError for a wrong length of either. */
export const wrappingKeyOf = (id: Uint8Array, bytes: Uint8Array): WrappingKey => {
  if (id.length !== wrappingKeyIdBytes) throw new TypeError('a wrapping key id is 16 bytes')
  if (bytes.length !== wrappingKeyBytes) throw new TypeError('a wrapping key is 32 bytes')
  return { id: new Uint8Array(id), kdfKey: subkeyOf(bytes, 'keyhold/wrap/kdf/v1') }
}

/** How long a wrapping key is that goes to another process: its id, and what is derived from it. */
export const exportedKeyBytes = wrappingKeyIdBytes + wrappingKeyBytes

/** Writes a wrapping key to `out` (`exportedKeyBytes`), which is a secret then. */
export const exportWrappingKey = ({ id, kdfKey }: WrappingKey, out: Uint8Array): void => {
  const bytes = kdfKey.export()
  out.set(id, 0)
  out.set(bytes, wrappingKeyIdBytes)
  bytes.fill(0)
}

/** The wrapping key that was written; `bytes` are only read. */
export const importWrappingKey = (bytes: Uint8Array): WrappingKey => ({
  // A copy: the `slice` of a Buffer would be zeroed with it.
  id: new Uint8Array(bytes.subarray(0, wrappingKeyIdBytes)),
  kdfKey: createSecretKey(bytes.subarray(wrappingKeyIdBytes, exportedKeyBytes)),
})

/** Wraps a secret, which is only read, for one place. Throws RangeError if it is too long. */
export const wrapSecret = (
  key: WrappingKey,
  layer: WrapLayer,
  place: WrapPlace,
  secret: Uint8Array,
  random: Random,
): Uint8Array => {
  if (secret.length > secretBytesMax) throw new RangeError('the secret is too long to be wrapped')
  const wrapped = new Uint8Array(secret.length + wrapOverheadBytes)
  wrapped.set(headerOf(layer), 0)
  wrapped.set(key.id, keyIdAt)
  wrapped.set(random.bytes(commitmentAt - nonceAt), nonceAt)
  const derived = derive(key, layer, place.table, wrapped)
  try {
    wrapped.set(derived.commitment, commitmentAt)
    const aad = aadOf(layer, place)
    gcmEncryptInto(wrapped, ciphertextAt, derived.key, oneMessageIv, aad, secret)
  } finally {
    derived.key.fill(0)
  }
  return wrapped
}

/**
 * The secret, in a buffer of its own which the caller zeroes; `undefined` if key, layer, place or
 * any byte is not as it was wrapped.
 */
export const unwrapSecret = (
  key: WrappingKey,
  layer: WrapLayer,
  place: WrapPlace,
  wrapped: Uint8Array,
): Uint8Array | undefined => {
  const tagAt = wrapped.length - gcmTagBytes
  if (tagAt < ciphertextAt || tagAt - ciphertextAt > secretBytesMax) return undefined
  if (!equalConstantTime(wrapped.subarray(0, keyIdAt), headerOf(layer))) return undefined
  if (!equalConstantTime(wrapped.subarray(keyIdAt, nonceAt), key.id)) return undefined
  const derived = derive(key, layer, place.table, wrapped)
  try {
    if (!equalConstantTime(wrapped.subarray(commitmentAt, ciphertextAt), derived.commitment))
      return undefined
    const ciphertext = wrapped.subarray(ciphertextAt, tagAt)
    const aad = aadOf(layer, place)
    return gcmDecrypt(derived.key, oneMessageIv, aad, ciphertext, wrapped.subarray(tagAt))
  } finally {
    derived.key.fill(0)
    derived.commitment.fill(0)
  }
}

/** What a key derived by `deriveTokenKey` authenticates. */
export type TokenPurpose = 'state' | 'marker' | 'grant' | 'import' | 'session'

/**
 * An own key for one purpose and one version (that of the domain key, a whole number from 1), for
 * HMAC or another derivation. Whoever verifies a token finds the version in it.
 */
export const deriveTokenKey = (
  key: WrappingKey | KeyObject,
  purpose: TokenPurpose,
  version: number,
): KeyObject => {
  if (!Number.isSafeInteger(version) || version < 1)
    throw new TypeError('the version of a key is a whole number from 1')
  const kdfKey = 'kdfKey' in key ? key.kdfKey : key
  const label = `keyhold/token/${purpose}/v${version}`
  const derived = deriveMessageKey(kdfKey, label, new Uint8Array(0))
  const tokenKey = createSecretKey(derived.key)
  derived.key.fill(0)
  return tokenKey
}

const headerOf = (layer: WrapLayer): Uint8Array => Uint8Array.of(0x57, 1, 1, layerByte[layer])

/** One label per layer and table: what wraps one kind of row derives nothing for another. */
const derive = (key: WrappingKey, layer: WrapLayer, table: string, wrapped: Uint8Array) => {
  // A label ends at the first NUL (SP 800-108r1 §4.1), and is ASCII here.
  if (!/^[a-z_]+$/.test(table)) throw new TypeError('the name of a table is lower-case letters')
  const label = `keyhold/wrap/${layer}/${table}/v1`
  return deriveMessageKey(key.kdfKey, label, wrapped.subarray(0, commitmentAt))
}

const aadOf = (layer: WrapLayer, place: WrapPlace): Uint8Array =>
  concatBytes(
    headerOf(layer),
    lengthPrefixed(
      place.clusterId,
      place.table,
      place.rowId,
      place.account,
      place.region,
      place.keyId,
      place.materialId,
      place.purpose,
      place.spec,
    ),
  )
