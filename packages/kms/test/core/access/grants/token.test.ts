import assert from 'node:assert/strict'
import { createSecretKey, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import {
  decodeGrantToken,
  encodeGrantToken,
  type GrantTokenKeys,
} from '../../../../src/core/access/grants/token.ts'

const keyOf = (byte: number): KeyObject => createSecretKey(new Uint8Array(32).fill(byte))
const versions = new Map([
  [1, keyOf(1)],
  [2, keyOf(2)],
])
const keysAt = (version: number): GrantTokenKeys => ({
  current: { version, key: versions.get(version)! },
  byVersion: (asked) => versions.get(asked),
})
const grantId = 'ab'.repeat(32)

/** Random bytes of a counter: each call gives others. */
const random = (() => {
  let count = 0
  return { bytes: (length: number): Uint8Array => new Uint8Array(length).fill((count += 1)) }
})() as Parameters<typeof encodeGrantToken>[2]

const invalid = { code: 'InvalidGrantTokenException' }

test('a token names its grant', () => {
  const token = encodeGrantToken(grantId, keysAt(2), random)
  assert.match(token, /^[\w-]{87}$/)
  assert.equal(decodeGrantToken(token, keysAt(2)), grantId)
})

test('every token is another one', () => {
  const tokens = [1, 2, 3].map(() => encodeGrantToken(grantId, keysAt(1), random))
  assert.equal(new Set(tokens).size, 3)
})

test('a token of an older version of the key stays valid while that version is there', () => {
  const token = encodeGrantToken(grantId, keysAt(1), random)
  assert.equal(decodeGrantToken(token, keysAt(2)), grantId)
  const without: GrantTokenKeys = { ...keysAt(2), byVersion: () => undefined }
  assert.throws(() => decodeGrantToken(token, without), invalid)
})

test('a token with any bit changed is invalid', () => {
  const bytes = Buffer.from(encodeGrantToken(grantId, keysAt(1), random), 'base64url')
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    assert.throws(
      () => decodeGrantToken(changed.toString('base64url'), keysAt(1)),
      invalid,
      `${bit}`,
    )
  }
})

test('what is no token, or is one in another spelling, is invalid', () => {
  const token = encodeGrantToken(grantId, keysAt(1), random)
  for (const text of [
    '',
    'x',
    grantId,
    token.slice(1),
    `${token}A`,
    `${token}=`,
    ` ${token}`,
    `${token}\n`,
  ])
    assert.throws(() => decodeGrantToken(text, keysAt(1)), invalid, text)
})

test('a token of another service’s key is invalid', () => {
  const foreign: GrantTokenKeys = {
    current: { version: 1, key: keyOf(9) },
    byVersion: () => keyOf(9),
  }
  const token = encodeGrantToken(grantId, foreign, random)
  assert.throws(() => decodeGrantToken(token, keysAt(1)), invalid)
})
