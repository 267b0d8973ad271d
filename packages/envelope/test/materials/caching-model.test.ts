import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LocalCryptoMaterialsCache } from '../../src/materials/cache.ts'
import { cachingManager } from '../../src/materials/caching.ts'
import { callOf, drain, FakeClock, FakeKeyring, Gates, isZero, toEncrypt } from './fakes.ts'

const ageMax = 10

/** What the manager should have on record of a data key. */
type Key = { readonly call: number; readonly startedAt: number; messages: number; bytes: number }

/** The caching manager again, in one turn and without any cryptography: what should have happened. */
class Model {
  now = 0
  calls = 0
  hits = 0
  misses = 0
  bypasses = 0
  evictions = 0
  /** In the order of use. */
  stored = new Map<string, Key>()
  readonly #pending = new Map<string, Key>()
  /** All calls that have not come back, the oldest first. */
  flights: { readonly id: string; readonly key: Key | undefined }[] = []
  readonly limits: { capacity: number; messagesMax: number; bytesMax: number }

  constructor(limits: { capacity: number; messagesMax: number; bytesMax: number }) {
    this.limits = limits
  }

  /** The number of the call whose data key the message gets, and its account. */
  encrypt(id: string, bytes: number | undefined): { call: number; key: Key | undefined } {
    if (bytes === undefined || bytes > this.limits.bytesMax) {
      this.bypasses += 1
      this.flights.push({ id, key: undefined })
      return { call: this.calls++, key: undefined }
    }
    this.prune()
    const stored = this.stored.get(id)
    if (stored) {
      this.stored.delete(id)
      this.stored.set(id, stored)
    }
    const pending = this.#pending.get(id)
    const key = [stored, pending].find((each) => each && this.#fits(each, bytes))
    if (key !== undefined && key === stored) this.hits += 1
    else this.misses += 1
    const used = key ?? this.#start(id)
    used.messages += 1
    used.bytes += bytes
    if (used === stored && used.messages === this.limits.messagesMax) this.#evict(id)
    return { call: used.call, key: used }
  }

  comeBack(index: number, isFailure: boolean): void {
    const [flight] = this.flights.splice(index, 1)
    if (flight?.key === undefined) return
    const { id, key } = flight
    const isNewest = this.#pending.get(id) === key
    if (isNewest) this.#pending.delete(id)
    if (isFailure) return
    this.prune()
    const isOfUse = key.messages < this.limits.messagesMax && !this.#isExpired(key)
    if (!isOfUse || (!isNewest && this.stored.has(id))) return
    if (this.stored.has(id)) this.#evict(id)
    this.stored.set(id, key)
    const [oldest = ''] = this.stored.keys()
    if (this.stored.size > this.limits.capacity) this.#evict(oldest)
  }

  prune(): void {
    for (const [id, key] of this.stored) if (this.#isExpired(key)) this.#evict(id)
  }

  #start(id: string): Key {
    const key = { call: this.calls++, startedAt: this.now, messages: 0, bytes: 0 }
    this.#pending.set(id, key)
    this.flights.push({ id, key })
    return key
  }

  #evict(id: string): void {
    this.stored.delete(id)
    this.evictions += 1
  }

  #isExpired(key: Key): boolean {
    return this.now - key.startedAt >= ageMax
  }

  #fits(key: Key, bytes: number): boolean {
    const { messagesMax, bytesMax } = this.limits
    return !this.#isExpired(key) && key.messages < messagesMax && key.bytes + bytes <= bytesMax
  }
}

