import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseCheckpoint } from '../../../src/core/state/checkpoint.ts'
import { State } from '../../../src/core/state/state.ts'
import type { TamperError } from '../../../src/core/state/tamper-error.ts'
import { type MemoryData, memoryData, memoryStore, rowName } from './memory-store.ts'
import { someStateKey } from './state-key.ts'

const stateKey = someStateKey()
/** More than are verified as a whole at each start. */
const manyRows = 5100

const put = async (state: State, rows: Readonly<Record<string, unknown>>): Promise<void> => {
  const change = state.begin()
  for (const [id, value] of Object.entries(rows)) change.put('key', id, value)
  await state.commit(change)
}

const together = (pieces: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat([...pieces]))

/** Opens a store with a checkpoint, and says how many entries of the log were read for it. */
const openFrom = async (
  data: MemoryData,
  bytes: Uint8Array<ArrayBuffer>,
  options: { readonly anchor?: State['newest'] } = {},
) => {
  const store = memoryStore(data)
  let read = 0
  const told: string[] = []
  const state = await State.open(
    {
      ...store,
      changes: async (afterSeq, limit) => {
        const entries = await store.changes(afterSeq, limit)
        read += entries.length
        return entries
      },
    },
    stateKey,
    {
      ...options,
      checkpoint: parseCheckpoint(stateKey, bytes.slice()),
      onTamper: ({ table, id }: TamperError) => void told.push(`${table} ${id}`),
    },
  )
  return { state, told, entriesRead: () => read }
}

/** A store with a long log, of which the row `k1` has an older version, and a removed row `gone`. */
const longLog = async () => {
  const data = memoryData()
  const state = await State.open(memoryStore(data), stateKey)
  const many = Array.from({ length: manyRows }, (_, n) => [`k${n}`, { n }])
  await put(state, { ...Object.fromEntries(many), gone: 1 })
  const first = state
    .begin()
    .put('cluster', 'c', 1)
    .put('inline_policy', 'alice/deny me', 1, { parent: 'alice' })
  await state.commit(first)
  const older = data.rows.get(rowName('key', 'k1'))!
  const gone = data.rows.get(rowName('key', 'gone'))!
  await put(state, { k1: 'newer' })
  await state.commit(state.begin().remove('key', 'gone'))
  return { data, state, older, gone, bytes: together(state.checkpoint()) }
}

const tampered = (table: string, id: string) => ({ name: 'TamperError', table, id })

