import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { KeyUses } from '../../src/core/keys/key-uses.ts'
import { State } from '../../src/core/state/state.ts'
import { layout } from '../../src/server/data-directory.ts'
import { recoverSavedUses } from '../../src/server/recovered-uses.ts'
import { memoryStore } from '../core/state/memory-store.ts'
import { someStateKey } from '../core/state/state-key.ts'
import { FakeClock, SilentLog } from './harness.ts'
import { temporaryDirectory } from './stores/places.ts'

const lineOf = (eventName: string): string =>
  JSON.stringify({
    eventTime: '2026-11-24T11:59:58Z',
    eventSource: 'kms.amazonaws.com',
    eventName,
    requestID: 'request',
    eventID: 'event',
    resources: [{ ARN: 'arn:aws:kms:eu-central-1:111122223333:key/a' }],
  })

/** A start over an audit log with these lines, the newest first; tells how many of them were read. */
const start = async (uses: KeyUses, clock: FakeClock, lines: readonly string[]) => {
  await using place = await temporaryDirectory()
  const directory = layout(place.path)
  let read = 0
  const audit = {
    async *newestLines() {
      for (const line of lines) {
        read += 1
        yield line
      }
    },
  }
  await recoverSavedUses(uses, directory, audit, clock, new SilentLog())
  return read
}

const newUses = async () => new KeyUses(await State.open(memoryStore(), someStateKey()))

describe('a start that looks for uses in the audit log', () => {
  it('does not read again what it has read in vain', async () => {
    const clock = new FakeClock()
    const uses = await newUses()
    const lines = Array.from({ length: 1001 }, () => lineOf('DescribeKey'))
    assert.equal(await start(uses, clock, lines), 1001)
    assert.equal(await uses.unsavedFromMs(), clock.nowMs())
    assert.equal(await start(uses, clock, lines), 1)
  })

  it('remembers nothing where there was little to read, or something was found', async () => {
    const clock = new FakeClock()
    const uses = await newUses()
    const few = Array.from({ length: 10 }, () => lineOf('DescribeKey'))
    await start(uses, clock, few)
    assert.equal(await uses.unsavedFromMs(), 0)
    const found = Array.from({ length: 1001 }, () => lineOf('Encrypt'))
    await start(uses, clock, found)
    // It is not saved yet: another start has to find it too.
    assert.equal(await uses.unsavedFromMs(), 0)
    assert.equal(await start(uses, clock, found), 1001)
    await uses.save(clock.nowMs(), true)
    assert.equal(await start(uses, clock, found), 1)
  })
})
