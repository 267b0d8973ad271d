import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { AuditLogFullError, openAuditLog } from '../../../src/server/sinks/audit-log.ts'
import { FakeFiles, failure, lineOf } from './fake-files.ts'

type Step = 'record' | 'change' | 'turn' | 'fill' | 'free'

/** What goes wrong, and when: counts are of operations on the files, after the log was opened. */
const scenario = fc.record({
  steps: fc.array(fc.constantFrom<Step>('record', 'record', 'change', 'turn', 'fill', 'free'), {
    maxLength: 60,
  }),
  lossAfter: fc.integer({ min: 1, max: 80 }),
  spared: fc.integer({ min: 0, max: 200 }),
  badSync: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  writeBytesMax: fc.constantFrom(1000, 40, 7),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

type Told = { readonly line: string; outcome: 'waiting' | 'durable' | 'full' | 'failed' }

/** Runs the steps, pulls the plug, and returns what callers were told and what the disk holds. */
const run = async (given: Scenario): Promise<{ told: Told[]; disk: FakeFiles }> => {
  const files = new FakeFiles()
  const options = { files, reserveBytes: 300, segmentBytesMax: 200 }
  const log = await openAuditLog('unused', options)
  let disk: FakeFiles | undefined
  let operations = 0
  files.faults.before = () => {
    operations += 1
    if (operations >= given.lossAfter) disk ??= files.crashed(given.spared)
    // What happens without power reaches nobody: neither the disk nor a caller.
    if (disk) throw failure('EIO')
  }
  files.faults.write = (_, length) => Math.min(length, given.writeBytesMax)
  const syncsBefore = files.syncs
  files.faults.sync = (count) => {
    if (count - syncsBefore === given.badSync) throw failure('EIO')
  }
  const told: Told[] = []
  let seq = 0
  for (const step of given.steps) {
    if (step === 'turn') await new Promise(setImmediate)
    else if (step === 'fill') files.capacity = files.used + 20
    else if (step === 'free') {
      files.capacity = Number.MAX_SAFE_INTEGER
      await log.restoreReserve().catch(() => false)
    } else {
      seq += step === 'change' ? 1 : 0
      const entry: Told = {
        line: lineOf(told.length, step === 'change' ? seq : undefined),
        outcome: 'waiting',
      }
      told.push(entry)
      log.append(entry.line, step === 'change' ? { changeSeq: seq } : undefined).then(
        () => (entry.outcome = 'durable'),
        (error: unknown) =>
          (entry.outcome = error instanceof AuditLogFullError ? 'full' : 'failed'),
      )
    }
  }
  await log.close()
  return { told, disk: disk ?? files.crashed(given.spared) }
}

test('after any crash the log holds every acknowledged record, whole and in order', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const { told, disk } = await run(given)
      assert.ok(told.every(({ outcome }) => outcome !== 'waiting'))
      const log = await openAuditLog('unused', { files: disk, reserveBytes: 300 })
      const found = disk.lines()
      const possible = told.filter(({ outcome }) => outcome !== 'full').map(({ line }) => line)
      assert.deepEqual(
        found,
        possible.filter((line) => found.includes(line)),
        'nothing torn, refused, doubled or out of order',
      )
      for (const { line, outcome } of told) {
        if (outcome === 'durable') assert.ok(found.includes(line), `${line} was acknowledged`)
      }
      const seqs = found.map((line) => Number(/"changeSeq":(\d+)/.exec(line)?.[1] ?? 0))
      assert.equal(log.lastChangeSeq(), Math.max(0, ...seqs))
      await log.append(lineOf(1_000_000))
      assert.deepEqual(disk.lines(), [...found, lineOf(1_000_000)])
    }),
    { numRuns: 500 },
  )
})
