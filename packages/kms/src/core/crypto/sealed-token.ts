import type { KeyObject } from 'node:crypto'
import type { Random } from '../ports.ts'
import { concatBytes, equalConstantTime } from './bytes.ts'
import { gcmDecrypt, gcmEncryptInto, gcmTagBytes, oneMessageIv } from './gcm.ts'
import { deriveMessageKey } from './kdf.ts'

// A sealed token, version 1. Where each part begins:
const format = 1
const versionAt = 2
const nonceAt = 6
const commitmentAt = 22
const ciphertextAt = 54

/** A kind of token: its first byte, and the label that its message keys are derived under. */
export type TokenKind = { readonly magic: number; readonly label: string }

/** A token key, and the version of the domain key that a token names it by. */
export type TokenKey = { readonly version: number; readonly key: KeyObject }

/** What a sealed token is longer than what it carries. */
export const tokenOverheadBytes = ciphertextAt + gcmTagBytes

/** `head` is what the token was derived from: its public beginning and what it is bound to. */
export type SealedToken = { readonly token: Uint8Array; readonly head: Uint8Array }

/**
 * Encrypts what only this service is to read again, under a key of its own, bound to `binding`,
 * which whoever opens it has to know: magic | format 1 | version u32 | nonce 16 | commitment 32 |
 * ciphertext | tag. `plaintext` is only read.
 */
export const sealToken = (
  { magic, label }: TokenKind,
  { version, key }: TokenKey,
  binding: Uint8Array,
  plaintext: Uint8Array,
  random: Random,
): SealedToken => {
  const token = new Uint8Array(plaintext.length + tokenOverheadBytes)
  token.set([magic, format])
  new DataView(token.buffer).setUint32(versionAt, version)
  token.set(random.bytes(commitmentAt - nonceAt), nonceAt)
  const head = headOf(token, binding)
  const derived = deriveMessageKey(key, label, head)
  token.set(derived.commitment, commitmentAt)
  gcmEncryptInto(token, ciphertextAt, derived.key, oneMessageIv, head, plaintext)
  derived.key.fill(0)
  return { token, head }
}

/** What a token carried, in a buffer of its own which the caller zeroes if it is secret. */
export type OpenedToken = {
  readonly plaintext: Uint8Array
  readonly head: Uint8Array
  readonly key: KeyObject
}

/** `undefined` if it is not a token of this kind, of this service and for this binding, to the last bit. */
export const openToken = (
  { magic, label }: TokenKind,
  keyOf: (version: number) => KeyObject | undefined,
  binding: Uint8Array,
  token: Uint8Array,
): OpenedToken | undefined => {
  if (token.length < tokenOverheadBytes) return undefined
  if (token[0] !== magic || token[1] !== format) return undefined
  const key = keyOf(new DataView(token.buffer, token.byteOffset).getUint32(versionAt))
  if (key === undefined) return undefined
  const head = headOf(token, binding)
  const derived = deriveMessageKey(key, label, head)
  try {
    if (!equalConstantTime(token.subarray(commitmentAt, ciphertextAt), derived.commitment))
      return undefined
    const tagAt = token.length - gcmTagBytes
    const ciphertext = token.subarray(ciphertextAt, tagAt)
    const tag = token.subarray(tagAt)
    const plaintext = gcmDecrypt(derived.key, oneMessageIv, head, ciphertext, tag)
    return plaintext && { plaintext, head, key }
  } finally {
    derived.key.fill(0)
  }
}

const headOf = (token: Uint8Array, binding: Uint8Array): Uint8Array =>
  concatBytes(token.subarray(0, commitmentAt), binding)
