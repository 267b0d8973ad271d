import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { TableName } from '../../../src/core/ports.ts'
import { State } from '../../../src/core/state/state.ts'
import type { StorePlace } from '../../server/stores/contract.ts'
import { memoryPlace, sqlitePlace } from '../../server/stores/places.ts'
import { someStateKey } from './state-key.ts'

const stateKey = someStateKey()
const tables = ['key', 'alias', 'material'] as const

type Put = {
  kind: 'put'
  table: TableName
  id: string
  value: unknown
  parent?: string | undefined
}
type Remove = { kind: 'remove'; table: TableName; id: string }
type Action = { kind: 'commit'; steps: (Put | Remove)[]; erase: boolean } | { kind: 'reopen' }

const table = fc.constantFrom(...tables)
const id = fc.constantFrom('a', 'b', 'a/1', 'a/10', 'a/2', 'Z')
const put = fc.record({
  kind: fc.constant('put' as const),
  table,
  id,
  value: fc.jsonValue(),
  parent: fc.option(fc.constantFrom('p', 'q', ''), { nil: undefined }),
})
const remove = fc.record({ kind: fc.constant('remove' as const), table, id })
const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('commit' as const),
        steps: fc.uniqueArray(fc.oneof({ weight: 2, arbitrary: put }, remove), {
          minLength: 1,
          maxLength: 5,
          selector: (step) => `${step.table} ${step.id}`,
        }),
        erase: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  ),
  { maxLength: 12 },
)

type Model = Map<string, { id: string; parent: string | undefined; seq: number; value: unknown }>

const agree = async (state: State, model: Model): Promise<void> => {
  for (const name of tables) {
    const of = (prefix: string, parent?: string) =>
      [...model]
        .filter(([key, row]) => key.startsWith(`${name} `) && row.id.startsWith(prefix))
        .map(([, row]) => ({ ...row, dueAtMs: undefined }))
        .filter((row) => parent === undefined || row.parent === parent)
        .toSorted((left, right) => (left.id < right.id ? -1 : 1))
    assert.deepEqual(await state.list({ table: name, limit: 99 }), of(''))
    const prefixed = await state.list({ table: name, idPrefix: 'a/', limit: 99 })
    assert.deepEqual(prefixed, of('a/'))
    assert.deepEqual(await state.list({ table: name, parent: 'p', limit: 99 }), of('', 'p'))
    for (const row of of('')) assert.deepEqual(await state.read(name, row.id), row)
    if (!model.has(`${name} b`)) assert.equal(await state.read(name, 'b'), undefined)
  }
  await state.verify()
}

const holds = async (makePlace: () => Promise<StorePlace>, script: Action[]): Promise<void> => {
  await using place = await makePlace()
  let store = await place.open()
  let state = await State.open(store, stateKey)
  const model: Model = new Map()
  let seq = 0
  for (const action of script) {
    if (action.kind === 'reopen') {
      await store.close()
      store = await place.open()
      state = await State.open(store, stateKey, { anchor: state.newest })
      continue
    }
    const change = state.begin()
    if (action.erase) change.eraseMaterial()
    for (const step of action.steps) {
      seq += 1
      const name = `${step.table} ${step.id}`
      if (step.kind === 'remove') {
        change.remove(step.table, step.id)
        model.delete(name)
      } else {
        change.put(step.table, step.id, step.value, { parent: step.parent })
        const value: unknown = JSON.parse(JSON.stringify(step.value))
        model.set(name, { id: step.id, parent: step.parent, seq, value })
      }
    }
    assert.equal(await state.commit(change), seq)
  }
  await agree(state, model)
  await store.close()
}

describe('any sequence of puts, removals and restarts leaves what a map would hold', () => {
  test('in memory', () =>
    fc.assert(
      fc.asyncProperty(actions, (script) => holds(memoryPlace, script)),
      { numRuns: 200 },
    ))

  test('in SQLite', () =>
    fc.assert(
      fc.asyncProperty(actions, (script) => holds(sqlitePlace, script)),
      { numRuns: 25 },
    ))
})