const rarely = fc.nat(5).map((n) => n === 0)

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      encrypt: fc.constantFrom('a', 'a', 'b', 'c'),
      bytes: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined, freq: 20 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ comeBack: fc.nat(9), fails: rarely }) },
  {
    weight: 2,
    arbitrary: fc.record({ settle: fc.nat(99), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  { weight: 2, arbitrary: fc.record({ advance: fc.integer({ min: 1, max: 6 }) }) },
)

test('every interleaving does what the model does, to the last number', async () => {
  const limits = fc.record({
    capacity: fc.integer({ min: 0, max: 3 }),
    messagesMax: fc.integer({ min: 1, max: 5 }),
    bytesMax: fc.integer({ min: 0, max: 20 }),
  })
  await fc.assert(
    fc.asyncProperty(
      limits,
      fc.array(step, { minLength: 15, maxLength: 60 }),
      async (limit, steps) => {
        const { keyring, clock, gates, manager } = worldOf(limit)
        const model = new Model(limit)
        const messages: Message[] = []
        const comeBack = async (index: number, fails: boolean) => {
          model.comeBack(index, fails)
          gates.release(index, fails ? new Error('throttled') : undefined)
          await drain()
        }

        for (const each of steps) {
          if ('encrypt' in each) {
            const { encrypt: id, bytes } = each
            const context = new Map([['id', id]])
            const materials = manager.encryptionMaterials(
              toEncrypt({ context, plaintextBytes: bytes }),
            )
            messages.push({
              materials,
              bytes: bytes ?? 0,
              ...model.encrypt(id, bytes),
              isOpen: true,
            })
            materials.catch(() => undefined)
          } else if ('advance' in each) {
            clock.advance(each.advance)
            model.now += each.advance
          } else if ('settle' in each)
            await settle(messages[each.settle % messages.length], each.part)
          else if (gates.count > 0) await comeBack(each.comeBack % gates.count, each.fails)
          await drain()

          model.prune()
          const { entries, ...stats } = manager.stats()
          assert.deepEqual(stats, {
            hits: model.hits,
            misses: model.misses,
            bypasses: model.bypasses,
            calls: model.calls,
            callsSaved: model.hits + model.misses + model.bypasses - model.calls,
            refreshes: 0,
            refreshesFailed: 0,
            evictions: model.evictions,
          })
          assert.deepEqual(
            entries.map((entry) => [entry.messages, entry.bytes, entry.ageMs]),
            [...model.stored.values()].map((key) => [
              key.messages,
              key.bytes,
              (model.now - key.startedAt) * 1000,
            ]),
          )
          assert.equal(keyring.encryptRequests.length, model.calls)
        }

        while (gates.count > 0) await comeBack(0, false)
        for (const { materials, call } of messages) {
          const [result] = await Promise.allSettled([materials])
          if (result.status === 'fulfilled') assert.equal(callOf(result.value), call)
        }
        assert.equal(gates.count, 0)
        clock.advance(ageMax)
        assert.deepEqual(manager.stats().entries, [])
      },
    ),
    { numRuns: 1000 },
  )
})

type Message = {
  readonly materials: ReturnType<ReturnType<typeof worldOf>['manager']['encryptionMaterials']>
  readonly bytes: number
  readonly call: number
  readonly key: Key | undefined
  isOpen: boolean
}

/** The message tells that it used but a part of its bytes, if it has its materials by now. */
const settle = async (message: Message | undefined, part: number) => {
  const pending = Symbol('pending')
  const none = () => undefined
  const materials = await Promise.race([
    message?.materials.catch(none),
    drain().then(() => pending),
  ])
  if (!message?.isOpen || typeof materials !== 'object' || message.key === undefined) return
  const used = Math.floor(message.bytes * part)
  materials.settle?.(used)
  message.key.bytes -= message.bytes - used
  message.isOpen = false
}

const worldOf = (limit: { capacity: number; messagesMax: number; bytesMax: number }) => {
  const keyring = new FakeKeyring()
  const clock = new FakeClock()
  const gates = new Gates()
  keyring.gate = gates.gate
  const cache = new LocalCryptoMaterialsCache({ capacity: limit.capacity })
  const manager = cachingManager({
    keyring,
    cache,
    clock,
    maxAgeSeconds: ageMax,
    maxMessagesEncrypted: limit.messagesMax,
    maxBytesEncrypted: limit.bytesMax,
  })
  return { keyring, clock, gates, manager, cache }
}

test('no schedule gives a data key out beyond its limits, or loses one', async () => {
  const message = fc.record({
    id: fc.constantFrom('a', 'b'),
    bytes: fc.integer({ min: 0, max: 9 }),
  })
  const run = fc.record({
    messages: fc.array(message, { minLength: 1, maxLength: 40 }),
    capacity: fc.integer({ min: 0, max: 2 }),
    messagesMax: fc.integer({ min: 1, max: 6 }),
    bytesMax: fc.integer({ min: 9, max: 30 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), run, async (scheduler, { messages, ...limit }) => {
      const { keyring, manager, cache } = worldOf(limit)
      keyring.gate = () => scheduler.schedule(Promise.resolve())
      const use = new Map<number, { messages: number; bytes: number }>()
      const zeroes: boolean[] = []
      const all = messages.map(async ({ id, bytes }) => {
        await scheduler.schedule(Promise.resolve())
        const context = new Map([['id', id]])
        const materials = await manager.encryptionMaterials(
          toEncrypt({ context, plaintextBytes: bytes }),
        )
        zeroes.push(isZero(materials.dataKey))
        const used = use.getOrInsert(callOf(materials), { messages: 0, bytes: 0 })
        used.messages += 1
        used.bytes += bytes
        materials.dataKey.fill(0)
      })
      await scheduler.waitFor(Promise.all(all))
      assert.ok(
        zeroes.every((zero) => !zero),
        'nobody gets a data key that was zeroed',
      )
      for (const used of use.values()) {
        assert.ok(used.messages <= limit.messagesMax)
        assert.ok(used.bytes <= limit.bytesMax)
      }
      const { hits, misses, calls, callsSaved, entries } = manager.stats()
      assert.equal(hits + misses, messages.length)
      assert.equal(calls, keyring.encryptRequests.length)
      assert.equal(callsSaved, messages.length - use.size, 'every data key has been of use')
      const live = keyring.given.filter((dataKey) => !isZero(dataKey))
      assert.equal(live.length, entries.length, 'what is not kept is zeroed')
      cache.clear()
      assert.ok(keyring.given.every(isZero))
    }),
    { numRuns: 200 },
  )
})
