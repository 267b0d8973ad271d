import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConflictError, type ChangeEntry, type Store } from '../../../src/core/ports.ts'
import { State } from '../../../src/core/state/state.ts'
import { listUnverified, readUnverified } from '../../../src/core/state/unverified.ts'
import { memoryData, memoryStore } from './memory-store.ts'
import { someStateKey } from './state-key.ts'

const stateKey = someStateKey()
const openState = (store: Store = memoryStore()) => State.open(store, stateKey)

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('the state', () => {
  test('gives out what was put, with its place', async () => {
    const state = await openState()
    const value = { enabled: true, tags: [{ key: 'ä', value: '' }], none: null }
    const placement = { parent: 'p', dueAtMs: 1_700_000_000_000 }
    const seq = await state.commit(state.begin().put('key', 'k', value, placement))
    assert.equal(seq, 1)
    assert.deepEqual(await state.read('key', 'k'), { id: 'k', seq, value, ...placement })
    assert.equal(await state.read('key', 'other'), undefined)
    assert.equal(await state.read('alias', 'k'), undefined)
  })

  test('takes a copy of a value when it is put', async () => {
    const state = await openState()
    const value = { n: 1 }
    const change = state.begin().put('key', 'k', value)
    value.n = 2
    await state.commit(change)
    assert.deepEqual((await state.read('key', 'k'))?.value, { n: 1 })
  })

  test('a removed row is absent, and may be put again', async () => {
    const state = await openState()
    await state.commit(state.begin().put('alias', 'a', 1))
    await state.commit(state.begin().remove('alias', 'a'))
    assert.equal(await state.read('alias', 'a'), undefined)
    await state.commit(state.begin().put('alias', 'a', 2))
    assert.equal((await state.read('alias', 'a'))?.value, 2)
    await state.verify()
  })

  test('a change gives each of its rows a seq and resolves to the last', async () => {
    const state = await openState()
    const change = state.begin().put('key', 'a', 1).put('key', 'b', 2).remove('alias', 'x')
    assert.equal(await state.commit(change), 3)
    const listed = await state.list({ table: 'key', limit: 10 })
    assert.deepEqual(
      listed.map(({ id, seq, value }) => [id, seq, value]),
      [
        ['a', 1, 1],
        ['b', 2, 2],
      ],
    )
  })

  test('an empty change and one that touches a row twice are refused', async () => {
    const state = await openState()
    assert.throws(() => state.commit(state.begin()), /needs a row/)
    assert.throws(() => state.begin().put('key', 'a', 1).remove('key', 'a'), /once/)
    assert.throws(() => state.begin().put('key', 'a', undefined), /value/)
    assert.throws(() => state.begin().put('key', 'ä', 1), /ASCII/)
    assert.throws(() => state.begin().put('key', '', 1), /ASCII/)
  })

  test("the record goes on a change's last entry and may quote its seq", async () => {
    const state = await openState()
    await state.commit(state.begin().put('key', 'a', 1), '{"plain":true}')
    const change = state.begin().put('key', 'b', 1).put('key', 'c', 1)
    await state.commit(change, (seq) => JSON.stringify({ seq }))
    const records = (await collect(state.changesAfter(0))).map(({ record }) => record)
    assert.deepEqual(records, ['{"plain":true}', undefined, '{"seq":3}'])
    assert.deepEqual(
      (await collect(state.changesAfter(2))).map(({ seq }) => seq),
      [3],
    )
    assert.deepEqual(await collect(state.changesAfter(3)), [])
    const twoLines = state.begin().put('key', 'd', 1)
    await assert.rejects(state.commit(twoLines, 'a\nb'), /one line/)
  })

  test('commits take their seqs in the order of the calls', async () => {
    const state = await openState()
    const seqs = await Promise.all(
      Array.from({ length: 20 }, (_, n) => state.commit(state.begin().put('key', `k${n}`, n))),
    )
    assert.deepEqual(
      seqs,
      Array.from({ length: 20 }, (_, n) => n + 1),
    )
    await state.verify()
  })

  test('exclusive work sees no other change between its reading and its commit', async () => {
    const state = await openState()
    await state.commit(state.begin().put('key', 'count', 0))
    const increment = () =>
      state.exclusive(async () => {
        const count = Number((await state.read('key', 'count'))?.value)
        return state.commit(state.begin().put('key', 'count', count + 1))
      })
    const failing = () => state.exclusive(() => Promise.reject(new Error('on purpose')))
    const results = await Promise.allSettled([increment(), failing(), increment(), increment()])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    )
    assert.equal((await state.read('key', 'count'))?.value, 3)
  })

  test('a row that is changed while it is read or listed is no tampering', async () => {
    const inner = memoryStore()
    let meanwhile: (() => Promise<unknown>) | undefined
    const between = async <T>(result: T): Promise<T> => {
      const work = meanwhile
      meanwhile = undefined
      await work?.()
      return result
    }
    const store: Store = {
      ...inner,
      read: async (table, id) => between(await inner.read(table, id)),
      list: async (query) => between(await inner.list(query)),
    }
    const state = await openState(store)
    const put = (n: number) => state.commit(state.begin().put('key', 'k', n))
    await put(1)
    meanwhile = () => put(2)
    assert.equal((await state.read('key', 'k'))?.value, 1)
    meanwhile = () => put(3)
    const listed = await state.list({ table: 'key', limit: 9 })
    assert.deepEqual(
      listed.map(({ value }) => value),
      [3],
    )
    meanwhile = () => put(4)
    await state.verify()
    assert.equal(state.newest.seq, 4)
  })

  test('an untouched state is verified without looking up a row by its name', async () => {
    const inner = memoryStore()
    let reads = 0
    const read: Store['read'] = (table, id) => {
      reads += 1
      return inner.read(table, id)
    }
    const state = await openState({ ...inner, read })
    const change = state.begin()
    for (let n = 0; n < 100; n++) change.put('key', `k${n}`, n).put('alias', `a${n}`, n)
    await state.commit(change)
    await state.commit(state.begin().put('key', 'k7', 'again'))
    reads = 0
    await state.verify()
    assert.equal(reads, 0)
    // What was removed is known by its name alone.
    await state.commit(state.begin().remove('key', 'k8'))
    await state.verify()
    assert.equal(reads, 1)
  })

  test('opened again it continues where the log ends', async () => {
    const data = memoryData()
    const first = await openState(memoryStore(data))
    await first.commit(first.begin().put('key', 'a', 1))
    const again = await openState(memoryStore(data))
    assert.deepEqual(again.newest, first.newest)
    assert.equal(await again.commit(again.begin().put('key', 'b', 2)), 2)
    assert.equal((await again.read('key', 'a'))?.value, 1)
  })

  test('does not open under another key, nor under another version of it', async () => {
    const data = memoryData()
    const state = await openState(memoryStore(data))
    await state.commit(state.begin().put('key', 'a', 1))
    await assert.rejects(State.open(memoryStore(data), someStateKey(2)), { name: 'TamperError' })
    const renumbered = await State.open(memoryStore(data), someStateKey(1, 2))
    await assert.rejects(renumbered.read('key', 'a'), { name: 'TamperError' })
  })

  test('verifies a log of many batches', async () => {
    const data = memoryData()
    const state = await openState(memoryStore(data))
    for (let round = 0; round < 5; round++) {
      const change = state.begin()
      for (let n = 0; n < 500; n++) change.put('key', `k${n}`, round)
      await state.commit(change)
    }
    const again = await openState(memoryStore(data))
    assert.equal(again.newest.seq, 2500)
    assert.equal((await collect(again.changesAfter(499))).length, 2001)
    await again.verify()
  })

  test('the rows that lead to the key can be read before it is known', async () => {
    const store = memoryStore()
    const state = await openState(store)
    await state.commit(state.begin().put('cluster', 'c', 1).put('domain_key', '1', { n: 1 }))
    assert.equal((await readUnverified(store, 'cluster', 'c'))?.value, 1)
    assert.equal(await readUnverified(store, 'cluster', 'd'), undefined)
    assert.deepEqual(
      (await listUnverified(store, 'domain_key')).map(({ value }) => value),
      [{ n: 1 }],
    )
  })
})

