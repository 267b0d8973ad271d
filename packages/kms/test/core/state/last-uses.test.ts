import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Store } from '../../../src/core/ports.ts'
import { LastUses } from '../../../src/core/state/last-uses.ts'
import { State } from '../../../src/core/state/state.ts'
import { memoryStore } from './memory-store.ts'
import { someStateKey } from './state-key.ts'

type Use = { readonly atMs: number }

const usesOver = async (store: Store, max?: number) => {
  const state = await State.open(store, someStateKey())
  return { state, uses: new LastUses<Use>(state, 'key_use', { max }) }
}

/** A store whose commits wait until they are released. */
const heldStore = () => {
  const store = memoryStore()
  const gate = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  return {
    gate,
    reached: reached.promise,
    store: {
      ...store,
      commit: async (commit) => {
        reached.resolve()
        await gate.promise
        return store.commit(commit)
      },
    } satisfies Store,
  }
}

describe('last uses', () => {
  test('are the newest ones, before they are written and after', async () => {
    const { state, uses } = await usesOver(memoryStore())
    assert.equal(await uses.last('a'), undefined)
    uses.note('a', { atMs: 1 })
    uses.note('a', { atMs: 2 })
    assert.deepEqual(await uses.last('a'), { atMs: 2 })
    assert.equal(state.newest.seq, 0)
    await uses.save()
    assert.deepEqual(await uses.last('a'), { atMs: 2 })
    assert.equal(uses.unsaved('a'), undefined)
    assert.equal(uses.isSaved, true)
    assert.deepEqual(await new LastUses<Use>(state, 'key_use').last('a'), { atMs: 2 })
  })

  test('are written once, however often they were noted, and not again unless used again', async () => {
    const { state, uses } = await usesOver(memoryStore())
    for (let n = 0; n < 100; n += 1) uses.note('a', { atMs: n })
    await uses.save()
    await uses.save()
    assert.equal(state.newest.seq, 1)
    uses.note('a', { atMs: 100 })
    await uses.save()
    assert.equal(state.newest.seq, 2)
  })

  test('that come while others are being written are not lost', async () => {
    const { store, gate, reached } = heldStore()
    const { uses } = await usesOver(store)
    uses.note('a', { atMs: 1 })
    const saving = uses.save()
    await reached
    uses.note('a', { atMs: 2 })
    uses.note('b', { atMs: 3 })
    gate.resolve()
    await saving
    assert.deepEqual(await uses.last('a'), { atMs: 2 })
    await uses.save()
    assert.equal(uses.isSaved, true)
    assert.deepEqual(await uses.last('a'), { atMs: 2 })
    assert.deepEqual(await uses.last('b'), { atMs: 3 })
  })

  test('are kept where they cannot be written, and written later', async () => {
    const store = memoryStore()
    let isFull = true
    const failing: Store = {
      ...store,
      commit: (commit) =>
        isFull ? Promise.reject(new Error('the disk is full')) : store.commit(commit),
    }
    const { uses } = await usesOver(failing)
    uses.note('a', { atMs: 1 })
    await assert.rejects(uses.save(), /disk is full/)
    assert.deepEqual(await uses.last('a'), { atMs: 1 })
    isFull = false
    await uses.save()
    assert.equal(uses.isSaved, true)
  })

  test('of many things are written in several commits', async () => {
    const { state, uses } = await usesOver(memoryStore())
    for (let n = 0; n < 1200; n += 1) uses.note(`thing ${n}`, { atMs: n })
    await uses.save()
    assert.equal(uses.isSaved, true)
    assert.deepEqual(await uses.last('thing 0'), { atMs: 0 })
    assert.deepEqual(await uses.last('thing 1199'), { atMs: 1199 })
    await state.verify()
  })

  test('of too many things to keep are written at once', async () => {
    const { uses } = await usesOver(memoryStore(), 10)
    for (let n = 0; n <= 10; n += 1) uses.note(`thing ${n}`, { atMs: n })
    while (!uses.isSaved) await new Promise(setImmediate)
    assert.deepEqual(await uses.last('thing 3'), { atMs: 3 })
  })

  test('take no more memory than they may, whether or not they can be written', async () => {
    const store: Store = { ...memoryStore(), commit: () => Promise.reject(new Error('full')) }
    const { uses } = await usesOver(store, 10)
    for (let n = 0; n < 1000; n += 1) uses.note(`thing ${n}`, { atMs: n })
    const kept = Array.from({ length: 1000 }, (_, n) => uses.unsaved(`thing ${n}`))
    assert.equal(kept.filter((use) => use !== undefined).length, 20)
    assert.deepEqual(kept.at(-1), { atMs: 999 })
  })

  test('that are forgotten are not written', async () => {
    const { state, uses } = await usesOver(memoryStore())
    uses.note('a', { atMs: 1 })
    uses.forget('a')
    await uses.save()
    assert.equal(state.newest.seq, 0)
    assert.equal(await uses.last('a'), undefined)
  })

  test('that others have noted count where they are later, and are gathered before anyone asks', async () => {
    const state = await State.open(memoryStore(), someStateKey())
    let elsewhere: [string, Use][] = []
    const uses = new LastUses<Use>(state, 'key_use', {
      gather: async () => {
        uses.merge(elsewhere)
        elsewhere = []
      },
    })
    uses.note('a', { atMs: 2 })
    elsewhere = [
      ['a', { atMs: 1 }],
      ['b', { atMs: 1 }],
    ]
    assert.equal(await uses.known('b'), undefined)
    assert.deepEqual(await uses.last('a'), { atMs: 2 })
    assert.deepEqual(await uses.last('b'), { atMs: 1 })
    elsewhere = [['a', { atMs: 3 }]]
    await uses.save()
    assert.deepEqual((await state.read('key_use', 'a'))?.value, { atMs: 3 })
  })
})
