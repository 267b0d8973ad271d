import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { reasonOf } from '../../../src/server/log.ts'
import { openAuditLog } from '../../../src/server/sinks/audit-log.ts'
import { Journal } from '../../../src/server/sinks/journal.ts'
import { putBack } from '../../../src/server/sinks/put-back.ts'
import { FakeFiles, failure, lineOf } from './fake-files.ts'

const segment = 'audit-000000000001-0000000000000000.jsonl'
const options = { reserveBytes: 1000, journalBytes: 2000 }

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
}

test('a record is durable without a sync of its segment', async () => {
  const files = new FakeFiles()
  const log = await openAuditLog('unused', { ...options, files })
  files.operations.length = 0
  await log.append(lineOf(1))
  assert.deepEqual(files.operations, [`write ${segment}`, 'write journal', 'sync journal'])
  const disk = files.crashed(0)
  assert.deepEqual(disk.lines(), [], 'the segment has lost it')
  await openAuditLog('unused', { ...options, files: disk })
  assert.deepEqual(disk.lines(), [lineOf(1)])
  await log.close()
})

test('segments are synced behind the journal, and its halves are used again', async () => {
  const files = new FakeFiles()
  const log = await openAuditLog('unused', { ...options, files })
  const size = files.contents.get('journal')?.bytes.length
  const syncsOf = (name: string): number =>
    files.operations.filter((operation) => operation === `sync ${name}`).length
  const before = syncsOf('journal')
  for (let id = 0; id < 200; id += 1) {
    await log.append(JSON.stringify({ id, text: 'x'.repeat(100) }))
    await settled()
  }
  assert.equal(files.contents.get('journal')?.bytes.length, size)
  assert.equal(syncsOf('journal') - before, 200, 'a record never waits for a segment')
  assert.ok(syncsOf(segment) > 3 && syncsOf(segment) < 100, `${syncsOf(segment)} of 200`)
  assert.equal(files.crashed(0).lines().length + 20 > 200, true, 'only the newest are behind')
  await log.close()
})

test('a sync behind the journal that fails is told by the next one, and is final', async () => {
  const files = new FakeFiles()
  const log = await openAuditLog('unused', { ...options, files })
  files.faults.before = (operation, name) => {
    if (operation === 'sync' && name === segment) throw failure('EIO')
  }
  const appended: number[] = []
  const append = async (): Promise<void> => {
    for (let id = 0; id < 200; id += 1) {
      await log.append(lineOf(id))
      appended.push(id)
      await settled()
    }
  }
  await assert.rejects(append(), /can no longer be written/)
  assert.match(String(log.failure()?.cause), /EIO/)
  delete files.faults.before
  await log.close()
  const disk = files.crashed(0)
  await openAuditLog('unused', { ...options, files: disk })
  assert.deepEqual(
    disk.lines().slice(0, appended.length),
    appended.map((id) => lineOf(id)),
    'what was acknowledged is put back',
  )
})

test('a segment that cannot be synced when the next one is begun is final, on a full disk too', async () => {
  const files = new FakeFiles()
  const log = await openAuditLog('unused', { ...options, files, segmentBytesMax: 50 })
  await log.append(lineOf(1, 1), { changeSeq: 1 })
  await log.append(lineOf(2))
  files.faults.before = (operation, name) => {
    if (operation === 'sync' && name === segment) throw failure('ENOSPC')
  }
  await assert.rejects(log.append(lineOf(3)), /can no longer be written/)
  assert.match(reasonOf(log.failure()), /synced: ENOSPC/)
  delete files.faults.before
  await log.close()
  const disk = files.crashed(0)
  await openAuditLog('unused', { ...options, files: disk })
  assert.deepEqual(disk.lines().slice(0, 2), [lineOf(1, 1), lineOf(2)])
})

test('a clean end leaves nothing to put back', async () => {
  const files = new FakeFiles()
  const log = await openAuditLog('unused', { ...options, files })
  await log.append(lineOf(1))
  await log.close()
  const disk = files.crashed(0)
  assert.deepEqual(disk.lines(), [lineOf(1)])
  assert.equal(await putBack(disk), false)
})

