import assert from 'node:assert/strict'
import { createPublicKey, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import {
  importTokenTtlMs,
  openImportToken,
  sealImportToken,
} from '../../../src/core/import/token.ts'
import { requireWrapping, unwrapMaterial } from '../../../src/core/import/wrapping.ts'
import { wrapMaterial } from '../../wrapping.ts'
import { systemRandom, withEachBitFlipped } from '../crypto/fixtures.ts'
import { keyWorkHere, newWrappingKeyPair } from './wrapping-keys.ts'

const keys = new Map<number, KeyObject>([
  [1, createSecretKey(randomBytes(32))],
  [2, createSecretKey(randomBytes(32))],
])
const keyOf = (version: number): KeyObject | undefined => keys.get(version)
const target = { account: '111122223333', region: 'eu-central-1', keyId: 'key-a' }
const nowMs = Date.UTC(2026, 10, 26)
const expiresAtMs = nowMs + importTokenTtlMs
const pair = newWrappingKeyPair()
const { algorithm } = requireWrapping('RSA_2048', 'RSA_AES_KEY_WRAP_SHA_256', 'RSA_2048')
const seal = (version = 2): Uint8Array =>
  sealImportToken(
    { version, key: keys.get(version)! },
    target,
    { algorithm, expiresAtMs, privateKey: pair.pkcs8 },
    systemRandom,
  )
const invalid = { code: 'InvalidImportTokenException' }

test('a token brings back the private key and the algorithm', async () => {
  const opened = openImportToken(keyOf, target, seal(), nowMs)
  assert.equal(opened.algorithm, algorithm)
  const spki = createPublicKey(opened.privateKey).export({ type: 'spki', format: 'der' })
  assert.deepEqual(spki, Buffer.from(pair.publicKey))
  const material = randomBytes(100)
  const wrapped = wrapMaterial(algorithm.name, pair.publicKey, material)
  const { privateKey } = opened
  const unwrapped = await unwrapMaterial(opened.algorithm, privateKey, wrapped, keyWorkHere)
  assert.deepEqual(Buffer.from(unwrapped), material)
})

test('a token shows nothing of the private key, and no two are alike', () => {
  const token = Buffer.from(seal())
  for (let at = 0; at + 16 <= pair.pkcs8.length; at += 16)
    assert.equal(token.indexOf(pair.pkcs8.subarray(at, at + 16)), -1)
  assert.notDeepEqual(seal(), seal())
})

test('a token fits where AWS has 6,144 bytes, with the longest key too', () => {
  const longest = { algorithm, expiresAtMs, privateKey: new Uint8Array(2400) }
  const token = sealImportToken({ version: 1, key: keys.get(1)! }, target, longest, systemRandom)
  assert(token.length <= 6144)
})

test('a token is good for its key alone', () => {
  for (const other of [
    { ...target, account: '444455556666' },
    { ...target, region: 'us-east-1' },
    { ...target, keyId: 'key-b' },
    { ...target, account: '', keyId: 'key-a' },
  ])
    assert.throws(() => openImportToken(keyOf, other, seal(), nowMs), invalid)
})

test('a token of an older domain key is good while that key is there', () => {
  openImportToken(keyOf, target, seal(1), nowMs)
  const without = (version: number) => (version === 1 ? undefined : keyOf(version))
  assert.throws(() => openImportToken(without, target, seal(1), nowMs), invalid)
})

test('a token is good for 24 hours', () => {
  openImportToken(keyOf, target, seal(), expiresAtMs - 1)
  for (const lateMs of [expiresAtMs, expiresAtMs + 1])
    assert.throws(() => openImportToken(keyOf, target, seal(), lateMs), {
      code: 'ExpiredImportTokenException',
    })
})

test('a token with any bit changed, cut or lengthened is invalid', () => {
  const token = seal()
  for (const [bit, changed] of withEachBitFlipped(token)) {
    if (bit > 1000 && bit % 61 !== 0) continue
    assert.throws(() => openImportToken(keyOf, target, changed, nowMs), invalid, `${bit}`)
  }
  for (const wrong of [
    new Uint8Array(0),
    token.subarray(1),
    token.subarray(0, -1),
    Buffer.concat([token, new Uint8Array(1)]),
    randomBytes(69),
    randomBytes(2000),
  ])
    assert.throws(() => openImportToken(keyOf, target, wrong, nowMs), invalid)
})
