import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setUp } from './caching-scene.ts'
import { callOf, drain, isZero } from './fakes.ts'

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
