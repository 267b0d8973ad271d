import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KeyUses } from '../../../src/core/keys/key-uses.ts'
import { recoverUses } from '../../../src/core/keys/recover-uses.ts'
import { State } from '../../../src/core/state/state.ts'
import { memoryStore } from '../state/memory-store.ts'
import { someStateKey } from '../state/state-key.ts'

const startMs = Date.UTC(2026, 10, 24, 12)
const arnOf = (key: string) => `arn:aws:kms:eu-central-1:111122223333:key/${key}`
const rowOf = (key: string) => `eu-central-1/111122223333/${key}`

type Record = {
  readonly name?: string
  readonly keys?: readonly string[]
  readonly second?: number
  readonly id: string
  readonly more?: object
}

const lineOf = ({ name = 'Encrypt', keys = ['a'], second = 0, id, more = {} }: Record): string =>
  JSON.stringify({
    eventTime: new Date(startMs + second * 1000).toISOString().slice(0, 19) + 'Z',
    eventSource: 'kms.amazonaws.com',
    eventName: name,
    requestID: `request ${id}`,
    eventID: `event ${id}`,
    resources: keys.map((key) => ({ type: 'AWS::KMS::Key', ARN: arnOf(key) })),
    ...more,
  })

const newUses = async () => new KeyUses(await State.open(memoryStore(), someStateKey()))

/** `lines` in the order of the log, oldest first. */
const recovered = async (uses: KeyUses, lines: readonly string[]): Promise<number> =>
  recoverUses(
    uses,
    (async function* () {
      yield* lines.toReversed()
    })(),
  )

describe('uses that were not saved', () => {
  test('are found in the audit log, of each key the newest', async () => {
    const uses = await newUses()
    const count = await recovered(uses, [
      lineOf({ id: '1', second: 1 }),
      lineOf({ id: '2', second: 2, name: 'Decrypt' }),
      lineOf({ id: '3', second: 3, name: 'ReEncrypt', keys: ['b', 'c'] }),
    ])
    assert.equal(count, 3)
    assert.deepEqual(await uses.last(rowOf('a')), {
      operation: 'Decrypt',
      atMs: startMs + 2000,
      eventId: 'event 2',
      requestId: 'request 2',
    })
    const both = await Promise.all([uses.last(rowOf('b')), uses.last(rowOf('c'))])
    for (const use of both) assert.equal(use?.eventId, 'event 3')
  })

  test('are successful cryptographic ones alone', async () => {
    const uses = await newUses()
    const notKms = { eventSource: 'iam.amazonaws.com' }
    const count = await recovered(uses, [
      lineOf({ id: '1' }),
      lineOf({ id: '2', name: 'DescribeKey' }),
      lineOf({ id: '3', more: { errorCode: 'DisabledException' } }),
      lineOf({ id: '4', more: notKms }),
      lineOf({ id: '5', keys: [] }),
      '{"half a line',
      'null',
      '[1]',
    ])
    assert.equal(count, 1)
    assert.equal((await uses.last(rowOf('a')))?.eventId, 'event 1')
  })

  test('do not count if their outcome was withheld', async () => {
    const uses = await newUses()
    const withheld = {
      errorCode: 'DisabledException',
      additionalEventData: { outcome: 'withheld' },
    }
    const count = await recovered(uses, [
      lineOf({ id: '1' }),
      lineOf({ id: '2' }),
      lineOf({ id: '2', more: withheld }),
    ])
    assert.equal(count, 1)
    assert.equal((await uses.last(rowOf('a')))?.eventId, 'event 1')
  })

  test('do not count as long as they were only intended', async () => {
    const uses = await newUses()
    const intended = { additionalEventData: { outcome: 'intended' } }
    const count = await recovered(uses, [
      lineOf({ id: '1' }),
      lineOf({ id: '2', more: intended }),
      lineOf({ id: '3', keys: ['b'], more: intended }),
    ])
    assert.equal(count, 1)
    assert.equal((await uses.last(rowOf('a')))?.eventId, 'event 1')
    assert.equal(await uses.last(rowOf('b')), undefined)
  })

  test('are not counted again where they were saved', async () => {
    const uses = await newUses()
    const use = { operation: 'Sign', atMs: startMs, eventId: 'event 1', requestId: 'r' } as const
    uses.note(rowOf('a'), use)
    uses.note(rowOf('b'), use)
    await uses.save(startMs + 500)
    const lines = [lineOf({ id: '1' }), lineOf({ id: '2', keys: ['b'] })]
    assert.equal(await recovered(uses, lines), 1)
    assert.equal((await uses.last(rowOf('a')))?.operation, 'Sign')
    assert.equal((await uses.last(rowOf('b')))?.eventId, 'event 2')
  })

  test('are looked for back to the last save, and a little further', async () => {
    const uses = await newUses()
    uses.note(rowOf('a'), { operation: 'Sign', atMs: startMs, eventId: 'e', requestId: 'r' })
    await uses.save(startMs + 600_000)
    assert.equal(await uses.unsavedFromMs(), startMs + 540_000)
    const count = await recovered(uses, [
      lineOf({ id: '1', second: 100, keys: ['before'] }),
      lineOf({ id: '2', second: 539, keys: ['border'] }),
      lineOf({ id: '3', second: 541, keys: ['slack'] }),
      lineOf({ id: '4', second: 700, keys: ['after'] }),
    ])
    assert.equal(count, 2)
    assert.equal(await uses.last(rowOf('border')), undefined)
    assert.equal((await uses.last(rowOf('slack')))?.eventId, 'event 3')
    assert.equal((await uses.last(rowOf('after')))?.eventId, 'event 4')
  })
  test('are looked for back to the second of a save at rest, and no further', async () => {
    const uses = await newUses()
    uses.note(rowOf('a'), { operation: 'Sign', atMs: startMs, eventId: 'e', requestId: 'r' })
    await uses.save(startMs + 600_900, true)
    assert.equal(await uses.unsavedFromMs(), startMs + 600_000)
    const count = await recovered(uses, [
      lineOf({ id: '1', second: 599, keys: ['before'] }),
      lineOf({ id: '2', second: 600, keys: ['after'] }),
    ])
    assert.equal(count, 1)
    assert.equal(await uses.last(rowOf('before')), undefined)
    assert.equal((await uses.last(rowOf('after')))?.eventId, 'event 2')
  })
})