test('a segment that a killed process has just made keeps its name when power fails later', async () => {
  const files = new FakeFiles()
  const log = await openAuditLog('unused', { ...options, files, segmentBytesMax: 1 })
  await log.append(lineOf(1))
  let killed: FakeFiles | undefined
  files.faults.before = (operation, name) => {
    if (operation === 'sync' && name === '.') killed ??= files.killed()
  }
  await log.append(lineOf(2))
  await log.close()
  assert.ok(killed)
  const next = await openAuditLog('unused', { ...options, files: killed })
  await next.append(lineOf(3))
  const disk = killed.crashed(0)
  await openAuditLog('unused', { ...options, files: disk })
  assert.deepEqual(disk.lines(), [lineOf(1), lineOf(3)])
  await next.close()
})

test('without room for a journal segments are synced themselves', async () => {
  const files = new FakeFiles()
  files.capacity = 1500
  const log = await openAuditLog('unused', { ...options, files })
  assert.equal(files.contents.has('journal'), false)
  await log.append(lineOf(1))
  assert.deepEqual(files.crashed(0).lines(), [lineOf(1)])
  await log.close()
})

test('a journal that cannot even be overwritten on a full disk leaves segments to be synced', async () => {
  const files = new FakeFiles()
  const log = await openAuditLog('unused', { ...options, files })
  files.faults.before = (operation, name) => {
    if (operation === 'write' && name === 'journal') throw failure('ENOSPC')
  }
  await log.append(lineOf(1))
  assert.equal(log.full(), false)
  assert.deepEqual(files.crashed(0).lines(), [lineOf(1)])
  await log.close()
})

test('on a full disk a journal that cannot even be overwritten is emptied with the reserve', async () => {
  const files = new FakeFiles()
  const log = await openAuditLog('unused', { ...options, files })
  await log.append(lineOf(1))
  files.capacity = files.used + 5
  files.faults.before = (operation, name) => {
    const isFull = files.capacity - files.used < 100
    if (isFull && operation === 'write' && name === 'journal') throw failure('ENOSPC')
  }
  await log.append(lineOf(2, 1), { changeSeq: 1 })
  assert.deepEqual([log.full(), log.failure()], [true, undefined])
  const disk = files.crashed(0)
  await openAuditLog('unused', { ...options, files: disk })
  assert.deepEqual(disk.lines(), [lineOf(1), lineOf(2, 1)])
  await log.close()
})

test('what is put back may use the reserve', async () => {
  const files = new FakeFiles()
  const log = await openAuditLog('unused', { ...options, files })
  await log.append(lineOf(1))
  const disk = files.crashed(0)
  disk.capacity = disk.used + 3
  assert.equal(await putBack(disk), true)
  assert.deepEqual(disk.lines(), [lineOf(1)])
  assert.equal(disk.contents.has('reserve'), false)
  await log.close()
})

test('a segment that was taken away stays away', async () => {
  const files = new FakeFiles()
  const log = await openAuditLog('unused', { ...options, files })
  await log.append(lineOf(1))
  const without = files.crashed(0)
  without.contents.delete(segment)
  assert.equal(await putBack(without), true)
  assert.equal(without.contents.has(segment), false)
  await log.close()
})

test('nothing is put into an older copy of a segment, or into that of another log', async () => {
  const files = new FakeFiles()
  const log = await openAuditLog('unused', { ...options, files })
  await log.append(lineOf(1))
  await log.append(lineOf(2))
  await log.close()
  const next = await openAuditLog('unused', { ...options, files })
  await next.append(lineOf(3))
  const others = [`${lineOf(1)}\n`, `${lineOf(1)}\n${lineOf(8)}\n${lineOf(9)}\n`]
  for (const other of others) {
    const disk = files.crashed(0)
    const bytes = Buffer.from(other)
    disk.contents.set(segment, { bytes, durable: bytes })
    const opened = openAuditLog('unused', { ...options, files: disk })
    await assert.rejects(opened, /does not continue audit-/)
    assert.deepEqual(disk.contents.get(segment)?.bytes, bytes)
    disk.contents.delete('journal')
    await openAuditLog('unused', { ...options, files: disk })
  }
  await next.close()
})

