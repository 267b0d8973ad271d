import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  ConflictError,
  type ChangeEntry,
  type Commit,
  type ListQuery,
  type Row,
  type Store,
  type TableName,
} from '../../../src/core/ports.ts'

/** A place where a store can be opened, closed and opened again, and which is taken away after. */
export type StorePlace = AsyncDisposable & { open(): Promise<Store> }

const bytes = (fill: number): Uint8Array => new Uint8Array(36).fill(fill)

export const someRow = (seq: number, id: string, more: Partial<Row> = {}): Row => ({
  table: 'key',
  id,
  parent: undefined,
  dueAtMs: undefined,
  seq,
  content: `{"n":${seq}}`,
  mac: bytes(seq),
  ...more,
})

export const entryOf = (row: Pick<Row, 'seq' | 'table' | 'id' | 'mac'>, record?: string) => ({
  seq: row.seq,
  table: row.table,
  id: row.id,
  rowMac: row.mac,
  record,
  link: bytes(100 + row.seq),
})

export const writing = (...rows: readonly Row[]): Commit => ({
  writes: rows,
  removals: [],
  entries: rows.map((row) => entryOf(row)),
  erase: false,
})

export const removing = (seq: number, table: TableName, id: string, erase = false): Commit => ({
  writes: [],
  removals: [{ table, id }],
  entries: [entryOf({ seq, table, id, mac: bytes(seq) })],
  erase,
})

const ids = async (store: Store, query: ListQuery) =>
  (await store.list(query)).map(({ row }) => row?.id)

