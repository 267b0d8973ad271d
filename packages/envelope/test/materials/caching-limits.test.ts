import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LocalCryptoMaterialsCache } from '../../src/materials/cache.ts'
import { cachingManager } from '../../src/materials/caching.ts'
import type { CachingOptions } from '../../src/materials/caching-options.ts'
import { defaultManager } from '../../src/materials/default.ts'
import { setUp } from './caching-scene.ts'
import {
  callOf,
  code,
  FakeKeyring,
  hex,
  isZero,
  toDecrypt,
  toEncrypt,
  withoutKdf,
} from './fakes.ts'

describe('a data key is used', () => {
  test('for as many messages as allowed, and no more', async () => {
    const { inTurn, keyring } = setUp({ maxMessagesEncrypted: 3 })
    assert.deepEqual(await inTurn(7), [0, 0, 0, 1, 1, 1, 2])
    assert.deepEqual(keyring.given.map(isZero), [true, true, false], 'used up: zeroed')
  })

  test('for as many bytes as allowed, and no more', async () => {
    const { inTurn } = setUp({ maxBytesEncrypted: 10 })
    assert.deepEqual(await inTurn(5, { plaintextBytes: 4 }), [0, 0, 1, 1, 2])
  })

  test('exactly up to both limits', async () => {
    const { inTurn, manager } = setUp({ maxBytesEncrypted: 10, maxMessagesEncrypted: 4 })
    assert.deepEqual(await inTurn(2, { plaintextBytes: 5 }), [0, 0])
    assert.deepEqual(await inTurn(1, { plaintextBytes: 0 }), [0], 'an empty message still fits')
    assert.equal(manager.stats().entries[0]?.bytes, 10)
    assert.deepEqual(await inTurn(1, { plaintextBytes: 1 }), [1])
  })

  test('until its age is the maximum, counted from when it was asked for', async () => {
    const { inTurn, clock, gates, keyring, encrypt } = setUp()
    keyring.gate = gates.gate
    const first = encrypt()
    clock.advance(50)
    gates.releaseAll()
    assert.equal(callOf(await first), 0)
    clock.advance(9.999)
    assert.deepEqual(await inTurn(1), [0])
    clock.advance(0.001)
    keyring.gate = () => Promise.resolve()
    assert.deepEqual(await inTurn(2), [1, 1])
    assert.ok(isZero(keyring.given[0] ?? Buffer.of(1)))
  })

  test('by one message alone that is larger than a data key may encrypt', async () => {
    const { inTurn, manager, keyring } = setUp({ maxBytesEncrypted: 10 })
    assert.deepEqual(await inTurn(2, { plaintextBytes: 10 }), [0, 1])
    assert.deepEqual(await inTurn(2, { plaintextBytes: 11 }), [2, 3])
    assert.equal(keyring.encryptRequests.length, 4)
    const { bypasses, entries } = manager.stats()
    assert.deepEqual([bypasses, entries.length], [2, 1])
  })

  test('by one message alone whose length is unknown', async () => {
    const { inTurn, manager } = setUp()
    assert.deepEqual(await inTurn(2, { plaintextBytes: undefined }), [0, 1])
    assert.deepEqual(manager.stats().entries, [])
  })

  test('by one message alone where the suite has no KDF', async () => {
    const { manager, keyring } = setUp()
    const request = toEncrypt({
      suite: withoutKdf,
      commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
    })
    const [a, b] = [
      await manager.encryptionMaterials(request),
      await manager.encryptionMaterials(request),
    ]
    assert.notEqual(hex(a.dataKey), hex(b.dataKey))
    for (const _ of [1, 2])
      await manager.decryptionMaterials(
        toDecrypt({ ...a, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' }),
      )
    assert.equal(keyring.decryptRequests.length, 2)
    const { bypasses, entries } = manager.stats()
    assert.deepEqual([bypasses, entries], [4, []])
  })

  test('by one message alone where a manager chose a suite without a KDF unasked', async () => {
    const keyring = new FakeKeyring()
    const beneath = defaultManager(keyring)
    const manager = cachingManager({
      manager: {
        ...beneath,
        encryptionMaterials: (request) =>
          beneath.encryptionMaterials({ ...request, suite: withoutKdf }),
      },
      cache: new LocalCryptoMaterialsCache({ capacity: 10 }),
      maxAgeSeconds: 60,
    })
    const request = toEncrypt({
      suite: undefined,
      commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT',
    })
    const all = await Promise.all([1, 2, 3, 4].map(() => manager.encryptionMaterials(request)))
    assert.equal(new Set(all.map(({ dataKey }) => hex(dataKey))).size, 4)
    assert.deepEqual(manager.stats().entries, [])
    assert.equal(manager.stats().calls, 4)
  })
})

describe('a declared bound', () => {
  test('is booked until the message tells its length, once', async () => {
    const { encrypt, manager } = setUp({ maxBytesEncrypted: 100 })
    const { settle } = await encrypt({ plaintextBytes: 80 })
    assert.equal(callOf(await encrypt({ plaintextBytes: 30 })), 1)
    assert.equal(manager.stats().entries[0]?.bytes, 30)
    const second = await encrypt({ plaintextBytes: 70 })
    assert.equal(callOf(second), 1)
    second.settle?.(10)
    second.settle?.(0)
    settle?.(0)
    assert.equal(manager.stats().entries[0]?.bytes, 40)
    assert.equal(callOf(await encrypt({ plaintextBytes: 60 })), 1)
    assert.equal(callOf(await encrypt({ plaintextBytes: 1 })), 2)
  })

  test('cannot be exceeded', async () => {
    const { encrypt, manager } = setUp()
    const { settle } = await encrypt({ plaintextBytes: 10 })
    assert.throws(() => settle?.(11), code('PolicyViolation'))
    assert.equal(manager.stats().entries[0]?.bytes, 10)
  })

  test('is an integer, zero or more', async () => {
    const { encrypt } = setUp()
    for (const plaintextBytes of [-1, 0.5, Number.NaN, Infinity])
      await assert.rejects(encrypt({ plaintextBytes }), code('InvalidInput'))
  })
})

test('options out of range are refused', () => {
  const keyring = new FakeKeyring()
  const cache = new LocalCryptoMaterialsCache({ capacity: 1 })
  for (const bad of [
    { maxAgeSeconds: 0 },
    { maxAgeSeconds: Infinity },
    { maxMessagesEncrypted: 0 },
    { maxMessagesEncrypted: 2 ** 32 + 1 },
    { maxBytesEncrypted: -1 },
    { maxBytesEncrypted: 1.5 },
    { refreshAheadSeconds: 60 },
    { refreshAheadSeconds: -1 },
    { partition: '\ud800' },
    { keyring: undefined },
  ]) {
    const options = { keyring, cache, maxAgeSeconds: 60, ...bad } as CachingOptions
    assert.throws(() => cachingManager(options), code('InvalidInput'), JSON.stringify(bad))
  }
})
