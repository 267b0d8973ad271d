import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GrantBook } from '../../../../src/core/access/grants/grant-book.ts'
import { grantOf } from '../../../../src/core/access/grants/grant.ts'
import { granteeParent, grantRowId } from '../../../../src/core/access/grants/grant-rows.ts'
import { removeGrants } from '../../../../src/core/access/grants/removal.ts'
import type { Store } from '../../../../src/core/ports.ts'
import { State } from '../../../../src/core/state/state.ts'
import { memoryData, memoryStore, rowName } from '../../state/memory-store.ts'
import { someStateKey } from '../../state/state-key.ts'
import { arns, grant, home } from '../support.ts'

const key = `eu-central-1/${home}/1`
/** Its row begins as that of the other key does, and it is another one all the same. */
const otherKey = `eu-central-1/${home}/10`
const grantIdOf = (number: number): string => number.toString(16).padStart(64, '0')
const alice = grantOf(grant({ granteePrincipal: arns.alice }).record).grantee.name

const scene = async (change: Partial<Store> = {}) => {
  const data = memoryData()
  const state = await State.open({ ...memoryStore(data), ...change }, someStateKey())
  const book = new GrantBook(state)
  const add = async (keyRowId: string, count: number): Promise<void> => {
    const rows = state.begin()
    for (let number = 1; number <= count; number += 1) {
      const id = grantRowId({ keyRowId, grantId: grantIdOf(number) })
      const { record } = grant({ grantId: grantIdOf(number) })
      rows.put('grant', id, record, { parent: granteeParent(keyRowId, alice) })
      rows.put('grant_retiring', id, {})
    }
    await state.commit(rows)
    book.apply(rows.rows)
  }
  const left = (keyRowId: string): readonly string[] =>
    [...data.rows.values()].filter(({ id }) => id.startsWith(`${keyRowId}/`)).map(({ id }) => id)
  return { data, state, book, add, left, remove: () => removeGrants(state, book, key) }
}

test('the grants of a key that is destroyed go with all their rows, and no other key’s do', async () => {
  const { book, add, left, remove } = await scene()
  await add(key, 3)
  await add(otherKey, 2)
  assert.equal((await book.of(key, [alice]))?.size, 3)
  await remove()
  assert.deepEqual(left(key), [])
  assert.equal(left(otherKey).length, 4)
  // What is in memory of them goes too.
  assert.equal((await book.of(key, [alice]))?.size ?? 0, 0)
  assert.equal((await book.of(otherKey, [alice]))?.size, 2)
  await remove()
  assert.deepEqual(left(key), [])
})

test('a commit removes 500 rows at most', async () => {
  const sizes: number[] = []
  const { state, add, left, remove } = await scene()
  await add(key, 1001)
  const commit = state.commit.bind(state)
  const listIds = state.listIds.bind(state)
  let lists = 0
  state.listIds = (query) => {
    lists += 1
    return listIds(query)
  }
  state.commit = async (change, ...rest) => {
    sizes.push(change.rows.length)
    return commit(change, ...rest)
  }
  await remove()
  assert.deepEqual(sizes, [500, 500, 1, 500, 500, 1])
  assert.equal(lists, sizes.length)
  assert.deepEqual(left(key), [])
})

test('a row that is not authentic stays, for it may be another key’s', async () => {
  const { data, add, left, remove } = await scene()
  await add(key, 3)
  const id = grantRowId({ keyRowId: key, grantId: grantIdOf(2) })
  const row = data.rows.get(rowName('grant', id))!
  data.rows.set(rowName('grant', id), { ...row, content: '{}' })
  await remove()
  assert.deepEqual(left(key), [id])
})

test('where nothing can be removed, nothing is committed', async () => {
  const { data, add, remove } = await scene()
  await add(key, 1)
  for (const [name, row] of data.rows) data.rows.set(name, { ...row, content: '{"a":1}' })
  const before = data.log.length
  await remove()
  assert.equal(data.log.length, before)
})

test('after a commit that failed nothing is known any more, and the failure is told', async () => {
  const { state, book, add, remove } = await scene()
  await add(key, 1)
  await book.of(key, [alice])
  state.commit = async () => Promise.reject(new Error('the disk is full'))
  await assert.rejects(remove(), /the disk is full/)
  assert.equal(book.of(key, [alice]) instanceof Promise, true)
})

test('a store that cannot be read is not taken for one with forged rows', async () => {
  const { state, add, left, remove } = await scene()
  await add(key, 1)
  state.read = async () => Promise.reject(new Error('the store stopped'))
  await assert.rejects(remove(), /the store stopped/)
  assert.equal(left(key).length, 2)
})
