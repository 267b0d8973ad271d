import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConflictError } from '../../../src/core/ports.ts'
import { State } from '../../../src/core/state/state.ts'
import { TamperError } from '../../../src/core/state/tamper-error.ts'
import { memoryStore } from './memory-store.ts'
import { someStateKey } from './state-key.ts'

const stateKey = someStateKey()

/** One that writes, and one that reads the same store and knows what was there when it began. */
const two = async () => {
  const store = memoryStore()
  const writer = await State.open(store, stateKey)
  await writer.commit(writer.begin().put('key', 'k', 1))
  return { store, writer, reader: await State.open(store, stateKey) }
}

describe('a state that follows another process', () => {
  test('comes to where the log is, however many changes that are', async () => {
    const { writer, reader } = await two()
    for (let n = 2; n < 5; n += 1) await writer.commit(writer.begin().put('key', 'k', n))
    await reader.follow(writer.newest)
    assert.deepEqual(reader.newest, writer.newest)
    assert.equal((await reader.read('key', 'k'))?.value, 4)
    // What it knows already is no news.
    await reader.follow({ seq: 1, link: new Uint8Array(32) })
  })

  test('notices from then on that a row was put back', async () => {
    const { store, writer } = await two()
    const before = await store.read('key', 'k')
    let isRolledBack = false
    const read: typeof store.read = async (table, id) =>
      isRolledBack ? before : store.read(table, id)
    const reader = await State.open({ ...store, read }, stateKey)
    await writer.commit(writer.begin().put('key', 'k', 2))
    await reader.follow(writer.newest)
    isRolledBack = true
    await assert.rejects(reader.read('key', 'k'), TamperError)
  })

  test('does not go along where the log is not as the other says', async () => {
    const { writer, reader } = await two()
    await writer.commit(writer.begin().put('key', 'k', 2))
    const { seq, link } = writer.newest
    await assert.rejects(reader.follow({ seq: seq + 1, link }), TamperError)
    const again = await two()
    await again.writer.commit(again.writer.begin().put('key', 'k', 3))
    await assert.rejects(again.reader.follow({ seq, link }), TamperError)
  })
})

describe('a commit', () => {
  test('waits until its follower has taken it into account', async () => {
    const { writer } = await two()
    const told: unknown[] = []
    const gate = Promise.withResolvers<void>()
    writer.tell({
      changed: async (rows, newest) => {
        told.push(rows, newest.seq)
        await gate.promise
      },
      unsure: () => assert.fail('nothing failed'),
    })
    let isDone = false
    const committed = writer.commit(writer.begin().put('key', 'k', 2)).then(() => (isDone = true))
    while (told.length === 0) await new Promise(setImmediate)
    assert.equal(isDone, false)
    assert.deepEqual(told, [
      [{ table: 'key', id: 'k', content: '2', placement: {} }],
      writer.newest.seq,
    ])
    gate.resolve()
    await committed
  })

  test('that fails tells the follower so before it rejects', async () => {
    const { store, writer } = await two()
    const other = await State.open(store, stateKey)
    await other.commit(other.begin().put('key', 'k', 2))
    const told: unknown[] = []
    writer.tell({
      changed: () => assert.fail('nothing changed'),
      unsure: async (rows, error) => {
        told.push(rows[0]?.id, error instanceof ConflictError)
      },
    })
    await assert.rejects(writer.commit(writer.begin().put('key', 'j', 2)), ConflictError)
    assert.deepEqual(told, ['j', true])
  })
})
