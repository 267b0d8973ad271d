import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decryptCacheId, encryptCacheId } from '../../src/materials/cache-id.ts'
import type { EncryptedDataKey } from '../../src/materials/types.ts'
import { code, committing, signing, toDecrypt, toEncrypt } from './fakes.ts'

const policies = [
  'FORBID_ENCRYPT_ALLOW_DECRYPT',
  'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
] as const

/** Zero bytes and short texts, where fields that run into each other would show. */
const text = fc.string({ unit: fc.constantFrom('\0', '\x01', 'a', 'é', '𐀀'), maxLength: 3 })
const bytes = fc.uint8Array({ max: 2, maxLength: 3 })
const context = fc.uniqueArray(fc.tuple(text, text), { maxLength: 2, selector: ([key]) => key })
const suite = fc.constantFrom(committing, signing)
const commitmentPolicy = fc.constantFrom(...policies)
const dataKey = fc.record({ providerId: text, providerInfo: bytes, ciphertext: bytes })

type RequestOf<A> = A extends fc.Arbitrary<infer T> ? T : never

const pairsOf = (pairs: readonly (readonly [string, string])[]) =>
  pairs.map((pair) => JSON.stringify(pair)).sort()
const keysOf = (keys: readonly EncryptedDataKey[]) =>
  keys.map((key) => JSON.stringify([key.providerId, [...key.providerInfo], [...key.ciphertext]]))

test('equal requests to encrypt have equal cache ids, and no others', () => {
  const request = fc.record({
    partition: text,
    suite: fc.option(suite, { nil: undefined }),
    context,
    commitmentPolicy,
  })
  const id = (r: typeof request extends fc.Arbitrary<infer T> ? T : never) =>
    encryptCacheId(r.partition, toEncrypt({ ...r, context: new Map(r.context) }))
  const meaning = (r: typeof request extends fc.Arbitrary<infer T> ? T : never) =>
    JSON.stringify([r.partition, r.suite?.id, pairsOf(r.context), r.commitmentPolicy])
  fc.assert(
    fc.property(request, request, (a, b) => {
      assert.equal(id(a) === id(b), meaning(a) === meaning(b))
      assert.equal(id(a), id({ ...a, context: [...a.context].toReversed() }))
    }),
  )
})

test('equal requests to decrypt have equal cache ids, and no others', () => {
  const request = fc.record({
    partition: text,
    suite,
    context,
    encryptedDataKeys: fc.array(dataKey, { maxLength: 2 }),
    commitmentPolicy,
    reproduced: fc.option(context, { nil: undefined }),
  })
  type Request = RequestOf<typeof request>
  const id = (r: Request) =>
    decryptCacheId(
      r.partition,
      toDecrypt({ ...r, context: new Map(r.context), reproducedContext: new Map(r.reproduced) }),
    )
  const meaning = (r: Request) =>
    JSON.stringify([
      [r.partition, r.suite.id, pairsOf(r.context), r.commitmentPolicy],
      [keysOf(r.encryptedDataKeys).sort(), pairsOf(r.reproduced ?? [])],
    ])
  fc.assert(
    fc.property(request, request, (a, b) => {
      assert.equal(id(a) === id(b), meaning(a) === meaning(b))
      assert.equal(id(a), id({ ...a, encryptedDataKeys: [...a.encryptedDataKeys].toReversed() }))
    }),
  )
})

test('a cache id never depends on the length of the message or on the number of data keys', () => {
  const id = encryptCacheId('p', toEncrypt())
  assert.equal(id, encryptCacheId('p', toEncrypt({ plaintextBytes: 9, maxEncryptedDataKeys: 1 })))
  assert.equal(Buffer.from(id, 'base64url').length, 48, 'SHA-384')
})

test('encryption and decryption never share a cache id', () => {
  const request = toDecrypt({ encryptedDataKeys: [] })
  assert.notEqual(decryptCacheId('p', request), encryptCacheId('p', toEncrypt()))
})

test('text that is not well-formed has no cache id', () => {
  const request = toEncrypt({ context: new Map([['a', '\ud800']]) })
  assert.throws(() => encryptCacheId('p', request), code('InvalidInput'))
})
