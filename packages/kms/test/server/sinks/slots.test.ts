import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openAuditLog } from '../../../src/server/sinks/audit-log.ts'
import {
  linesOfSlot,
  lockSlot,
  slotDirectories,
  slotDirectory,
} from '../../../src/server/sinks/slots.ts'
import { lineOf } from './fake-files.ts'

test('the log of a worker that has no successor is whole before it is read', async (t) => {
  const path = await mkdtemp(join(tmpdir(), 'keyhold-slots-'))
  t.after(() => rm(path, { recursive: true }))
  const slot = slotDirectory(path, 1)
  const log = await openAuditLog(slot, { reserveBytes: 4096 })
  for (let id = 0; id < 3; id += 1) await log.append(lineOf(id))
  const journal = join(slot, 'journal')
  await copyFile(journal, join(path, 'kept'))
  await log.close()
  // As a loss of power might have left it.
  await copyFile(join(path, 'kept'), journal)
  const segment = join(slot, 'audit-000000000001-0000000000000000.jsonl')
  await truncate(segment, lineOf(0).length + 1)
  assert.deepEqual(await slotDirectories(path), [slot])
  const lines = await Array.fromAsync(linesOfSlot(slot, 1000))
  assert.deepEqual(lines, [lineOf(2), lineOf(1), lineOf(0)])
  assert.equal(await readFile(segment, 'utf8'), `${lines.toReversed().join('\n')}\n`)
})

test('nothing is put back under a worker that still has its log', async (t) => {
  const path = await mkdtemp(join(tmpdir(), 'keyhold-slots-'))
  t.after(() => rm(path, { recursive: true }))
  const slot = slotDirectory(path, 1)
  const lock = await lockSlot(slot)
  await assert.rejects(Array.fromAsync(linesOfSlot(slot, 1000)), /worker-1 is in use by/)
  await lock.release()
  assert.deepEqual(await Array.fromAsync(linesOfSlot(slot, 1000)), [])
})
