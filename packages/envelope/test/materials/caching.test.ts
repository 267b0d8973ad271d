import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { publicKeyName } from '../../src/context.ts'
import { LocalCryptoMaterialsCache } from '../../src/materials/cache.ts'
import { cachingManager } from '../../src/materials/caching.ts'
import type { CachingOptions } from '../../src/materials/caching-options.ts'
import { defaultManager } from '../../src/materials/default.ts'
import type { EncryptionMaterialsRequest } from '../../src/materials/types.ts'
import {
  callOf,
  code,
  drain,
  FakeClock,
  FakeKeyring,
  Gates,
  hex,
  isZero,
  signing,
  toDecrypt,
  toEncrypt,
  withoutKdf,
} from './fakes.ts'

const setUp = (options: Partial<CachingOptions> & { capacity?: number } = {}) => {
  const keyring = new FakeKeyring()
  const clock = new FakeClock()
  const gates = new Gates()
  const cache = new LocalCryptoMaterialsCache({ capacity: options.capacity ?? 10 })
  const manager = cachingManager({ cache, maxAgeSeconds: 60, clock, ...options, keyring } as never)
  const encrypt = (request: Partial<EncryptionMaterialsRequest> = {}) =>
    manager.encryptionMaterials(toEncrypt(request))
  /** The number of the data key that each of so many messages in a row gets. */
  const inTurn = async (count: number, request: Partial<EncryptionMaterialsRequest> = {}) => {
    const numbers: number[] = []
    for (let i = 0; i < count; i++) numbers.push(callOf(await encrypt(request)))
    return numbers
  }
  return { keyring, clock, gates, cache, manager, encrypt, inTurn }
}

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