/** The promises of `Store`, tested on the stores that `makePlace` leads to. */
export const storeContract = (name: string, makePlace: () => Promise<StorePlace>): void => {
  const withStore = async (work: (store: Store, place: StorePlace) => Promise<void>) => {
    await using place = await makePlace()
    const store = await place.open()
    try {
      await work(store, place)
    } finally {
      await store.close()
    }
  }
  describe(`${name}, as a store`, () => {
    test('a store that never was written has no rows and no newest change', () =>
      withStore(async (store) => {
        assert.deepEqual(await store.read('key', 'a'), { row: undefined, newest: undefined })
        assert.deepEqual(await store.list({ table: 'key', limit: 10 }), [])
        assert.deepEqual(await store.changes(0, 10), [])
        assert.equal(await store.newestChange(), undefined)
      }))

    test('a row is read as it was written, with the entry that says so', () =>
      withStore(async (store) => {
        const row = someRow(1, 'a', { parent: 'p', dueAtMs: 2 ** 50, content: '"snö ☃ 😀"' })
        const commit = { ...writing(row), entries: [entryOf(row, '{"event":1}')] }
        await store.commit(commit)
        assert.deepEqual(await store.read('key', 'a'), { row, newest: commit.entries[0] })
      }))

    test('rows of a table that holds wrapped keys are kept like all others', () =>
      withStore(async (store) => {
        const rows = [someRow(1, 'a', { table: 'material' }), someRow(2, 'a', { table: 'key' })]
        await store.commit(writing(...rows))
        assert.deepEqual((await store.read('material', 'a')).row, rows[0])
        assert.deepEqual((await store.read('key', 'a')).row, rows[1])
        assert.deepEqual(await ids(store, { table: 'material', limit: 10 }), ['a'])
      }))

    test('writing a row again replaces all of it', () =>
      withStore(async (store) => {
        await store.commit(writing(someRow(1, 'a', { parent: 'p', dueAtMs: 5 })))
        const second = someRow(2, 'a')
        await store.commit(writing(second))
        assert.deepEqual((await store.read('key', 'a')).row, second)
        assert.deepEqual(await ids(store, { table: 'key', parent: 'p', limit: 10 }), [])
        assert.deepEqual(await ids(store, { table: 'key', dueByMs: 9, limit: 10 }), [])
      }))

    test('after a removal the newest entry remains', () =>
      withStore(async (store) => {
        await store.commit(writing(someRow(1, 'a'), someRow(2, 'b')))
        const removal = removing(3, 'key', 'a')
        await store.commit(removal)
        assert.deepEqual(await store.read('key', 'a'), {
          row: undefined,
          newest: removal.entries[0],
        })
        assert.deepEqual(await ids(store, { table: 'key', limit: 10 }), ['b'])
      }))

    test('a commit whose seq does not follow conflicts, and nothing of it happens', () =>
      withStore(async (store) => {
        await assert.rejects(store.commit(writing(someRow(2, 'a'))), ConflictError)
        await store.commit(writing(someRow(1, 'a')))
        for (const seq of [1, 3, 0]) {
          await assert.rejects(store.commit(writing(someRow(seq, 'b'))), ConflictError)
        }
        await assert.rejects(
          store.commit(writing(someRow(2, 'b'), someRow(4, 'c'))),
          ConflictError,
          'a gap inside',
        )
        assert.deepEqual(await ids(store, { table: 'key', limit: 10 }), ['a'])
        assert.equal((await store.newestChange())?.seq, 1)
        await store.commit(writing(someRow(2, 'b')))
      }))

    test('commits take effect in the order of the calls', () =>
      withStore(async (store) => {
        const commits = Array.from({ length: 50 }, (_, at) =>
          store.commit(writing(someRow(at + 1, `id${at % 7}`))),
        )
        await Promise.all(commits)
        assert.equal((await store.newestChange())?.seq, 50)
        assert.equal((await store.read('key', 'id0')).row?.seq, 50)
      }))

    test('the change log is given out in order, in pages', () =>
      withStore(async (store) => {
        const rows = Array.from({ length: 25 }, (_, at) => someRow(at + 1, `id${at}`))
        await store.commit(writing(...rows))
        const seen: ChangeEntry[] = []
        for (let after = 0; after < 25; after = seen.length) {
          seen.push(...(await store.changes(after, 10)))
        }
        assert.deepEqual(
          seen,
          rows.map((row) => entryOf(row)),
        )
        assert.deepEqual(await store.changes(25, 10), [])
      }))

    test('lists keep the order of ids and go on after one', () =>
      withStore(async (store) => {
        const unordered = ['b', 'a/2', 'C', 'a', '~', 'a/10', 'a:']
        await store.commit(writing(...unordered.map((id, at) => someRow(at + 1, id))))
        const all = unordered.toSorted((left, right) => (left < right ? -1 : 1))
        assert.deepEqual(await ids(store, { table: 'key', limit: 10 }), all)
        assert.deepEqual(await ids(store, { table: 'key', limit: 3 }), all.slice(0, 3))
        const afterId = all[2] ?? ''
        assert.deepEqual(await ids(store, { table: 'key', afterId, limit: 10 }), all.slice(3))
        const prefixed = await ids(store, { table: 'key', idPrefix: 'a/', limit: 10 })
        assert.deepEqual(prefixed, ['a/10', 'a/2'])
        assert.deepEqual(await ids(store, { table: 'key', idPrefix: '', limit: 10 }), all)
        assert.deepEqual(await ids(store, { table: 'alias', limit: 10 }), [])
      }))

    test('a prefix is taken literally', () =>
      withStore(async (store) => {
        await store.commit(writing(...['%', '_', 'a', '*'].map((id, at) => someRow(at + 1, id))))
        assert.deepEqual(await ids(store, { table: 'key', idPrefix: '_', limit: 10 }), ['_'])
        assert.deepEqual(await ids(store, { table: 'key', idPrefix: '%', limit: 10 }), ['%'])
      }))

    test('counts the rows of a table whose ids begin alike', () =>
      withStore(async (store) => {
        const names = ['a/1', 'a/2', 'ab/1', 'b/1']
        for (const [at, id] of names.entries()) await store.commit(writing(someRow(at + 1, id)))
        await store.commit(writing(someRow(5, 'a/3', { table: 'alias' })))
        assert.equal(await store.count('key', 'a/'), 2)
        assert.equal(await store.count('key', ''), 4)
        assert.equal(await store.count('key', 'c/'), 0)
      }))

    test('lists by parent and by due time, in the order in which they fall due', () =>
      withStore(async (store) => {
        await store.commit(
          writing(
            someRow(1, 'd', { parent: 'p', dueAtMs: 30 }),
            someRow(2, 'c', { parent: 'q', dueAtMs: 10 }),
            someRow(3, 'b', { parent: 'p', dueAtMs: 10 }),
            someRow(4, 'a', { parent: 'p' }),
          ),
        )
        const of = (query: Partial<ListQuery>) => ids(store, { table: 'key', limit: 10, ...query })
        assert.deepEqual(await of({ parent: 'p' }), ['a', 'b', 'd'])
        assert.deepEqual(await of({ parent: 'p', afterId: 'a', limit: 1 }), ['b'])
        assert.deepEqual(await of({ dueByMs: 9 }), [])
        assert.deepEqual(await of({ dueByMs: 10 }), ['b', 'c'])
        assert.deepEqual(await of({ dueByMs: 30 }), ['b', 'c', 'd'])
        assert.deepEqual(await of({ dueByMs: 30, parent: 'p' }), ['b', 'd'])
        assert.deepEqual(await of({ dueByMs: 30, limit: 2 }), ['b', 'c'])
      }))

    test('each listed row comes with its own newest entry', () =>
      withStore(async (store) => {
        await store.commit(writing(someRow(1, 'a'), someRow(2, 'b')))
        await store.commit(writing(someRow(3, 'a')))
        const list = await store.list({ table: 'key', limit: 10 })
        assert.deepEqual(
          list.map(({ newest }) => newest?.seq),
          [3, 2],
        )
      }))

    test('an erasing commit keeps every other row', () =>
      withStore(async (store) => {
        const rows = Array.from({ length: 40 }, (_, at) =>
          someRow(at + 1, `m${at}`, {
            table: 'material',
            content: JSON.stringify('x'.repeat(at * 90)),
          }),
        )
        await store.commit(writing(...rows))
        await store.commit(removing(41, 'material', 'm7', true))
        await store.commit(removing(42, 'material', 'm8', true))
        const left = await store.list({ table: 'material', limit: 100 })
        const kept = rows.filter(({ id }) => id !== 'm7' && id !== 'm8')
        assert.deepEqual(
          left.map(({ row }) => row),
          kept.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        )
        await store.commit(writing(someRow(43, 'm7', { table: 'material' })))
      }))

    test('what was committed is there when the store is opened again', () =>
      withStore(async (store, place) => {
        const row = someRow(1, 'a', { parent: 'p' })
        await store.commit(writing(row))
        await store.close()
        const again = await place.open()
        try {
          assert.deepEqual(await again.read('key', 'a'), { row, newest: entryOf(row) })
          await again.commit(writing(someRow(2, 'b')))
        } finally {
          await again.close()
        }
      }))

    test('a probe succeeds, and leaves nothing behind', () =>
      withStore(async (store) => {
        await store.probe()
        assert.equal(await store.newestChange(), undefined)
        await store.commit(writing(someRow(1, 'a')))
        await store.probe()
        assert.equal((await store.newestChange())?.seq, 1)
      }))

    test('a closed store refuses everything, and may be closed again', () =>
      withStore(async (store) => {
        await store.close()
        await assert.rejects(store.read('key', 'a'))
        await assert.rejects(store.list({ table: 'key', limit: 1 }))
        await assert.rejects(store.commit(writing(someRow(1, 'a'))))
        await assert.rejects(store.changes(0, 1))
        await assert.rejects(store.newestChange())
        await assert.rejects(store.probe())
      }))
  })
}