test('what was put back once is not put back again, over what was written since', async () => {
  const files = new FakeFiles()
  const log = await openAuditLog('unused', { ...options, files })
  await log.append(lineOf(1))
  const disk = files.crashed(0)
  assert.equal(await putBack(disk), true)
  assert.equal(await putBack(disk.crashed(0)), false)
  await log.close()
})

test('a frame reaches no file but segments', async () => {
  const names = ['reserve', 'journal', '../keyhold.db', 'audit', `${segment}.gz`, segment]
  for (const name of names) {
    const files = new FakeFiles()
    const journal = await Journal.open(files, options.journalBytes)
    const file = await files.create(name === 'journal' ? 'other' : name)
    await files.syncDirectory()
    const covered = journal?.cover(name, file, 0)
    await covered?.write(Buffer.from('{}\n'))
    await covered?.sync()
    const disk = files.crashed(0)
    await putBack(disk)
    const isPutBack = String(disk.contents.get(name)?.bytes.subarray(0, 3)) === '{}\n'
    assert.equal(isPutBack, name === segment, name)
  }
})

test('a journal is read whole, in however many pieces the system hands it out', async () => {
  const files = new FakeFiles()
  const log = await openAuditLog('unused', { ...options, files })
  for (let id = 0; id < 20; id += 1) await log.append(lineOf(id))
  const disk = files.crashed(0)
  const open = disk.openRandomAccess.bind(disk)
  disk.openRandomAccess = async (name) => {
    const file = await open(name)
    return { ...file, read: (at, length) => file.read(at, Math.min(length, 100)) }
  }
  await putBack(disk)
  assert.equal(disk.lines().length, 20)
  await log.close()
})

test('a file that is larger than the journal is synced itself', async () => {
  const files = new FakeFiles()
  const journal = await Journal.open(files, 400)
  assert.ok(journal)
  const file = journal.cover('audit-a', await files.create('audit-a'), 0)
  await files.syncDirectory()
  const bytes = Buffer.alloc(1000, 0x61)
  assert.equal(await file.write(bytes), 1000)
  await file.sync()
  assert.deepEqual(files.crashed(0).contents.get('audit-a')?.bytes, bytes)
  await file.close()
  await journal.close()
})

test('what is synced together lies in one half, where nothing behind a torn frame is read', async () => {
  const files = new FakeFiles()
  const journal = await Journal.open(files, 400)
  assert.ok(journal)
  const file = journal.cover(segment, await files.create(segment), 0)
  const write = async (): Promise<void> => void (await file.write(Buffer.alloc(100, 0x61)))
  await write()
  files.operations.length = 0
  await write()
  await file.sync()
  assert.deepEqual(files.operations, [`write ${segment}`, `sync ${segment}`])
  await write()
  await file.sync()
  assert.deepEqual(files.operations.slice(2, 5), [
    `write ${segment}`,
    'write journal',
    'sync journal',
  ])
  await file.close()
  await journal.close()
})

test('what a segment in a directory lost is there after the next start', async (t) => {
  const path = await mkdtemp(join(tmpdir(), 'keyhold-journal-'))
  t.after(() => rm(path, { recursive: true }))
  const log = await openAuditLog(path, { reserveBytes: 4096 })
  const lines = Array.from({ length: 500 }, (_, id) => JSON.stringify({ id, text: 'ä'.repeat(id) }))
  for (const line of lines) await log.append(line)
  const journal = join(path, 'journal')
  await copyFile(journal, `${journal}.kept`)
  await log.close()
  // As a loss of power might have left it: the newest bytes of the segment are gone.
  await copyFile(`${journal}.kept`, journal)
  const name = join(path, segment)
  const whole = await readFile(name)
  await truncate(name, whole.length - 100_000)
  await (await openAuditLog(path, { reserveBytes: 4096 })).close()
  assert.deepEqual((await readFile(name, 'utf8')).trimEnd().split('\n'), lines)
})
