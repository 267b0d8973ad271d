import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GrantBook } from '../../../../src/core/access/grants/grant-book.ts'
import { grantOf, type GrantRecord } from '../../../../src/core/access/grants/grant.ts'
import { granteeParent, grantRowId } from '../../../../src/core/access/grants/grant-rows.ts'
import { noContext } from '../../../../src/core/access/grants/permits.ts'
import type { Store } from '../../../../src/core/ports.ts'
import type { Change } from '../../../../src/core/state/change.ts'
import { State } from '../../../../src/core/state/state.ts'
import { memoryStore } from '../../state/memory-store.ts'
import { someStateKey } from '../../state/state-key.ts'
import { arns, grant, home, keyArn } from '../support.ts'

const key = `eu-central-1/${home}/1`
const otherKey = `eu-central-1/${home}/2`
const [alice, bob] = [arns.alice, arns.bob].map((arn) => grantOf(recordOf(0, arn)).grantee.name)
const names = { alice: alice ?? '', bob: bob ?? '' }

function recordOf(number: number, granteePrincipal: string): GrantRecord {
  const grantId = number.toString(16).padStart(64, '0')
  return { ...grant().record, grantId, granteePrincipal }
}

/** A store that counts its look-ups, and holds them up on request. */
const countingStore = () => {
  const store = memoryStore()
  let lists = 0
  let held: Promise<void> | undefined
  return {
    store: {
      ...store,
      list: async (query) => {
        lists += 1
        const found = await store.list(query)
        await held
        return found
      },
    } satisfies Store,
    lists: () => lists,
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return () => {
        held = undefined
        resolve()
      }
    },
  }
}

const scene = async (keptMax?: number) => {
  const counting = countingStore()
  const state = await State.open(counting.store, someStateKey())
  const book = new GrantBook(state, keptMax)
  const put = (change: Change, keyRowId: string, record: GrantRecord): Change => {
    const id = grantRowId({ keyRowId, grantId: record.grantId })
    const parent = granteeParent(keyRowId, grantOf(record).grantee.name)
    return change.put('grant', id, record, { parent })
  }
  const commit = async (change: Change): Promise<void> => {
    await state.commit(change)
    book.apply(change.rows)
  }
  return {
    ...counting,
    state,
    book,
    add: (number: number, arn: string, keyRowId = key) =>
      commit(put(state.begin(), keyRowId, recordOf(number, arn))),
    remove: (number: number, keyRowId = key) =>
      commit(
        state
          .begin()
          .remove('grant', grantRowId({ keyRowId, grantId: recordOf(number, '').grantId })),
      ),
    /** The numbers of the grants that a request by these names sees. */
    seen: async (wanted: readonly string[], keyRowId = key): Promise<readonly number[]> => {
      const index = await book.of(keyRowId, wanted)
      const use = {
        operation: 'Decrypt',
        keyArn,
        context: noContext,
        sourceArn: undefined,
        child: undefined,
      } as const
      const found = [...(index?.candidates(wanted, use) ?? [])]
      return found
        .map(({ record }) => Number.parseInt(record.grantId, 16))
        .sort((left, right) => left - right)
    },
  }
}

test('a request sees the grants to its names on its key, and no others', async () => {
  const { add, seen } = await scene()
  await add(1, arns.alice)
  await add(2, arns.bob)
  await add(3, arns.alice, otherKey)
  assert.deepEqual(await seen([names.alice]), [1])
  assert.deepEqual(await seen([names.bob]), [2])
  assert.deepEqual(await seen([names.alice, names.bob]), [1, 2])
  assert.deepEqual(await seen([names.alice], otherKey), [3])
  assert.deepEqual(await seen(['nobody']), [])
})

test('what was loaded is there at once, also that there is none', async () => {
  const { add, book, seen, lists } = await scene()
  await add(1, arns.alice)
  await seen([names.alice])
  await seen([names.alice], otherKey)
  const before = lists()
  assert.equal(book.of(key, [names.alice]) instanceof Promise, false)
  assert.equal(book.of(otherKey, [names.alice, names.bob]), undefined)
  assert.equal(lists(), before)
})

