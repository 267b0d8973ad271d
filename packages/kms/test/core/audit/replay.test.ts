import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appendMissing, verifyAnchor } from '../../../src/core/audit/replay.ts'
import type { ReplayTarget } from '../../../src/core/audit/replay.ts'

type Change = { readonly seq: number; readonly record: string | undefined }

/** A log that was found to end with `last`, and what is appended to it. */
const logAt = (last: number): { log: ReplayTarget; appended: [string, number | undefined][] } => {
  const appended: [string, number | undefined][] = []
  const append: ReplayTarget['append'] = async (line, options) => {
    appended.push([line, options?.changeSeq])
  }
  return { log: { append, lastChangeSeq: () => last }, appended }
}

async function* changesOf(...changes: Change[]): AsyncGenerator<Change> {
  yield* changes
}

test('records of changes that the log lacks are appended in order, and no others', async () => {
  const { log, appended } = logAt(2)
  const changes = changesOf(
    { seq: 1, record: 'one' },
    { seq: 2, record: 'two' },
    { seq: 3, record: undefined },
    { seq: 4, record: 'four' },
    { seq: 5, record: 'five' },
  )
  assert.equal(await appendMissing(log, changes), 2)
  assert.deepEqual(appended, [
    ['four', 4],
    ['five', 5],
  ])
})

test('a long gap is filled completely', async () => {
  const { log, appended } = logAt(0)
  const all = Array.from({ length: 1000 }, (_, at) => ({ seq: at + 1, record: `r${at}` }))
  assert.equal(await appendMissing(log, changesOf(...all)), 1000)
  assert.equal(appended.length, 1000)
})

test('a record that cannot be appended fails the start', async () => {
  const log: ReplayTarget = {
    append: () => Promise.reject(new Error('no disk')),
    lastChangeSeq: () => 0,
  }
  await assert.rejects(appendMissing(log, changesOf({ seq: 1, record: 'one' })), /no disk/)
})

test('a log that tells of changes which the database lacks gives a rollback away', () => {
  assert.equal(verifyAnchor(logAt(7).log, 7), undefined)
  assert.equal(verifyAnchor(logAt(0).log, 0), undefined)
  assert.equal(verifyAnchor(logAt(3).log, 9), undefined)
  assert.match(String(verifyAnchor(logAt(8).log, 7)), /change 8.*is 7.*rolled back/)
})
