import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { State } from '../../../src/core/state/state.ts'
import { type MemoryData, memoryData, memoryStore, rowName } from './memory-store.ts'
import { someStateKey } from './state-key.ts'

const stateKey = someStateKey()

/** Alice has two policies of her own, an attached one and a group; Bob has one of each as well. */
const setScene = async () => {
  const data = memoryData()
  const state = await State.open(memoryStore(data), stateKey)
  await state.commit(
    state
      .begin()
      .put('inline_policy', 'alice/deny', 1, { parent: 'alice' })
      .put('inline_policy', 'alice/allow', 2, { parent: 'alice' })
      .put('inline_policy', 'bob/deny', 3, { parent: 'bob' })
      .put('policy_attachment', 'p/alice', 4, { parent: 'alice' })
      .put('policy_attachment', 'p/bob', 5, { parent: 'bob' })
      .put('group_member', 'g/alice', 6, { parent: 'alice' })
      .put('group_member', 'g/bob', 7, { parent: 'bob' }),
  )
  return { data, state }
}

/** What somebody may do who can write the database, so that no list finds the row. */
const hidings: Readonly<Record<string, (data: MemoryData, name: string) => void>> = {
  'was deleted': ({ rows }, name) => void rows.delete(name),
  'lost its parent': ({ rows }, name) =>
    void rows.set(name, { ...rows.get(name)!, parent: undefined }),
  'was given to somebody else': ({ rows }, name) =>
    void rows.set(name, { ...rows.get(name)!, parent: 'carol' }),
}

const tables = [
  ['inline_policy', 'alice/deny'],
  ['policy_attachment', 'p/alice'],
  ['group_member', 'g/alice'],
] as const

describe('what belongs to an identity', () => {
  test('is listed by its parent, without what was removed and with what was put again', async () => {
    const { state } = await setScene()
    const values = async (owner: string) =>
      (await state.listOwned('inline_policy', owner))
        .map(({ value }) => Number(value))
        .toSorted((a, b) => a - b)
    assert.deepEqual(await values('alice'), [1, 2])
    await state.commit(state.begin().remove('inline_policy', 'alice/deny'))
    for (let n = 0; n < 2; n += 1) assert.deepEqual(await values('alice'), [2])
    await state.commit(state.begin().put('inline_policy', 'alice/deny', 8, { parent: 'alice' }))
    assert.deepEqual(await values('alice'), [2, 8])
    assert.deepEqual(await values('bob'), [3])
    assert.deepEqual(await values('carol'), [])
  })

  for (const [table, id] of tables) {
    const tampered = { name: 'TamperError', table, id }

    for (const [what, hide] of Object.entries(hidings))
      test(`is not listed without a row of ${table} that ${what}`, async () => {
        const { data, state } = await setScene()
        hide(data, rowName(table, id))
        await assert.rejects(state.listOwned(table, 'alice'), tampered)
        assert.equal((await state.listOwned(table, 'bob')).length, 1)
        const again = await State.open(memoryStore(data), stateKey)
        await assert.rejects(again.listOwned(table, 'alice'), tampered)
      })
  }
})
