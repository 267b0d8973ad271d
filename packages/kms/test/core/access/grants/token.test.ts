import assert from 'node:assert/strict'
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
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
const name = { grantId: 'ab'.repeat(32), keyRowId: 'eu-central-1/111122223333/key' }

/** Random bytes of a counter: each call gives others. */
const random = (() => {
  let count = 0
  return { bytes: (length: number): Uint8Array => new Uint8Array(length).fill((count += 1)) }
})() as Parameters<typeof encodeGrantToken>[2]

const invalid = { code: 'InvalidGrantTokenException', message: 'A grant token is not valid.' }

test('a token names its grant', () => {
  const token = encodeGrantToken(name, keysAt(2), random)
  assert.match(token, /^[\w-]{126}$/)
  assert.deepEqual(decodeGrantToken(token, keysAt(2)), name)
})

test('a token has the layout of its version', () => {
  const fixed = { ...random, bytes: (length: number) => new Uint8Array(length).fill(7) }
  const bytes = Buffer.from(encodeGrantToken(name, keysAt(2), fixed), 'base64url')
  const rowId = Buffer.from(name.keyRowId).toString('hex')
  const body = Buffer.from(`0100000002${name.grantId}${'07'.repeat(12)}${rowId}`, 'hex')
  const tag = createHmac('sha256', versions.get(2)!)
    .update(Uint8Array.of(0, 22))
    .update('keyhold/grant-token/v1')
    .update(Uint8Array.of(0, body.length))
    .update(body)
    .digest('hex')
  assert.equal(bytes.toString('hex'), body.toString('hex') + tag.slice(0, 32))
})

test('every token is another one', () => {
  const tokens = [1, 2, 3].map(() => encodeGrantToken(name, keysAt(1), random))
  assert.equal(new Set(tokens).size, 3)
})

test('a token of an older version of the key stays valid while that version is there', () => {
  const token = encodeGrantToken(name, keysAt(1), random)
  assert.deepEqual(decodeGrantToken(token, keysAt(2)), name)
  const without: GrantTokenKeys = { ...keysAt(2), byVersion: () => undefined }
  assert.throws(() => decodeGrantToken(token, without), invalid)
})

test('a token with any bit changed is invalid', () => {
  const bytes = Buffer.from(encodeGrantToken(name, keysAt(1), random), 'base64url')
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
  const token = encodeGrantToken(name, keysAt(1), random)
  for (const text of [
    '',
    'x',
    name.grantId,
    token.slice(1),
    `${token}A`,
    `${token}=`,
    ` ${token}`,
    `${token}\n`,
  ])
    assert.throws(() => decodeGrantToken(text, keysAt(1)), invalid, text)
})

/** A token whose MAC is right, whatever it says. */
const tokenOf = (body: Buffer): string => {
  const tag = createHmac('sha256', versions.get(1)!)
    .update(Uint8Array.of(0, 22))
    .update('keyhold/grant-token/v1')
    .update(Uint8Array.of(0, body.length))
    .update(body)
    .digest()
  return Buffer.concat([body, tag.subarray(0, 16)]).toString('base64url')
}

test('of what is signed with the key only the layout of a known version is a token', () => {
  const body = Buffer.concat([Buffer.from('0100000001', 'hex'), Buffer.alloc(44, 0xab)])
  assert.deepEqual(decodeGrantToken(tokenOf(body), keysAt(1)), { ...name, keyRowId: '' })
  const later = Buffer.from(body)
  later[0] = 2
  for (const each of [later, body.subarray(0, -1), body.subarray(0, 5), body.subarray(0, 1)])
    assert.throws(() => decodeGrantToken(tokenOf(each), keysAt(1)), invalid)
})

test('a token of another service’s key is invalid', () => {
  const foreign: GrantTokenKeys = {
    current: { version: 1, key: keyOf(9) },
    byVersion: () => keyOf(9),
  }
  const token = encodeGrantToken(name, foreign, random)
  assert.throws(() => decodeGrantToken(token, keysAt(1)), invalid)
})