describe('a state that is opened from a checkpoint', () => {
  test('is what it was, and has read what came after it alone', async () => {
    const { data, state, bytes } = await longLog()
    await put(state, { k2: 'after it', fresh: 1 })
    const again = await openFrom(data, bytes)
    assert.deepEqual(again.state.newest, state.newest)
    assert.equal(again.state.rowsEver, state.rowsEver)
    // The one where it ends, and the two after it.
    assert.equal(again.entriesRead(), 3)
    assert.equal((await again.state.read('key', 'k2'))?.value, 'after it')
    assert.deepEqual((await again.state.read('key', 'k3'))?.value, { n: 3 })
    assert.equal(await again.state.read('key', 'gone'), undefined)
    await put(again.state, { k2: 'later' })
    await again.state.verify()
    assert.deepEqual(again.told, [])
  })

  test('makes a checkpoint in its turn', async () => {
    const { data, bytes } = await longLog()
    const { state } = await openFrom(data, bytes)
    await put(state, Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`m${n}`, n])))
    const again = await openFrom(data, together(state.checkpoint()))
    assert.equal(again.state.rowsEver, state.rowsEver)
    assert.equal(again.entriesRead(), 1)
    await again.state.verify()
  })

  test('takes in what was changed while the checkpoint was made', async () => {
    const { data, state } = await longLog()
    const pieces: Uint8Array[] = []
    let n = 0
    for (const piece of state.checkpoint()) {
      pieces.push(piece)
      if (++n % 64 === 0) await put(state, { [`during ${n}`]: n, k5: n })
    }
    const again = await openFrom(data, together(pieces))
    assert.deepEqual(again.state.newest, state.newest)
    assert.equal(again.state.rowsEver, state.rowsEver)
    assert.equal((await again.state.read('key', 'k5'))?.value, 256)
    await again.state.verify()
  })

  test('refuses rows that were put back or are missing, as it did before', async () => {
    const { data, bytes, older, gone } = await longLog()
    data.rows.set(rowName('key', 'k1'), older)
    data.rows.set(rowName('key', 'gone'), gone)
    data.rows.delete(rowName('inline_policy', 'alice/deny me'))
    // Nor do the entries name them any more.
    for (const entry of data.log.slice(-3)) Object.assign(entry, { table: 'alias', id: 'x' })
    const { state } = await openFrom(data, bytes)
    await assert.rejects(state.read('key', 'k1'), tampered('key', 'k1'))
    await assert.rejects(state.read('key', 'gone'), tampered('key', 'gone'))
    const listed = state.listOwned('inline_policy', 'alice')
    await assert.rejects(listed, tampered('inline_policy', 'alice/deny me'))
  })

  test('refuses to open without a row that leads to the state key', async () => {
    const { data, bytes } = await longLog()
    data.rows.delete(rowName('cluster', 'c'))
    await assert.rejects(openFrom(data, bytes), tampered('cluster', 'c'))
  })

  test('finds a change within the log that it did not read when it verifies all of it', async () => {
    const { data, bytes } = await longLog()
    data.log[6] = { ...data.log[6]!, record: 'x' }
    const { state, told } = await openFrom(data, bytes)
    await assert.rejects(state.verify(), tampered('change_log', '7'))
    assert.deepEqual(told, ['change_log 7'])
  })

  test('finds it at once where the log is short', async () => {
    const data = memoryData()
    const state = await State.open(memoryStore(data), stateKey)
    await put(state, { a: 1, b: 2, c: 3 })
    const bytes = together(state.checkpoint())
    data.log[1] = { ...data.log[1]!, id: 'x' }
    await assert.rejects(openFrom(data, bytes), tampered('change_log', '2'))
  })

  test('is not opened over a database that was rolled back to before it', async () => {
    const { data, state, bytes } = await longLog()
    const seq = state.newest.seq
    data.log.length = seq - 1
    await assert.rejects(openFrom(data, bytes), tampered('change_log', String(seq)))
    data.log.length = 20
    await assert.rejects(openFrom(data, bytes), tampered('change_log', String(seq)))
    data.log.length = 0
    await assert.rejects(openFrom(data, bytes), tampered('change_log', String(seq)))
  })

  test('nor over one that went another way from there', async () => {
    const { data, bytes } = await longLog()
    const other = memoryData()
    for (const entry of data.log.slice(0, -2)) other.log.push(entry)
    for (const [name, row] of data.rows) other.rows.set(name, row)
    const state = await State.open(memoryStore(other), stateKey)
    await put(state, { k1: 'otherwise', k2: 'otherwise', k3: 'otherwise' })
    await assert.rejects(openFrom(other, bytes), tampered('change_log', String(data.log.length)))
  })

  test('nor over one that lacks what it had when the checkpoint was done', async () => {
    const { data, state } = await longLog()
    const pieces: Uint8Array[] = []
    for (const piece of state.checkpoint()) {
      if (pieces.length === 100) await put(state, { during: 1 })
      pieces.push(piece)
    }
    const seq = data.log.length
    data.log.length -= 1
    await assert.rejects(openFrom(data, together(pieces)), tampered('change_log', String(seq)))
  })

  test('holds an anchor from before it against the whole log, and a later one too', async () => {
    const { data, state, bytes } = await longLog()
    const early = data.log[9]!
    const { entriesRead } = await openFrom(data, bytes, { anchor: early })
    assert(entriesRead() >= data.log.length)
    const forged = { seq: early.seq, link: new Uint8Array(32) }
    const refused = tampered('change_log', String(early.seq))
    await assert.rejects(openFrom(data, bytes, { anchor: forged }), refused)
    // What stands there in the log proves nothing.
    data.log[9] = { ...early, link: forged.link }
    await assert.rejects(openFrom(data, bytes, { anchor: forged }), refused)
    data.log[9] = early
    await put(state, { k1: 'the last one' })
    await openFrom(data, bytes, { anchor: state.newest })
    data.log.length -= 1
    const { seq } = state.newest
    const missing = tampered('change_log', String(seq))
    await assert.rejects(openFrom(data, bytes, { anchor: state.newest }), missing)
  })

  test('can be followed from there', async () => {
    const { data, state, bytes } = await longLog()
    const reader = await openFrom(data, bytes)
    await put(state, { k1: 'news' })
    await reader.state.follow(state.newest)
    assert.equal((await reader.state.read('key', 'k1'))?.value, 'news')
  })
})

describe('a checkpoint', () => {
  const small = async () => {
    const state = await State.open(memoryStore(), stateKey)
    await put(state, { a: 1, b: 2 })
    return together(state.checkpoint())
  }

  test('is refused if one bit of it is another', async () => {
    const bytes = await small()
    parseCheckpoint(stateKey, bytes.slice())
    for (let at = 0; at < bytes.length; at += 1) {
      const other = bytes.slice()
      other[at]! ^= 1 << (at % 8)
      assert.throws(() => parseCheckpoint(stateKey, other), { name: 'CheckpointError' })
    }
  })

  test('is refused if it is cut short, or goes on', async () => {
    const bytes = await small()
    for (let length = 0; length < bytes.length; length += 7)
      assert.throws(() => parseCheckpoint(stateKey, bytes.slice(0, length)), {
        name: 'CheckpointError',
      })
    const longer = new Uint8Array(bytes.length + 1)
    longer.set(bytes)
    assert.throws(() => parseCheckpoint(stateKey, longer), /is not authentic/)
  })

  test('is as long as its state says beforehand', async () => {
    const { state } = await longLog()
    assert.equal(state.checkpointBytes, together(state.checkpoint()).length)
    await state.commit(state.begin().remove('inline_policy', 'alice/deny me'))
    assert.equal(await state.read('inline_policy', 'alice/deny me'), undefined)
    await state.commit(state.begin().put('cluster', 'c', 2).put('cluster', 'd', 1))
    assert.equal(state.checkpointBytes, together(state.checkpoint()).length)
  })

  test('is refused under another key, or another version of it', async () => {
    const bytes = await small()
    assert.throws(() => parseCheckpoint(someStateKey(2), bytes), /is not authentic/)
    assert.throws(() => parseCheckpoint(someStateKey(1, 2), bytes), /made under another key/)
  })

  test('shows nothing of the rows but the names of those that must be missed', async () => {
    const { bytes } = await longLog()
    const text = Buffer.from(bytes).toString('latin1')
    for (const hidden of ['k1', 'newer', 'gone']) assert(!text.includes(`/${hidden}\n`), hidden)
    assert(
      text.includes('inline_policy alice/deny me\ncluster c\n') || text.includes('cluster c\n'),
    )
  })
})