describe('a commit that fails', () => {
  /** A store whose next commit rejects, having happened or not. */
  const unreliable = () => {
    const inner = memoryStore()
    const failing: { next: 'before' | 'after' | undefined } = { next: undefined }
    const commit: Store['commit'] = async (commit_) => {
      const { next } = failing
      failing.next = undefined
      if (next === 'before') throw new Error('no room')
      await inner.commit(commit_)
      if (next === 'after') throw new Error('lost the answer')
    }
    return { store: { ...inner, commit }, inner, failing }
  }

  test('changes nothing, and the next one takes its place', async () => {
    const { store, failing } = unreliable()
    const state = await openState(store)
    failing.next = 'before'
    await assert.rejects(state.commit(state.begin().put('key', 'a', 1)), /no room/)
    assert.equal(await state.read('key', 'a'), undefined)
    assert.equal(await state.commit(state.begin().put('key', 'b', 1)), 1)
    await state.verify()
  })

  test('is found to have happened when it did', async () => {
    const { store, failing } = unreliable()
    const state = await openState(store)
    failing.next = 'after'
    await assert.rejects(state.commit(state.begin().put('key', 'a', 1)), /lost the answer/)
    assert.equal(await state.commit(state.begin().put('key', 'b', 1)), 2)
    assert.equal((await state.read('key', 'a'))?.value, 1)
    await state.verify()
  })

  test('a conflict lets the next one continue after what another process has written', async () => {
    const data = memoryData()
    const [one, other] = [await openState(memoryStore(data)), await openState(memoryStore(data))]
    await one.commit(one.begin().put('key', 'a', 1))
    await assert.rejects(other.commit(other.begin().put('key', 'b', 1)), ConflictError)
    assert.equal(await other.commit(other.begin().put('key', 'b', 1)), 2)
    assert.equal((await other.read('key', 'a'))?.value, 1)
  })

  test('a conflict with forged entries leaves the state unable to write', async () => {
    const data = memoryData()
    const state = await openState(memoryStore(data))
    await state.commit(state.begin().put('key', 'a', 1))
    const forged: ChangeEntry = { ...data.log[0]!, seq: 2 }
    data.log.push(forged)
    const change = () => state.commit(state.begin().put('key', 'b', 1))
    await assert.rejects(change(), ConflictError)
    await assert.rejects(change(), { name: 'TamperError', table: 'change_log', id: '2' })
    await assert.rejects(change(), { name: 'TamperError' })
  })
})
