import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { State } from '../../../src/core/state/state.ts'
import { memoryStore } from './memory-store.ts'
import { someStateKey } from './state-key.ts'

const openState = async () => {
  const store = memoryStore()
  return { store, state: await State.open(store, someStateKey()) }
}

describe('the events of a change', () => {
  test('stand in the log before its own record, each with its place', async () => {
    const { store, state } = await openState()
    await state.commit(state.begin().put('key', 'earlier', 1))
    const change = state.begin().put('key', 'a', 1).put('key', 'b', 2).put('material', 'c', 3)
    change.event((seq) => `first at ${seq}`).event((seq) => `second at ${seq}`)
    const seq = await state.commit(change, (last) => `own at ${last}`)
    assert.equal(seq, 4)
    assert.deepEqual(
      (await store.changes(1, 10)).map(({ record }) => record),
      ['first at 2', 'second at 3', 'own at 4'],
    )
    assert.deepEqual(change.events, [
      { line: 'first at 2', seq: 2 },
      { line: 'second at 3', seq: 3 },
    ])
  })

  test('need no record of its own', async () => {
    const { store, state } = await openState()
    const change = state.begin().put('key', 'a', 1).put('key', 'b', 2)
    change.event((seq) => `event at ${seq}`)
    await state.commit(change)
    assert.deepEqual(
      (await store.changes(0, 10)).map(({ record }) => record),
      [undefined, 'event at 2'],
    )
  })

  test('are no more than its rows', async () => {
    const { state } = await openState()
    const change = state.begin().put('key', 'a', 1)
    change.event(() => 'event')
    await assert.rejects(state.commit(change, 'own'), /no more records than rows/)
  })
})
