import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { LocalCryptoMaterialsCache } from '../../src/materials/cache.ts'
import { CacheEntry } from '../../src/materials/cache-entry.ts'
import { code, committing, FakeClock, isZero } from './fakes.ts'

const clock = new FakeClock()
let evicted: CacheEntry[] = []

const entryOf = (ageSeconds = 60, of = clock) => {
  const entry: CacheEntry = new CacheEntry({
    kind: 'encrypt',
    partition: 'p',
    limits: { ageMaxMs: ageSeconds * 1000, messagesMax: 10, bytesMax: 10 },
    clock: of,
    onEvict: () => evicted.push(entry),
  })
  const dataKey = new Uint8Array(32).fill(7)
  entry.settle({
    suite: committing,
    context: new Map(),
    requiredContextKeys: [],
    dataKey,
    encryptedDataKeys: [],
    signingKey: undefined,
  })
  return { entry, dataKey }
}

describe('the local cache', () => {
  test('keeps the most recently used entries, and zeroes the one that it drops', () => {
    const cache = new LocalCryptoMaterialsCache({ capacity: 2 })
    const [a, b, c] = [entryOf(), entryOf(), entryOf()] as const
    cache.put('a', a.entry)
    cache.put('b', b.entry)
    assert.equal(cache.get('a'), a.entry)
    cache.put('c', c.entry)
    assert.equal(cache.get('b'), undefined)
    assert.deepEqual(
      [a, b, c].map(({ dataKey }) => isZero(dataKey)),
      [false, true, false],
    )
    assert.equal(b.entry.materials, undefined)
    assert.equal(cache.size, 2)
  })

  test('of no capacity keeps nothing', () => {
    const cache = new LocalCryptoMaterialsCache({ capacity: 0 })
    const { entry, dataKey } = entryOf()
    cache.put('a', entry)
    assert.equal(cache.get('a'), undefined)
    assert.ok(isZero(dataKey))
  })

  test('never returns an expired entry, and zeroes it', () => {
    const cache = new LocalCryptoMaterialsCache({ capacity: 2 })
    const { entry, dataKey } = entryOf(60)
    cache.put('a', entry)
    clock.advance(59.999)
    assert.equal(cache.get('a'), entry)
    clock.advance(0.001)
    assert.equal(cache.get('a'), undefined)
    assert.ok(isZero(dataKey))
  })

  test('prunes expired entries while it is asked for others', () => {
    const cache = new LocalCryptoMaterialsCache({ capacity: 100 })
    const short = Array.from({ length: 10 }, () => entryOf(1))
    for (const [index, { entry }] of short.entries()) cache.put(`short ${index}`, entry)
    clock.advance(1)
    assert.equal(cache.get('another'), undefined)
    assert.equal(cache.size, 0)
    assert.ok(short.every(({ dataKey }) => isZero(dataKey)))
  })

  test('zeroes what is replaced, removed and cleared, once each', () => {
    evicted = []
    const cache = new LocalCryptoMaterialsCache({ capacity: 9 })
    const [a, b, c, d] = [entryOf(), entryOf(), entryOf(), entryOf()] as const
    cache.put('a', a.entry)
    cache.put('a', b.entry)
    cache.remove('a', a.entry)
    assert.equal(cache.get('a'), b.entry, 'only the entry that is there is removed')
    cache.remove('a', b.entry)
    cache.put('c', c.entry)
    cache.put('d', d.entry)
    cache.clear()
    assert.deepEqual(evicted, [a.entry, b.entry, c.entry, d.entry])
    assert.ok([a, b, c, d].every(({ dataKey }) => isZero(dataKey)))
  })

  test('keeps nothing after it was disposed of', () => {
    const late = entryOf()
    const early = entryOf()
    {
      using cache = new LocalCryptoMaterialsCache({ capacity: 9 })
      cache.put('a', early.entry)
      cache[Symbol.dispose]()
      cache.put('b', late.entry)
      assert.equal(cache.size, 0)
    }
    assert.ok(isZero(early.dataKey) && isZero(late.dataKey))
  })

  test('zeroes expired entries that nobody asks for', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const cache = new LocalCryptoMaterialsCache({ capacity: 9 })
    const long = entryOf(100)
    const short = entryOf(10)
    cache.put('long', long.entry)
    cache.put('short', short.entry)
    clock.advance(10)
    t.mock.timers.tick(10_000)
    assert.deepEqual(
      [short, long].map(({ dataKey }) => isZero(dataKey)),
      [true, false],
    )
    clock.advance(90)
    t.mock.timers.tick(90_000)
    assert.ok(isZero(long.dataKey))
    assert.equal(cache.size, 0)
  })

  test('has a capacity that is an integer, zero or more', () => {
    for (const capacity of [-1, 0.5, Number.NaN, Infinity])
      assert.throws(() => new LocalCryptoMaterialsCache({ capacity }), code('InvalidInput'))
  })

  test('behaves like a list in the order of use', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd')
    const step = fc.oneof(
      fc.record({ get: id }),
      fc.record({ put: id, seconds: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ remove: id }),
      fc.record({ advance: fc.integer({ min: 0, max: 5 }) }),
    )
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), fc.array(step), (capacity, steps) => {
        const time = new FakeClock()
        using cache = new LocalCryptoMaterialsCache({ capacity })
        const made: ReturnType<typeof entryOf>[] = []
        let model: { id: string; entry: CacheEntry }[] = []
        const live = () => model.filter(({ entry }) => !entry.isExpired)
        for (const each of steps) {
          if ('advance' in each) time.advance(each.advance)
          if ('get' in each) {
            const found = live().find((one) => one.id === each.get)
            assert.equal(cache.get(each.get), found?.entry)
            model = live().filter((one) => one !== found)
            if (found) model.push(found)
          }
          if ('put' in each) {
            const one = entryOf(each.seconds, time)
            made.push(one)
            cache.put(each.put, one.entry)
            const rest = live().filter((other) => other.id !== each.put)
            model = [...rest, { id: each.put, entry: one.entry }].slice(-capacity || Infinity)
            if (capacity === 0) model = []
          }
          if ('remove' in each) {
            const found = model.find((one) => one.id === each.remove)
            if (found) cache.remove(each.remove, found.entry)
            model = model.filter((one) => one !== found)
          }
          model = live()
          assert.deepEqual(
            cache.entries(),
            model.map(({ entry }) => entry),
          )
          const kept = new Set(cache.entries())
          for (const { entry, dataKey } of made) assert.equal(isZero(dataKey), !kept.has(entry))
        }
      }),
    )
  })
})