describe('concurrent messages', () => {
  test('on a cold cache ask for one data key, a thousand of them', async () => {
    const { keyring, encrypt, manager } = setUp()
    const all = await Promise.all(Array.from({ length: 1000 }, () => encrypt()))
    assert.equal(keyring.encryptRequests.length, 1)
    assert.equal(new Set(all.map(({ dataKey }) => hex(dataKey))).size, 1)
    assert.equal(new Set(all.map(({ dataKey }) => dataKey)).size, 1000, 'each has a copy')
    const { hits, misses, calls, callsSaved } = manager.stats()
    assert.deepEqual(
      { hits, misses, calls, callsSaved },
      { hits: 0, misses: 1000, calls: 1, callsSaved: 999 },
    )
  })

  test('ask at once for as many data keys as the limits need', async () => {
    const { keyring, gates, encrypt } = setUp({ maxMessagesEncrypted: 10 })
    keyring.gate = gates.gate
    const all = Array.from({ length: 95 }, () => encrypt())
    assert.equal(gates.count, 10)
    gates.releaseAll()
    const counts = Map.groupBy(await Promise.all(all), callOf)
    assert.deepEqual(
      [...counts.values()].map((group) => group.length),
      [...Array(9).fill(10), 5],
    )
  })

  test('keep the younger data key where an older one comes late', async () => {
    const { keyring, gates, encrypt, inTurn } = setUp({ maxBytesEncrypted: 10 })
    keyring.gate = gates.gate
    const [early, late] = [encrypt({ plaintextBytes: 6 }), encrypt({ plaintextBytes: 7 })]
    gates.release(1)
    assert.equal(callOf(await late), 1)
    gates.release(0)
    assert.equal(callOf(await early), 0)
    assert.deepEqual(await inTurn(1, { plaintextBytes: 3 }), [1])
    assert.deepEqual(keyring.given.map(isZero), [false, true], 'the late one is zeroed')
  })

  test('that read one message unwrap its data key once', async () => {
    const { keyring, manager, encrypt } = setUp()
    const message = await encrypt()
    await Promise.all(
      Array.from({ length: 100 }, () => manager.decryptionMaterials(toDecrypt(message))),
    )
    assert.equal(keyring.decryptRequests.length, 1)
  })

  test('share a data key even where the cache keeps none', async () => {
    const { keyring, encrypt, inTurn } = setUp({ capacity: 0 })
    await Promise.all([encrypt(), encrypt()])
    assert.equal(keyring.encryptRequests.length, 1)
    assert.deepEqual(await inTurn(2), [1, 2])
  })

  test('all get the error, which is not kept', async () => {
    const { keyring, encrypt, inTurn, manager } = setUp()
    keyring.failure = new Error('throttled')
    const all = await Promise.allSettled([encrypt(), encrypt(), encrypt()])
    assert.ok(all.every((one) => one.status === 'rejected' && code('KeyringFailed')(one.reason)))
    assert.equal(keyring.encryptRequests.length, 1)
    keyring.failure = undefined
    assert.deepEqual(await inTurn(2), [1, 1])
    assert.deepEqual(
      manager.stats().entries.map(({ messages }) => messages),
      [2],
    )
  })

  test('are each held against their own maximum of data keys', async () => {
    const { keyring, encrypt } = setUp()
    keyring.dataKeyCount = 2
    const [strict, lax] = await Promise.allSettled([
      encrypt({ maxEncryptedDataKeys: 1 }),
      encrypt(),
    ])
    assert.ok(strict.status === 'rejected' && code('PolicyViolation')(strict.reason))
    assert.equal(lax.status, 'fulfilled')
    await assert.rejects(encrypt({ maxEncryptedDataKeys: 1 }), code('PolicyViolation'))
    assert.equal(keyring.encryptRequests.length, 1)
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

describe('decryption', () => {
  test('asks again only when the data key is too old', async () => {
    const { manager, keyring, encrypt, clock } = setUp({
      maxMessagesEncrypted: 1,
      maxBytesEncrypted: 0,
    })
    const message = await encrypt({ plaintextBytes: 0 })
    const read = () => manager.decryptionMaterials(toDecrypt(message))
    for (let i = 0; i < 5; i++) assert.deepEqual((await read()).dataKey, message.dataKey)
    assert.equal(keyring.decryptRequests.length, 1)
    const [entry] = manager.stats().entries
    assert.deepEqual([entry?.kind, entry?.messages, entry?.bytes], ['decrypt', 5, 0])
    clock.advance(60)
    await read()
    assert.equal(keyring.decryptRequests.length, 2)
  })

  test('does not serve the required pairs of one reader to another', async () => {
    const { manager, keyring, encrypt } = setUp()
    const message = await encrypt({ context: new Map([['secret', 'pair']]) })
    const request = toDecrypt({ ...message, context: new Map() })
    const knowing = { ...request, reproducedContext: new Map([['secret', 'pair']]) }
    assert.equal((await manager.decryptionMaterials(knowing)).context.get('secret'), 'pair')
    assert.equal((await manager.decryptionMaterials(request)).context.get('secret'), undefined)
    assert.equal(keyring.decryptRequests.length, 2)
  })
})

describe('what is given out', () => {
  test('is a copy: whoever zeroes or changes theirs changes nobody else’s', async () => {
    const { encrypt, keyring } = setUp()
    const context = new Map([['a', '1']])
    const first = await encrypt({ context, suite: signing })
    const key = hex(first.dataKey)
    const original = structuredClone({ c: first.context, k: first.encryptedDataKeys })
    first.dataKey.fill(0)
    ;(first.context as Map<string, string>).set('a', '2')
    first.encryptedDataKeys[0]?.ciphertext.fill(9)
    context.set('b', '2')
    const second = await encrypt({ context: new Map([['a', '1']]), suite: signing })
    assert.equal(keyring.encryptRequests.length, 1)
    assert.equal(hex(second.dataKey), key)
    assert.deepEqual({ c: second.context, k: second.encryptedDataKeys }, original)
  })

  test('does not change with the context of the caller who was first', async () => {
    const beneath = defaultManager(new FakeKeyring())
    const manager = cachingManager({
      manager: {
        encryptionMaterials: async (request) => ({
          ...(await beneath.encryptionMaterials(request)),
          context: request.context,
        }),
        decryptionMaterials: async (request) => ({
          ...(await beneath.decryptionMaterials(request)),
          context: request.context,
        }),
      },
      cache: new LocalCryptoMaterialsCache({ capacity: 10 }),
      maxAgeSeconds: 60,
    })
    const context = new Map([['a', '1']])
    const message = await manager.encryptionMaterials(toEncrypt({ context }))
    await manager.decryptionMaterials(toDecrypt({ ...message, context }))
    context.set('a', '2')
    const again = new Map([['a', '1']])
    const written = await manager.encryptionMaterials(toEncrypt({ context: again }))
    const read = await manager.decryptionMaterials(toDecrypt({ ...message, context: again }))
    assert.deepEqual([written.context, read.context], [again, again])
    assert.equal(manager.stats().hits, 2)
  })

  test('has the key pair of the signature in common with the data key', async () => {
    const { encrypt } = setUp()
    const [a, b] = [await encrypt({ suite: signing }), await encrypt({ suite: signing })]
    assert.equal(a.signingKey, b.signingKey)
    assert.equal(a.context.get(publicKeyName), b.context.get(publicKeyName))
  })

  test('was asked for without what belongs to one message', async () => {
    const { keyring, cache, clock } = setUp()
    const requests: EncryptionMaterialsRequest[] = []
    const beneath = defaultManager(keyring)
    const manager = cachingManager({
      manager: {
        ...beneath,
        encryptionMaterials: (request) => {
          requests.push(request)
          return beneath.encryptionMaterials(request)
        },
      },
      cache,
      clock,
      maxAgeSeconds: 60,
    })
    await manager.encryptionMaterials(toEncrypt({ plaintextBytes: 5, maxEncryptedDataKeys: 1 }))
    assert.equal(requests[0]?.plaintextBytes, undefined)
    assert.equal(requests[0]?.maxEncryptedDataKeys, undefined)
  })
})

describe('refreshing ahead of expiry', () => {
  const refreshing = () => {
    const all = setUp({ refreshAheadSeconds: 10 })
    all.keyring.gate = all.gates.gate
    return all
  }
  const first = async ({ encrypt, gates }: ReturnType<typeof refreshing>) => {
    const materials = encrypt()
    gates.releaseAll()
    await materials
  }

  test('serves the old data key meanwhile, and asks for one new one', async () => {
    const world = refreshing()
    const { clock, encrypt, gates, keyring, inTurn, manager } = world
    await first(world)
    clock.advance(49)
    await inTurn(5)
    assert.equal(gates.count, 0)
    clock.advance(1)
    assert.deepEqual(await inTurn(100), Array(100).fill(0))
    assert.equal(gates.count, 1)
    gates.releaseAll()
    await drain()
    assert.deepEqual(await inTurn(2), [1, 1])
    assert.deepEqual(keyring.given.map(isZero), [true, false])
    const { hits, misses, calls, callsSaved, refreshes, evictions } = manager.stats()
    assert.deepEqual(
      { hits, misses, calls, callsSaved, refreshes, evictions },
      { hits: 107, misses: 1, calls: 2, callsSaved: 106, refreshes: 1, evictions: 1 },
    )
    await encrypt()
  })

  test('is waited for where the old data key expires first', async () => {
    const world = refreshing()
    const { clock, encrypt, gates, inTurn } = world
    await first(world)
    clock.advance(55)
    await inTurn(1)
    clock.advance(5)
    const waiting = [encrypt(), encrypt()]
    assert.equal(gates.count, 1)
    gates.releaseAll()
    assert.deepEqual((await Promise.all(waiting)).map(callOf), [1, 1])
  })

  test('is not tried again at once after a failure, and disturbs nobody', async () => {
    const world = refreshing()
    const { clock, gates, inTurn, manager } = world
    await first(world)
    clock.advance(50)
    assert.deepEqual(await inTurn(1), [0])
    gates.release(0, new Error('throttled'))
    await drain()
    assert.deepEqual(await inTurn(50), Array(50).fill(0))
    assert.equal(gates.count, 0)
    clock.advance(1)
    assert.deepEqual(await inTurn(50), Array(50).fill(0))
    assert.equal(gates.count, 1)
    const { refreshes, refreshesFailed } = manager.stats()
    assert.deepEqual([refreshes, refreshesFailed], [2, 1])
    gates.releaseAll()
    await drain()
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
