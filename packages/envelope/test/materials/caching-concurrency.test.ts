import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setUp } from './caching-scene.ts'
import { callOf, code, hex, isZero, toDecrypt } from './fakes.ts'

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
