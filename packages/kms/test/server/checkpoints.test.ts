import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { mkdir, readdir, rmdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import {
  discardUnfinished,
  readCheckpoint,
  scheduleCheckpoints,
} from '../../src/server/checkpoints.ts'
import { readCheckpointFile } from '../../src/server/stores/checkpoint-file.ts'
import { SilentLog } from './harness.ts'
import { temporaryDirectory } from './stores/places.ts'

const stateKey = { version: 1, key: createSecretKey(new Uint8Array(32)) }

/** A state that is at whatever place the test says; a checkpoint of it is the decimal seq. */
const setScene = async (fromSeq = 0) => {
  const directory = await temporaryDirectory()
  const path = join(directory.path, 'keyhold.checkpoint')
  const at = { seq: fromSeq, rows: 10, isAuditFull: false, freeBytes: 2 ** 30 }
  const log = new SilentLog()
  const state = {
    get newest() {
      return { seq: at.seq, link: new Uint8Array(32) }
    },
    get rowsEver() {
      return at.rows
    },
    checkpointBytes: 1000,
    *checkpoint() {
      yield new TextEncoder().encode(String(at.seq))
    },
  }
  const checkpoints = scheduleCheckpoints({
    path,
    state,
    fromSeq,
    isAuditFull: () => at.isAuditFull,
    freeBytes: async () => at.freeBytes,
    log,
  })
  const written = async (): Promise<string | undefined> => {
    const bytes = await readCheckpointFile(path)
    return bytes && new TextDecoder().decode(bytes)
  }
  return { directory, path, at, log, checkpoints, written }
}

const withTimer = (t: TestContext): void => t.mock.timers.enable({ apis: ['setTimeout'] })

describe('checkpoints', () => {
  it('are written when more than 5,000 changes have come since the last one', async (t) => {
    withTimer(t)
    const { directory, at, checkpoints, written } = await setScene()
    await using _ = directory
    at.seq = 5000
    await checkpoints.writeIfDue()
    assert.equal(await written(), undefined)
    at.seq = 5001
    await checkpoints.writeIfDue()
    assert.equal(await written(), '5001')
    at.seq = 10_001
    await checkpoints.writeIfDue()
    assert.equal(await written(), '5001')
    await checkpoints.stop()
  })

  it('are written of many rows when a tenth as many changes have come', async (t) => {
    withTimer(t)
    const { directory, at, checkpoints, written } = await setScene(1_000_000)
    await using _ = directory
    Object.assign(at, { rows: 500_000, seq: 1_050_000 })
    await checkpoints.writeIfDue()
    assert.equal(await written(), undefined)
    at.seq += 1
    await checkpoints.writeIfDue()
    assert.equal(await written(), '1050001')
    await checkpoints.stop()
  })

  it('are looked after every ten seconds, until they are stopped', async (t) => {
    withTimer(t)
    const { directory, at, checkpoints, written } = await setScene()
    await using _ = directory
    at.seq = 6000
    t.mock.timers.tick(9999)
    await checkpoints.writeIfDue()
    assert.equal(await written(), '6000')
    at.seq = 12_000
    t.mock.timers.tick(1)
    // After the one that the timer began.
    await checkpoints.stop()
    assert.equal(await written(), '12000')
    at.seq = 20_000
    t.mock.timers.tick(60_000)
    assert.equal(await written(), '12000')
  })

  it('are written at a stop if anything has changed, and only then', async (t) => {
    withTimer(t)
    const idle = await setScene(7)
    await using _ = idle.directory
    await idle.checkpoints.stop()
    assert.equal(await idle.written(), undefined)
    const busy = await setScene(7)
    await using __ = busy.directory
    busy.at.seq = 8
    await busy.checkpoints.stop()
    assert.equal(await busy.written(), '8')
  })

  it('that cannot be written are reported, and tried again', async (t) => {
    withTimer(t)
    const { directory, path, at, log, checkpoints, written } = await setScene()
    await using _ = directory
    await mkdir(`${path}.new`)
    at.seq = 6000
    await checkpoints.writeIfDue()
    assert.deepEqual(
      log.lines.map(({ level, event }) => [level, event]),
      [['warn', 'checkpoint not written']],
    )
    await rmdir(`${path}.new`)
    await checkpoints.writeIfDue()
    assert.equal(await written(), '6000')
    await checkpoints.stop()
  })

  it('are tried less and less often while they cannot be written, but every hour', async (t) => {
    withTimer(t)
    const { directory, path, at, log, checkpoints, written } = await setScene()
    await using _ = directory
    await mkdir(`${path}.new`)
    at.seq = 6000
    /** Lets so much time go by, and says how often it was tried. */
    const triesWithin = async (ms: number): Promise<number> => {
      const before = log.lines.length
      t.mock.timers.tick(ms)
      await new Promise(setImmediate)
      // Behind the try, if there is one, and none itself.
      at.isAuditFull = true
      await checkpoints.writeIfDue()
      at.isAuditFull = false
      await new Promise(setImmediate)
      return log.lines.length - before
    }
    assert.equal(await triesWithin(9999), 0)
    for (let waitMs = 20_000; waitMs < 3_600_000; waitMs *= 2) {
      assert.equal(await triesWithin(1), 1)
      assert.equal(await triesWithin(waitMs - 1), 0)
    }
    assert.equal(await triesWithin(1), 1)
    assert.equal(await triesWithin(3_599_999), 0)
    await rmdir(`${path}.new`)
    assert.equal(await triesWithin(1), 0)
    assert.equal(await written(), '6000')
    at.seq = 12_000
    assert.equal(await triesWithin(10_000), 0)
    assert.equal(await written(), '12000')
    await checkpoints.stop()
  })

  it('are not written while the audit log is full, not even at a stop', async (t) => {
    withTimer(t)
    const { directory, at, log, checkpoints, written } = await setScene()
    await using _ = directory
    Object.assign(at, { seq: 6000, isAuditFull: true })
    await checkpoints.writeIfDue()
    assert.equal(await written(), undefined)
    at.isAuditFull = false
    await checkpoints.writeIfDue()
    assert.equal(await written(), '6000')
    Object.assign(at, { seq: 6001, isAuditFull: true })
    await checkpoints.stop()
    assert.equal(await written(), '6000')
    assert.deepEqual(log.lines, [])
  })

  it('are not written where less is free than twice their size and the reserve', async (t) => {
    withTimer(t)
    const { directory, at, log, checkpoints, written } = await setScene()
    await using _ = directory
    const neededBytes = 2000 + 4 * 2 ** 20
    Object.assign(at, { seq: 6000, freeBytes: neededBytes - 1 })
    await checkpoints.writeIfDue()
    assert.equal(await written(), undefined)
    assert.match(String(log.lines[0]?.fields['reason']), /less room than 4196304 bytes/)
    at.freeBytes = neededBytes
    await checkpoints.writeIfDue()
    assert.equal(await written(), '6000')
    await checkpoints.stop()
  })

  it('that are unfinished are removed at a start, or said to be there', async () => {
    const { directory, path, log, checkpoints } = await setScene()
    await using _ = directory
    await discardUnfinished(path, log)
    await writeFile(`${path}.new`, 'the first ha')
    await discardUnfinished(path, log)
    assert.deepEqual(await readdir(directory.path), [])
    assert.equal(log.lines.length, 0)
    await mkdir(`${path}.new`)
    await discardUnfinished(path, log)
    assert.equal(log.lines[0]?.event, 'unfinished checkpoint not removed')
    await checkpoints.stop()
  })

  it('that are of no use are reported, and none', async () => {
    const { directory, path, log, checkpoints } = await setScene()
    await using _ = directory
    assert.equal(await readCheckpoint(path, stateKey, log), undefined)
    assert.equal(log.lines.length, 0)
    await writeFile(path, 'rubbish')
    // No memory is taken for so much.
    await truncate(path, 4 * 2 ** 30)
    assert.equal(await readCheckpoint(path, stateKey, log), undefined)
    const [line] = log.lines
    assert.equal(line?.level, 'warn')
    assert.equal(line.event, 'checkpoint not used')
    assert.match(String(line.fields['reason']), /is not one that this version/)
    await checkpoints.stop()
  })
})
