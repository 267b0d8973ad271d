import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppendFile } from '../../../src/server/sinks/files.ts'
import { Journal } from '../../../src/server/sinks/journal.ts'
import { putBack } from '../../../src/server/sinks/put-back.ts'
import { FakeFiles, failure } from './fake-files.ts'

const segment = 'audit-000000000001-0000000000000000.jsonl'
/** Halves of 2000 bytes; behind the journal a file is synced when 500 of it are not. */
const journalBytes = 4000

/** A file of a new journal, and syncs of it that wait from `hold` on. */
type Scene = {
  readonly files: FakeFiles
  readonly journal: Journal
  readonly file: AppendFile
  readonly hold: () => PromiseWithResolvers<void>
  readonly write: (length: number, letter: string) => Promise<void>
  /** How many syncs of the file have begun. */
  readonly syncs: () => number
}

const opened = async (): Promise<Scene> => {
  const files = new FakeFiles()
  const journal = await Journal.open(files, journalBytes)
  assert.ok(journal)
  const file = journal.cover(segment, await files.create(segment), 0)
  await files.syncDirectory()
  const hold = (): PromiseWithResolvers<void> => {
    const gate = Promise.withResolvers<void>()
    files.faults.sync = (_, name) => (name === segment ? gate.promise : undefined)
    return gate
  }
  const write = async (length: number, letter: string): Promise<void> => {
    assert.equal(await file.write(Buffer.alloc(length, letter)), length)
  }
  const syncs = (): number =>
    files.operations.filter((operation) => operation === `sync ${segment}`).length
  return { files, journal, file, hold, write, syncs }
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
}

const onDisk = (files: FakeFiles): string => String(files.crashed(0).contents.get(segment)?.bytes)

/** What the next start has of the file, after a loss of power. */
const afterStart = async (files: FakeFiles): Promise<string> => {
  const disk = files.crashed(0)
  await putBack(disk)
  return String(disk.contents.get(segment)?.bytes)
}

test('what is written while a sync behind runs is not taken for synced', async () => {
  const { files, journal, file, hold, write } = await opened()
  const gate = hold()
  await write(600, 'a')
  await file.sync()
  await write(600, 'b')
  await file.sync()
  gate.resolve()
  await settled()
  assert.equal(onDisk(files), 'a'.repeat(600))
  await journal.close()
  assert.equal(await afterStart(files), 'a'.repeat(600) + 'b'.repeat(600))
  await file.close()
  assert.equal(onDisk(files), 'a'.repeat(600) + 'b'.repeat(600))
})

test('a file has one sync at a time, for only one of two would be told of a failure', async () => {
  const { file, hold, write, syncs } = await opened()
  const gate = hold()
  await write(600, 'a')
  await file.sync()
  await write(5000, 'b')
  const synced = file.sync()
  await settled()
  assert.equal(syncs(), 1)
  gate.reject(failure('EIO'))
  await assert.rejects(synced, /EIO/)
  assert.equal(syncs(), 1)
})

test('a sync behind that failed is told by the next one, and never repeated', async () => {
  const { files, file, hold, write, syncs } = await opened()
  const gate = hold()
  await write(600, 'a')
  await file.sync()
  gate.reject(failure('EIO'))
  await settled()
  delete files.faults.sync
  await write(10, 'b')
  await assert.rejects(file.sync(), /EIO/)
  await assert.rejects(file.close(), /EIO/)
  assert.equal(syncs(), 1)
})

test('closing waits for the sync behind', async () => {
  const { files, file, hold, write, syncs } = await opened()
  const gate = hold()
  await write(600, 'a')
  await file.sync()
  const closing = file.close()
  await settled()
  const before = files.handles
  gate.resolve()
  await closing
  assert.equal(before - files.handles, 1, 'it was open as long as it was synced')
  assert.equal(syncs(), 1)
})

test('a piece that the journal has does not stand for one before that it does not have', async () => {
  const { file, hold, write } = await opened()
  const gate = hold()
  await write(5000, 'a')
  await write(10, 'b')
  let isSynced = false
  const synced = file.sync().then(() => (isSynced = true))
  await settled()
  assert.equal(isSynced, false, 'it waits for the sync of the file')
  gate.resolve()
  await synced
})

test('after a cut has been synced the journal is enough again', async () => {
  const { files, file, write } = await opened()
  await write(10, 'a')
  await file.truncate(0)
  await file.sync()
  files.operations.length = 0
  await write(10, 'b')
  await file.sync()
  assert.deepEqual(files.operations, [`write ${segment}`, 'write journal', 'sync journal'])
  assert.equal(await afterStart(files), 'b'.repeat(10))
})

test('what the second half has is put back before what the first has been used for again', async () => {
  const { files, file, hold, write } = await opened()
  await write(1900, 'a')
  await file.sync()
  await settled()
  hold()
  await write(1900, 'b')
  await file.sync()
  await write(1900, 'c')
  await file.sync()
  assert.equal(onDisk(files), 'a'.repeat(1900))
  assert.equal(await afterStart(files), 'a'.repeat(1900) + 'b'.repeat(1900) + 'c'.repeat(1900))
})
