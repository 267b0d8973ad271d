import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantRowId } from '../../../../src/core/access/grants/grant-rows.ts'
import { arns, home } from '../support.ts'
import { key, names, otherKey, recordOf, scene } from './grant-book-scene.ts'

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
  for (const known of [false, true]) {
    const { add, remove, seen, book, hold, loseCommits } = await scene()
    await add(1, arns.alice)
    loseCommits()
    if (known) await seen([names.bob])
    const release = hold()
    const looking = seen([names.alice])
    await new Promise(setImmediate)
    await assert.rejects(remove(1), /nobody was told/)
    book.clear()
    assert.equal(book.of(key, [names.bob]) instanceof Promise, true)
    release()
    assert.deepEqual(await looking, [])
  }
})

test('rows of other tables make no difference', async () => {
  const { add, seen, book } = await scene()
  await add(1, arns.alice)
  await seen([names.alice])
  const id = grantRowId({ keyRowId: key, grantId: recordOf(1, '').grantId })
  book.apply([
    { table: 'grant_retiring', id, content: '{}' },
    { table: 'grant_retiring', id },
    { table: 'key', id: key, content: '{}' },
  ])
  assert.equal(book.of(key, [names.alice]) instanceof Promise, false)
  assert.deepEqual(await seen([names.alice]), [1])
})

test('the number of grants follows the changes', async () => {
  const { add, remove, book } = await scene()
  assert.equal(await book.count(key), 0)
  await add(1, arns.alice)
  await add(2, arns.bob)
  assert.equal(await book.count(key), 2)
  await add(3, arns.bob)
  assert.equal(await book.count(key), 3)
  await remove(1)
  await remove(2)
  assert.equal(await book.count(key), 1)
  await add(4, arns.alice, otherKey)
  assert.equal(await book.count(key), 1)
  assert.equal(await book.count(otherKey), 1)
})

test('grants that were made before they were counted are counted once', async () => {
  const { add, seen, book } = await scene()
  await add(1, arns.alice)
  await seen([names.alice])
  await add(2, arns.alice)
  assert.equal(await book.count(key), 2)
})

test('more grants than one look-up gives are all counted', async () => {
  for (const [total, looks] of [
    [4999, 1],
    [5000, 2],
    [5001, 2],
    [10_000, 3],
  ] as const) {
    const { state, book } = await scene()
    const ids = Array.from({ length: total }, (_, number) =>
      grantRowId({ keyRowId: key, grantId: recordOf(number, '').grantId }),
    )
    let looked = 0
    state.listIds = async ({ afterId = '', limit }) => {
      looked += 1
      return ids.filter((id) => id > afterId).slice(0, limit)
    }
    assert.equal(await book.count(key), total)
    // One more tells whether there is any.
    assert.equal(looked, looks + 1)
  }
})

test('what was counted is not counted again', async () => {
  const { add, seen, book, lists } = await scene()
  const atFirst = lists()
  assert.equal(await book.count(otherKey), 0)
  assert.equal(lists(), atFirst + 1)
  await add(1, arns.alice)
  const beforeCounting = lists()
  await book.count(key)
  assert.equal(lists(), beforeCounting + 2)
  await seen([names.alice])
  const before = lists()
  assert.equal(await book.count(key), 1)
  assert.equal(await book.count(otherKey), 0)
  assert.equal(lists(), before)
})

test('each look-up reads what is not known yet, and nothing twice', async () => {
  const { add, seen, lists } = await scene()
  const listsOf = async (work: () => Promise<unknown>): Promise<number> => {
    const before = lists()
    await work()
    return lists() - before
  }
  await add(1, arns.alice)
  // Whether the key has any at all, and no more if it has none.
  assert.equal(await listsOf(() => seen([names.alice], otherKey)), 1)
  const both = () => Promise.all([seen([names.alice]), seen([names.alice])])
  assert.equal(await listsOf(both), 2)
  assert.equal(await listsOf(() => seen([names.alice, names.bob])), 1)
  assert.equal(await listsOf(() => seen([names.bob])), 0)
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

const thirdKey = `eu-central-1/${home}/3`

/** Which of the keys are in memory with the grants to Alice. */
const inMemory = ({ book }: Awaited<ReturnType<typeof scene>>): readonly string[] =>
  [key, otherKey, thirdKey].filter((each) => !(book.of(each, [names.alice]) instanceof Promise))

/** Three keys with a grant to Alice each, of which each takes three entries in memory. */
const threeKeys = async (keptMax: number) => {
  const made = await scene(keptMax)
  for (const [number, each] of [key, otherKey, thirdKey].entries())
    await made.add(number, arns.alice, each)
  return made
}

test('as much is kept in memory as there is room for', async () => {
  for (const [keptMax, kept] of [
    [9, [key, otherKey, thirdKey]],
    [8, [otherKey, thirdKey]],
    [3, [thirdKey]],
    // A key in use stays, however little room there is.
    [1, [thirdKey]],
  ] as const) {
    const made = await threeKeys(keptMax)
    for (const each of [key, otherKey, thirdKey]) await made.seen([names.alice], each)
    assert.deepEqual(inMemory(made), kept)
  }
})

test('a key that was used again is not the one that is forgotten', async () => {
  const made = await threeKeys(8)
  await made.seen([names.alice], key)
  await made.seen([names.alice], otherKey)
  await made.seen([names.alice], key)
  await made.seen([names.alice], thirdKey)
  assert.deepEqual(inMemory(made), [key, thirdKey])
})

test('where every key was used again, the one that was loaded first is forgotten', async () => {
  const made = await threeKeys(8)
  for (const each of [key, otherKey, key, otherKey]) await made.seen([names.alice], each)
  await made.seen([names.alice], thirdKey)
  assert.deepEqual(inMemory(made), [otherKey, thirdKey])
})

test('what a key takes is counted once, however often it is looked up and changed', async () => {
  const made = await threeKeys(11)
  for (const each of [key, otherKey, thirdKey]) await made.seen([names.alice], each)
  await made.seen([names.alice, names.bob], key)
  for (let times = 0; times < 5; times += 1) {
    await made.add(9, arns.alice, key)
    await made.remove(9, key)
    await made.seen([names.bob], key)
  }
  await made.seen(['nobody'], key)
  assert.deepEqual(inMemory(made), [key, otherKey, thirdKey])
  made.book.clear()
  for (const each of [key, otherKey, thirdKey]) await made.seen([names.alice], each)
  assert.deepEqual(inMemory(made), [key, otherKey, thirdKey])
})

test('a key that was forgotten while it was looked up again is counted anew', async () => {
  const made = await threeKeys(6)
  const { book, seen, add, hold } = made
  await seen([names.alice])
  assert.equal(await book.count(key), 1)
  const release = hold(true)
  const looking = seen([names.bob])
  await new Promise(setImmediate)
  await seen([names.alice], otherKey)
  await seen([names.alice], thirdKey)
  await add(7, arns.bob)
  release()
  assert.deepEqual(await looking, [7])
  assert.equal(await book.count(key), 2)
})
