import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuditLogFullError, openAuditLog } from '../../../src/server/sinks/audit-log.ts'
import type { AuditLog, AuditLogOptions } from '../../../src/server/sinks/audit-log.ts'
import { FakeFiles, failure, lineOf } from './fake-files.ts'

const opened = async (
  files: FakeFiles,
  options: Omit<AuditLogOptions, 'files'> = {},
): Promise<AuditLog> =>
  openAuditLog('unused', { reserveBytes: 1000, journalBytes: 0, ...options, files })

/** Turns of the event loop enough for everything that waits for no gate. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
}

const outcomes = async (promises: Promise<void>[]): Promise<string[]> =>
  (await Promise.allSettled(promises)).map((result) =>
    result.status === 'fulfilled' ? 'durable' : (result.reason as Error).name,
  )

test('a record is acknowledged only when its sync has returned', async () => {
  const files = new FakeFiles()
  const log = await opened(files)
  const gate = Promise.withResolvers<void>()
  files.faults.sync = () => gate.promise
  let acknowledged = false
  const appended = log.append(lineOf(1)).then(() => (acknowledged = true))
  await settled()
  assert.deepEqual(files.lines(), [lineOf(1)], 'it has been written')
  assert.equal(acknowledged, false)
  gate.resolve()
  await appended
})

test('records that come while a sync runs share the next one, and keep their order', async () => {
  const files = new FakeFiles()
  const log = await opened(files)
  const gate = Promise.withResolvers<void>()
  const before = files.syncs
  files.faults.sync = (count) => (count === before + 1 ? gate.promise : undefined)
  const all = [log.append(lineOf(0))]
  await settled()
  for (let id = 1; id <= 100; id += 1) all.push(log.append(lineOf(id)))
  await settled()
  assert.deepEqual(files.lines(), [lineOf(0)], 'nothing is written under a running sync')
  gate.resolve()
  await Promise.all(all)
  assert.equal(files.syncs - before, 2)
  assert.deepEqual(
    files.lines(),
    all.map((_, id) => lineOf(id)),
  )
})

test('one promise serves all records of a batch', async () => {
  const log = await opened(new FakeFiles())
  assert.equal(log.append(lineOf(1)), log.append(lineOf(2)))
  await log.close()
})

test('a sync that fails refuses what is not durable and everything after, and is not repeated', async () => {
  const files = new FakeFiles()
  const log = await opened(files)
  await log.append(lineOf(1))
  const gate = Promise.withResolvers<void>()
  files.faults.sync = () => gate.promise
  const torn = [log.append(lineOf(2)), log.append(lineOf(3))]
  await settled()
  const later = [log.append(lineOf(4)), log.append(lineOf(5, 1), { changeSeq: 1 })]
  const done = files.operations.length
  gate.reject(failure('EIO'))
  assert.deepEqual(await outcomes([...torn, ...later]), ['Error', 'Error', 'Error', 'Error'])
  await assert.rejects(log.append(lineOf(6)), /can no longer be written/)
  await assert.rejects(log.restoreReserve(), /can no longer be written/)
  await settled()
  assert.equal(files.operations.length, done, 'the descriptor is left alone')
  assert.match(String(log.failure()?.cause), /EIO/)
  await log.close()
})

test('a write that fails is final', async () => {
  for (const write of [
    (): number => {
      throw failure('EIO')
    },
    (): number => 0,
  ]) {
    const files = new FakeFiles()
    const log = await opened(files)
    files.faults.write = write
    const before = files.syncs
    await assert.rejects(log.append(lineOf(1)), /can no longer be written/)
    assert.equal(files.syncs, before)
    assert.notEqual(log.failure(), undefined)
  }
})

test('a disk that is full only when it syncs is a failure, for nobody knows what it holds', async () => {
  const files = new FakeFiles()
  const log = await opened(files)
  files.faults.sync = () => {
    throw failure('ENOSPC')
  }
  await assert.rejects(log.append(lineOf(1)), /can no longer be written/)
  assert.equal(log.full(), false)
})

test('a write that takes a part is continued', async () => {
  const files = new FakeFiles()
  const log = await opened(files)
  files.faults.write = () => 3
  await log.append(lineOf(1))
  assert.deepEqual(files.lines(), [lineOf(1)])
})

test('a segment that is large enough is followed by one that names the newest change', async () => {
  const files = new FakeFiles()
  const log = await opened(files, { segmentBytesMax: 60 })
  for (let seq = 1; seq <= 5; seq += 1) await log.append(lineOf(seq, seq), { changeSeq: seq })
  await log.close()
  assert.deepEqual(files.segments(), [
    'audit-000000000001-0000000000000000.jsonl',
    'audit-000000000002-0000000000000002.jsonl',
    'audit-000000000003-0000000000000004.jsonl',
  ])
  assert.deepEqual(
    files.lines(),
    [1, 2, 3, 4, 5].map((seq) => lineOf(seq, seq)),
  )
  assert.equal((await opened(files)).lastChangeSeq(), 5)
})

test('a record of more than a line is refused, and harms no other', async () => {
  const files = new FakeFiles()
  const log = await opened(files)
  const good = log.append(lineOf(1))
  await assert.rejects(log.append('{}\n{}'), TypeError)
  await assert.rejects(log.append('x'.repeat(1_048_577)), TypeError)
  await good
  assert.deepEqual(files.lines(), [lineOf(1)])
})

test('closing waits for what was appended and refuses what comes after', async () => {
  const files = new FakeFiles()
  const log = await opened(files)
  const appended = log.append(lineOf(1))
  const closing = log.close()
  await assert.rejects(log.append(lineOf(2)), /closed/)
  await assert.rejects(log.restoreReserve(), /closed/)
  await Promise.all([appended, closing, log.close()])
  assert.deepEqual(files.lines(), [lineOf(1)])
})

test('on a full disk only changes are recorded, from the reserve, until there is room again', async () => {
  const files = new FakeFiles()
  const log = await opened(files)
  await log.append(lineOf(1))
  files.capacity = files.used + 5
  const torn = [log.append(lineOf(2)), log.append(lineOf(3, 1), { changeSeq: 1 })]
  assert.deepEqual(await outcomes(torn), ['AuditLogFullError', 'durable'])
  assert.deepEqual(files.lines(), [lineOf(1), lineOf(3, 1)], 'half a line would spoil the next')
  assert.equal(files.contents.has('reserve'), false)
  assert.equal(log.full(), true)
  assert.equal(log.failure(), undefined)
  await assert.rejects(log.append(lineOf(4)), AuditLogFullError)
  await log.append(lineOf(5, 2), { changeSeq: 2 })
  assert.equal(await log.restoreReserve(), false)
  await assert.rejects(log.append(lineOf(6)), AuditLogFullError)
  files.capacity = Number.MAX_SAFE_INTEGER
  assert.equal(await log.restoreReserve(), true)
  await log.append(lineOf(7))
  assert.deepEqual(files.lines(), [lineOf(1), lineOf(3, 1), lineOf(5, 2), lineOf(7)])
})

test('on a full disk a call that may not be refused is recorded though it changed nothing', async () => {
  const files = new FakeFiles()
  const log = await opened(files)
  await log.append(lineOf(1, 7), { changeSeq: 7 })
  files.capacity = files.used + 5
  const torn = [log.append(lineOf(2)), log.append(lineOf(3), { isEssential: true })]
  assert.deepEqual(await outcomes(torn), ['AuditLogFullError', 'durable'])
  await log.append(lineOf(4), { isEssential: true })
  assert.deepEqual(files.lines(), [lineOf(1, 7), lineOf(3), lineOf(4)])
  await log.close()
  assert.equal((await opened(files)).lastChangeSeq(), 7)
})

test('records that wait when the disk turns out to be full are refused with the rest', async () => {
  const files = new FakeFiles()
  const log = await opened(files)
  files.capacity = files.used + 5
  const first = log.append(lineOf(1))
  await new Promise(setImmediate)
  const later = [log.append(lineOf(2)), log.append(lineOf(3, 1), { changeSeq: 1 })]
  assert.deepEqual(await outcomes([first, ...later]), [
    'AuditLogFullError',
    'AuditLogFullError',
    'durable',
  ])
})

test('when the reserve is used up too, the failure is final', async () => {
  const files = new FakeFiles()
  const log = await opened(files, { reserveBytes: 10 })
  files.capacity = files.used
  await assert.rejects(log.append(lineOf(1, 1), { changeSeq: 1 }), /can no longer be written/)
  assert.notEqual(log.failure(), undefined)
})

test('the reserve can be released before a record has failed, and restored', async () => {
  const files = new FakeFiles()
  const log = await opened(files)
  await log.releaseReserve()
  assert.equal(files.contents.has('reserve'), false)
  await assert.rejects(log.append(lineOf(1)), AuditLogFullError)
  await log.append(lineOf(2, 1), { changeSeq: 1 })
  assert.equal(await log.restoreReserve(), true)
  await log.append(lineOf(3))
})

test('a full disk under a new segment leaves none behind, and the old one goes on', async () => {
  const files = new FakeFiles()
  const log = await opened(files, { segmentBytesMax: 1 })
  await log.append(lineOf(1))
  files.faults.before = (operation, name) => {
    if (operation === 'sync' && name === '.') {
      delete files.faults.before
      throw failure('ENOSPC')
    }
  }
  await assert.rejects(log.append(lineOf(2)), AuditLogFullError)
  await log.append(lineOf(3, 1), { changeSeq: 1 })
  assert.equal(files.segments().length, 1)
  assert.equal(await log.restoreReserve(), true)
  await log.append(lineOf(4))
  assert.equal(files.segments().length, 2)
  assert.deepEqual(files.lines(), [lineOf(1), lineOf(3, 1), lineOf(4)])
})

test('a log on a full disk opens as full', async () => {
  const files = new FakeFiles()
  await (await opened(files)).close()
  await files.remove('reserve')
  files.capacity = files.used + 500
  const log = await opened(files)
  assert.equal(log.full(), true)
  assert.equal(files.contents.has('reserve'), false, 'nothing half made is left')
  await assert.rejects(log.append(lineOf(1)), AuditLogFullError)
  await log.append(lineOf(2, 1), { changeSeq: 1 })
})

test('a reserve that a crash left unfinished is made anew', async () => {
  const files = new FakeFiles()
  await (await opened(files, { reserveBytes: 10 })).close()
  await (await opened(files, { reserveBytes: 70_000 })).close()
  const reserve = files.contents.get('reserve')?.durable
  assert.equal(reserve?.length, 70_000)
  assert.ok(new Set(reserve).size > 250, 'it holds real bytes')
})
