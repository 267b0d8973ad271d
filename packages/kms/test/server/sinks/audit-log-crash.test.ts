import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { AuditLog } from '../../../src/server/sinks/audit-log.ts'
import { AuditLogFullError, openAuditLog } from '../../../src/server/sinks/audit-log.ts'
import { FakeFiles, failure, lineOf } from './fake-files.ts'

type Step = 'record' | 'change' | 'turn' | 'fill' | 'free'

/** Each start may have another journal, or none. */
const anyJournal = fc.constantFrom(0, 400, 4000)

/** From a start to a loss of power, or to a kill: what goes wrong, and when, counted in operations on the files. */
const life = fc.record({
  steps: fc.array(fc.constantFrom<Step>('record', 'record', 'change', 'turn', 'fill', 'free'), {
    maxLength: 60,
  }),
  lossAfter: fc.integer({ min: 1, max: 120 }),
  isKill: fc.boolean(),
  spared: fc.integer({ min: 0, max: 200 }),
  badSync: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
  badSyncCode: fc.constantFrom('EIO', 'ENOSPC'),
  writeBytesMax: fc.constantFrom(1000, 40, 7),
  /** How long the sync of a segment takes, in turns of the event loop. */
  segmentSyncTurns: fc.constantFrom(0, 4, 15),
  journalBytes: anyJournal,
  nextJournalBytes: anyJournal,
})
type Life = typeof life extends fc.Arbitrary<infer S> ? S : never

const scenario = fc.array(life, { minLength: 1, maxLength: 3 })

type Told = { readonly line: string; outcome: 'waiting' | 'durable' | 'full' | 'failed' }

/** What callers were told in all lives, the next change, and what the disk holds. */
type World = {
  readonly told: Told[]
  seq: number
  disk: FakeFiles
}

/** Starts on the disk, runs the steps and pulls the plug. */
const live = async (world: World, given: Life): Promise<void> => {
  const files = world.disk
  let disk: FakeFiles | undefined
  let operations = 0
  files.faults.before = () => {
    operations += 1
    if (operations >= given.lossAfter) disk ??= ended(files, given)
    // What happens without power reaches nobody: neither the disk nor a caller.
    if (disk) throw failure('EIO')
  }
  files.faults.write = (_, length) => Math.min(length, given.writeBytesMax)
  files.faults.sync = async (count, name) => {
    const turns = name.startsWith('audit-') ? given.segmentSyncTurns : 0
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
    if (count === given.badSync) throw failure(given.badSyncCode)
  }
  const { journalBytes } = given
  const options = { files, reserveBytes: 300, segmentBytesMax: 200, journalBytes }
  const log = await openAuditLog('unused', options).catch(() => undefined)
  if (log !== undefined) await perform(log, files, given.steps, world)
  await log?.close()
  assert.equal(files.handles, 0, 'nothing is left open')
  world.disk = disk ?? ended(files, given)
}

/** What a system shows after a failed sync is none of the disk's: there only power can be lost. */
const ended = (files: FakeFiles, { isKill, badSync, spared }: Life): FakeFiles =>
  isKill && badSync === undefined ? files.killed() : files.crashed(spared)

const perform = async (
  log: AuditLog,
  files: FakeFiles,
  steps: readonly Step[],
  world: World,
): Promise<void> => {
  const { told } = world
  for (const step of steps) {
    if (step === 'turn') await new Promise(setImmediate)
    else if (step === 'fill') files.capacity = files.used + 20
    else if (step === 'free') {
      files.capacity = Number.MAX_SAFE_INTEGER
      await log.restoreReserve().catch(() => false)
    } else {
      if (step === 'change') world.seq += 1
      const changeSeq = step === 'change' ? world.seq : undefined
      const entry: Told = { line: lineOf(told.length, changeSeq), outcome: 'waiting' }
      told.push(entry)
      log.append(entry.line, changeSeq === undefined ? undefined : { changeSeq }).then(
        () => (entry.outcome = 'durable'),
        (error: unknown) =>
          (entry.outcome = error instanceof AuditLogFullError ? 'full' : 'failed'),
      )
    }
  }
}

test('after any crashes the log holds every acknowledged record, whole and in order', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (lives) => {
      const world: World = { told: [], seq: 0, disk: new FakeFiles() }
      let before: readonly string[] = []
      for (const given of lives) {
        await live(world, given)
        const { told, disk } = world
        const { nextJournalBytes: journalBytes } = given
        assert.ok(told.every(({ outcome }) => outcome !== 'waiting'))
        const log = await openAuditLog('unused', { files: disk, reserveBytes: 300, journalBytes })
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
        assert.deepEqual(found.slice(0, before.length), before, 'what was read once is there')
        const seqs = found.map((line) => Number(/"changeSeq":(\d+)/.exec(line)?.[1] ?? 0))
        assert.equal(log.lastChangeSeq(), Math.max(0, ...seqs))
        const next: Told = { line: lineOf(told.length), outcome: 'durable' }
        told.push(next)
        await log.append(next.line)
        before = [...found, next.line]
        assert.deepEqual(disk.lines(), before)
        // Power is lost once more, before anything is closed.
        world.disk = disk.crashed(given.spared)
      }
    }),
    { numRuns: 2000 },
  )
})

test('without a fault every record is acknowledged, however small the journal is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 80 }),
      fc.constantFrom(0, 300, 1000, 10_000),
      async (lengths, journalBytes) => {
        const files = new FakeFiles()
        const options = { files, reserveBytes: 300, segmentBytesMax: 2000, journalBytes }
        const log = await openAuditLog('unused', options)
        const lines = lengths.map((length, id) => JSON.stringify({ id, text: 'x'.repeat(length) }))
        for (const [id, line] of lines.entries()) {
          const appended = log.append(line)
          if (id % 3 === 0) await appended
        }
        await log.close()
        assert.deepEqual(files.lines(), lines)
        assert.deepEqual(files.crashed(0).lines(), lines, 'a clean end leaves nothing to put back')
      },
    ),
  )
})