test('a grant counts as soon as it is made, and no more once it is gone', async () => {
  const { add, remove, seen, book } = await scene()
  assert.deepEqual(await seen([names.alice]), [])
  await add(1, arns.alice)
  assert.deepEqual(await seen([names.alice]), [1])
  await add(2, arns.alice)
  assert.equal(book.of(key, [names.alice]) instanceof Promise, false)
  assert.deepEqual(await seen([names.alice]), [1, 2])
  await remove(1)
  assert.deepEqual(await seen([names.alice]), [2])
  await remove(2)
  assert.deepEqual(await seen([names.alice]), [])
})

test('a new grant among many is added to what is in memory, and nothing is read again', async () => {
  const { add, seen, lists } = await scene()
  for (let number = 1; number <= 20; number += 1) await add(number, arns.alice)
  await seen([names.alice])
  const before = lists()
  await add(21, arns.alice)
  await add(22, arns.bob)
  assert.equal((await seen([names.alice])).length, 21)
  assert.equal(lists(), before)
})

test('a change during a look-up is not lost, nor undone by what was read before it', async () => {
  for (const known of [false, true]) {
    const { add, remove, seen, hold } = await scene()
    await add(1, arns.alice)
    await add(2, arns.alice)
    if (known) await seen([names.bob])
    const release = hold()
    const first = seen([names.alice])
    const second = seen([names.alice])
    await new Promise(setImmediate)
    await remove(1)
    await add(3, arns.alice)
    await add(4, arns.bob)
    release()
    assert.deepEqual(await first, [2, 3])
    assert.deepEqual(await second, [2, 3])
    assert.deepEqual(await seen([names.alice, names.bob]), [2, 3, 4])
  }
})

test('the first grant of a key that is made during a look-up is seen', async () => {
  const { add, seen, hold } = await scene()
  const release = hold()
  const looking = seen([names.alice])
  await new Promise(setImmediate)
  await add(1, arns.alice)
  release()
  assert.deepEqual(await looking, [1])
  assert.deepEqual(await seen([names.alice]), [1])
})

test('after a failed commit everything is read again, also what was being read', async () => {
  const { add, seen, book, hold, state } = await scene()
  await add(1, arns.alice)
  const release = hold()
  const looking = seen([names.alice])
  await new Promise(setImmediate)
  // The commit took effect, and nobody was told.
  await state.commit(
    state.begin().remove('grant', grantRowId({ keyRowId: key, grantId: recordOf(1, '').grantId })),
  )
  book.clear()
  release()
  assert.deepEqual(await looking, [])
})

test('the number of grants follows the changes', async () => {
  const { add, remove, book } = await scene()
  assert.equal(await book.count(key), 0)
  await add(1, arns.alice)
  await add(2, arns.bob)
  assert.equal(await book.count(key), 2)
  await add(3, arns.bob)
  await remove(1)
  await add(4, arns.alice, otherKey)
  assert.equal(await book.count(key), 2)
  assert.equal(await book.count(otherKey), 1)
})

test('a grant is found by its id, whether or not it is in memory', async () => {
  const { add, remove, seen, book } = await scene()
  await add(1, arns.alice)
  const name = { keyRowId: key, grantId: recordOf(1, '').grantId }
  assert.equal((await book.find(name))?.record.granteePrincipal, arns.alice)
  await seen([names.alice])
  assert.equal(book.find(name) instanceof Promise, false)
  assert.equal(await book.find({ ...name, keyRowId: otherKey }), undefined)
  await remove(1)
  assert.equal(await book.find(name), undefined)
})

test('what was used least recently is forgotten first, and read again when it is needed', async () => {
  const { add, seen, book } = await scene(8)
  await add(1, arns.alice)
  await add(2, arns.alice, otherKey)
  await seen([names.alice])
  await seen([names.alice], otherKey)
  for (let number = 3; number <= 6; number += 1) await add(number, arns.alice, otherKey)
  await seen([names.alice, names.bob], otherKey)
  assert.equal(book.of(key, [names.alice]) instanceof Promise, true)
  assert.deepEqual(await seen([names.alice]), [1])
  assert.deepEqual(await seen([names.alice], otherKey), [2, 3, 4, 5, 6])
})
