import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { mkdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { readCheckpoint, scheduleCheckpoints } from '../../src/server/checkpoints.ts'
import { readCheckpointFile } from '../../src/server/stores/checkpoint-file.ts'
import { SilentLog } from './harness.ts'
import { temporaryDirectory } from './stores/places.ts'

const stateKey = { version: 1, key: createSecretKey(new Uint8Array(32)) }

/** A state that is at whatever place the test says; a checkpoint of it is the decimal seq. */
const setScene = async (fromSeq = 0) => {
  const directory = await temporaryDirectory()
  const path = join(directory.path, 'keyhold.checkpoint')
  const at = { seq: fromSeq, rows: 10 }
  const log = new SilentLog()
  const state = {
    get newest() {
      return { seq: at.seq, link: new Uint8Array(32) }
    },
    get rowsEver() {
      return at.rows
    },
    *checkpoint() {
      yield new TextEncoder().encode(String(at.seq))
    },
  }
  const checkpoints = scheduleCheckpoints(path, state, fromSeq, log)
  const written = async (): Promise<string | undefined> => {
    const bytes = await readCheckpointFile(path)
    return bytes && new TextDecoder().decode(bytes)
  }
  return { directory, path, at, log, checkpoints, written }
}

const withIntervals = (t: TestContext): void => t.mock.timers.enable({ apis: ['setInterval'] })

describe('checkpoints', () => {
  it('are written when more than 5,000 changes have come since the last one', async (t) => {
    withIntervals(t)
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
    withIntervals(t)
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
    withIntervals(t)
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
    withIntervals(t)
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
    withIntervals(t)
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

  it('that are of no use are reported, and none', async () => {
    const { directory, path, log, checkpoints } = await setScene()
    await using _ = directory
    assert.equal(await readCheckpoint(path, stateKey, log), undefined)
    assert.equal(log.lines.length, 0)
    await writeFile(path, 'rubbish')
    assert.equal(await readCheckpoint(path, stateKey, log), undefined)
    const [line] = log.lines
    assert.equal(line?.level, 'warn')
    assert.equal(line.event, 'checkpoint not used')
    assert.match(String(line.fields['reason']), /is not one that this version/)
    await checkpoints.stop()
  })
})
