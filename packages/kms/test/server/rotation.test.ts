import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { readDatabase } from './database.ts'
import {
  createKey,
  encrypt,
  invalid,
  type KeyMetadata,
  refused,
  succeeded,
  succeededEmpty,
} from './expect.ts'
import { auditRecords } from './files.ts'
import { account, type Answer, dayMs, startTestService, type TestService } from './harness.ts'
import { said, startTicking } from './ticking.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

/** What the log says when keys were rotated. */
const done = 'keys rotated'

const status = async (KeyId: string, by: TestService = service): Promise<Answer> =>
  succeeded(await by.call('GetKeyRotationStatus', { KeyId }))

const off = (Arn: string): Answer => ({ KeyRotationEnabled: false, KeyId: Arn })
const on = (Arn: string, days: number, next: number): Answer => ({
  KeyRotationEnabled: true,
  KeyId: Arn,
  RotationPeriodInDays: days,
  NextRotationDate: next / 1000,
})

type Entry = {
  readonly KeyMaterialId: string
  readonly KeyMaterialState: string
  readonly RotationDate?: number
  readonly RotationType?: string
}

const rotations = async (
  KeyId: string,
  more: object = {},
  by: TestService = service,
): Promise<readonly Entry[]> =>
  succeeded(await by.call('ListKeyRotations', { KeyId, ...more }))['Rotations'] as Entry[]

const all = { IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }

const described = async (KeyId: string, by: TestService = service): Promise<KeyMetadata> =>
  succeeded(await by.call('DescribeKey', { KeyId }))['KeyMetadata'] as KeyMetadata
const materialId = async (KeyId: string, by: TestService = service): Promise<string> =>
  String((await described(KeyId, by))['CurrentKeyMaterialId'])

const enable = async (KeyId: string, RotationPeriodInDays?: number, by = service): Promise<void> =>
  succeededEmpty(await by.call('EnableKeyRotation', { KeyId, RotationPeriodInDays }))
const rotate = async (KeyId: string, by: TestService = service): Promise<Answer> =>
  succeeded(await by.call('RotateKeyOnDemand', { KeyId }))

const names = ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand'] as const

describe('operations of rotation', () => {
  it('decode: periods from 90 to 2560 days', async () => {
    const { KeyId } = await createKey(service)
    const asked = (RotationPeriodInDays: number) =>
      call('EnableKeyRotation', { KeyId, RotationPeriodInDays })
    const least = 'have value greater than or equal to 90'
    invalid(await asked(89), " '89'", 'rotationPeriodInDays', least)
    const most = 'have value less than or equal to 2560'
    invalid(await asked(2561), " '2561'", 'rotationPeriodInDays', most)
    for (const days of [90, 2560]) {
      succeededEmpty(await asked(days))
      assert.equal((await status(KeyId))['RotationPeriodInDays'], days)
    }
  })

  for (const name of names)
    it(`refuse: ${name} of a key that is disabled, or awaits its deletion, before all else`, async () => {
      for (const input of [{}, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }]) {
        const { KeyId, Arn } = await createKey(service, input)
        succeededEmpty(await call('DisableKey', { KeyId }))
        refused(await call(name, { KeyId }), 'DisabledException', `${Arn} is disabled.`)
        succeeded(await call('ScheduleKeyDeletion', { KeyId }))
        const text = `${Arn} is pending deletion.`
        refused(await call(name, { KeyId }), 'KMSInvalidStateException', text)
      }
    })

  for (const name of [...names, 'ListKeyRotations'])
    it(`refuse: ${name} of keys that have one material for life, without a word`, async () => {
      for (const input of [
        { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
        { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
      ]) {
        const { KeyId } = await createKey(service, input)
        refused(await call(name, { KeyId }), 'UnsupportedOperationException')
      }
    })

  it('refuse: automatic rotation of imported material', async () => {
    const { KeyId, Arn } = await createKey(service, { Origin: 'EXTERNAL' })
    const text = `${Arn} origin is EXTERNAL which is not valid for this operation.`
    for (const name of ['EnableKeyRotation', 'DisableKeyRotation'])
      refused(await call(name, { KeyId }), 'UnsupportedOperationException', text)
    const pending = await call('RotateKeyOnDemand', { KeyId })
    refused(pending, 'KMSInvalidStateException', `${Arn} is pending import.`)
    assert.deepEqual(await status(KeyId), off(Arn))
    assert.deepEqual(await rotations(KeyId, all), [])
  })

  it('tell of keys that do not rotate that they do not', async () => {
    const { KeyId, Arn } = await createKey(service, {
      KeySpec: 'HMAC_256',
      KeyUsage: 'GENERATE_VERIFY_MAC',
    })
    assert.deepEqual(await status(KeyId), off(Arn))
  })
})

describe('EnableKeyRotation and DisableKeyRotation', () => {
  it('do: switch rotation on, a year from now unless told otherwise, and off', async () => {
    const { KeyId, Arn } = await createKey(service)
    assert.deepEqual(await status(KeyId), off(Arn))
    const fromNow = (days: number) => service.clock.nowMs() + days * dayMs
    await enable(KeyId)
    assert.deepEqual(await status(KeyId), on(Arn, 365, fromNow(365)))
    const asBefore = fromNow(365)
    service.clock.advance(1000)
    await enable(KeyId)
    assert.deepEqual(await status(KeyId), on(Arn, 365, asBefore))
    await enable(KeyId, 100)
    assert.deepEqual(await status(KeyId), on(Arn, 100, fromNow(100)))
    succeededEmpty(await call('DisableKeyRotation', { KeyId }))
    succeededEmpty(await call('DisableKeyRotation', { KeyId }))
    assert.deepEqual(await status(KeyId), off(Arn))
  })

  it('do: keep the status of a disabled key, and hide it while a key awaits its deletion', async () => {
    const { KeyId, Arn } = await createKey(service)
    await enable(KeyId, 90)
    const expected = on(Arn, 90, service.clock.nowMs() + 90 * dayMs)
    succeededEmpty(await call('DisableKey', { KeyId }))
    assert.deepEqual(await status(KeyId), expected)
    succeeded(await call('ScheduleKeyDeletion', { KeyId }))
    assert.deepEqual(await status(KeyId), off(Arn))
    succeeded(await call('CancelKeyDeletion', { KeyId }))
    assert.deepEqual(await status(KeyId), expected)
  })
})

describe('RotateKeyOnDemand', () => {
  it('does: gives a key new material, and what it encrypted before decrypts', async () => {
    const key = await createKey(service)
    const { KeyId, Arn } = key
    const old = { blob: await encrypt(service, { KeyId }), id: await materialId(KeyId) }
    assert.deepEqual(await rotate(KeyId), { KeyId: Arn })
    const id = await materialId(KeyId)
    assert.notEqual(id, old.id)
    const fresh = { blob: await encrypt(service, { KeyId }), id }
    for (const { blob, id: expected } of [old, fresh]) {
      const opened = succeeded(await call('Decrypt', { CiphertextBlob: blob, KeyId }))
      assert.equal(opened['KeyMaterialId'], expected)
    }
    const made = succeeded(await call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }))
    assert.equal(made['KeyMaterialId'], id)
    const input = { CiphertextBlob: old.blob, DestinationKeyId: KeyId }
    const moved = succeeded(await call('ReEncrypt', input))
    assert.equal(moved['SourceKeyMaterialId'], old.id)
    assert.equal(moved['DestinationKeyMaterialId'], id)
    const { CurrentKeyMaterialId: _, ...others } = await described(KeyId)
    const { CurrentKeyMaterialId: __, ...before } = key
    assert.deepEqual(others, before)
  })

  it('does: leaves the schedule of automatic rotations alone', async () => {
    const { KeyId, Arn } = await createKey(service)
    await enable(KeyId, 180)
    const expected = on(Arn, 180, service.clock.nowMs() + 180 * dayMs)
    await rotate(KeyId)
    assert.deepEqual(await status(KeyId), expected)
  })

  it('does: tells of the call and of the rotation, in the audit log', async () => {
    const { KeyId, Arn } = await createKey(service)
    const previousKeyMaterialId = await materialId(KeyId)
    const before = auditRecords(service.directory).length
    await rotate(KeyId)
    const currentKeyMaterialId = await materialId(KeyId)
    const [event, record] = auditRecords(service.directory).slice(before)
    assert.equal(event?.eventName, 'RotateKey')
    assert.equal(event?.eventType, 'AwsServiceEvent')
    assert.deepEqual(event?.userIdentity, { accountId: account, invokedBy: 'AWS Internal' })
    assert.deepEqual(event?.serviceEventDetails, {
      rotationType: 'ON_DEMAND',
      keyOrigin: 'AWS_KMS',
      previousKeyMaterialId,
      currentKeyMaterialId,
      keyId: KeyId,
    })
    assert.equal(record?.eventName, 'RotateKeyOnDemand')
    assert.deepEqual(record?.requestParameters, { keyId: KeyId })
    assert.deepEqual(record?.responseElements, { keyId: Arn })
    const [seq = 0, next = 0] = [event, record].map((each) => each?.additionalEventData?.changeSeq)
    assert.equal(next, seq + 1)
  })

  it('refuses: more than 25 rotations of a key; automatic ones do not count', async (t) => {
    const { service: ticking, tick } = await startTicking(t, done)
    const { KeyId, Arn } = await createKey(ticking)
    const first = await encrypt(ticking, { KeyId })
    await enable(KeyId, 90, ticking)
    ticking.clock.advance(90 * dayMs)
    await tick()
    for (let n = 0; n < 25; n += 1) await rotate(KeyId, ticking)
    refused(
      await ticking.call('RotateKeyOnDemand', { KeyId }),
      'LimitExceededException',
      'The on-demand rotations limit has been reached for the given keyId. ' +
        `No more on-demand rotations can be performed for this key: ${Arn}`,
    )
    ticking.clock.advance(90 * dayMs)
    await tick()
    assert.equal((await rotations(KeyId, {}, ticking)).length, 27)
    succeeded(await ticking.call('Decrypt', { CiphertextBlob: first }))
  })

  it('refuses: more than the operator allows', async () => {
    await using own = await startTestService({ quotas: { onDemandRotationsPerKey: 1 } })
    const { KeyId } = await createKey(own)
    await rotate(KeyId, own)
    const second = await own.call('RotateKeyOnDemand', { KeyId })
    refused(second, 'LimitExceededException', /limit has been reached for the given keyId/)
  })
})

describe('ListKeyRotations', () => {
  it('decodes: what to include, limits and markers', async () => {
    const { KeyId } = await createKey(service)
    for (let n = 0; n < 4; n += 1) await rotate(KeyId)
    const expected = await rotations(KeyId, all)
    assert.equal(expected.length, 5)
    const pages: Entry[] = []
    let Marker: unknown
    do {
      const page = succeeded(await call('ListKeyRotations', { KeyId, ...all, Limit: 2, Marker }))
      pages.push(...(page['Rotations'] as Entry[]))
      Marker = page['NextMarker']
      assert.equal(page['Truncated'], Marker !== undefined)
    } while (Marker !== undefined)
    assert.deepEqual(pages, expected)
    const { NextMarker } = succeeded(await call('ListKeyRotations', { KeyId, ...all, Limit: 2 }))
    const other = await call('ListKeyRotations', { KeyId, Marker: NextMarker })
    refused(other, 'InvalidMarkerException', 'The marker is not valid.')
    const values = 'ALL_KEY_MATERIAL, ROTATIONS_ONLY'
    const wrong = await call('ListKeyRotations', { KeyId, IncludeKeyMaterial: 'SOME' })
    const constraint = `satisfy enum value set: [${values}]`
    invalid(wrong, " 'SOME'", 'includeKeyMaterial', constraint)
  })

  it('does: lists rotations, or all material, the oldest first', async () => {
    const { KeyId } = await createKey(service)
    const first = await materialId(KeyId)
    assert.deepEqual(succeeded(await call('ListKeyRotations', { KeyId })), {
      Rotations: [],
      Truncated: false,
    })
    assert.deepEqual(await rotations(KeyId, all), [
      { KeyId, KeyMaterialId: first, KeyMaterialState: 'CURRENT' },
    ])
    const atMs: number[] = []
    const ids: string[] = []
    for (let n = 0; n < 2; n += 1) {
      service.clock.advance(1500)
      atMs.push(service.clock.nowMs())
      await rotate(KeyId)
      ids.push(await materialId(KeyId))
    }
    const listed = ids.map((KeyMaterialId, index) => ({
      KeyId,
      KeyMaterialId,
      KeyMaterialState: index === 1 ? 'CURRENT' : 'NON_CURRENT',
      RotationDate: (atMs[index] ?? 0) / 1000,
      RotationType: 'ON_DEMAND',
    }))
    assert.deepEqual(await rotations(KeyId), listed)
    assert.deepEqual(await rotations(KeyId, { IncludeKeyMaterial: 'ROTATIONS_ONLY' }), listed)
    assert.deepEqual(await rotations(KeyId, all), [
      { KeyId, KeyMaterialId: first, KeyMaterialState: 'NON_CURRENT' },
      ...listed,
    ])
  })

  it('does: keeps the order of rotations within a millisecond', async () => {
    const { KeyId } = await createKey(service)
    const ids = [await materialId(KeyId)]
    for (let n = 0; n < 5; n += 1) {
      await rotate(KeyId)
      ids.push(await materialId(KeyId))
    }
    assert.deepEqual(
      (await rotations(KeyId, all)).map(({ KeyMaterialId }) => KeyMaterialId),
      ids,
    )
  })
})

describe('automatic rotation', () => {
  it('comes when it is due, again and again, and the audit log tells of it', async (t) => {
    const { service: ticking, tick } = await startTicking(t, done)
    const { KeyId, Arn } = await createKey(ticking)
    const other = await createKey(ticking)
    const startMs = ticking.clock.nowMs()
    await enable(KeyId, 90, ticking)
    const ids = [await materialId(KeyId, ticking)]
    const blobs = [await encrypt(ticking, { KeyId })]
    for (const period of [1, 2, 3]) {
      ticking.clock.advance(90 * dayMs)
      await tick()
      ids.push(await materialId(KeyId, ticking))
      blobs.push(await encrypt(ticking, { KeyId }))
      const next = startMs + (period + 1) * 90 * dayMs
      assert.deepEqual(await status(KeyId, ticking), on(Arn, 90, next))
    }
    for (const [index, CiphertextBlob] of blobs.entries()) {
      const opened = succeeded(await ticking.call('Decrypt', { CiphertextBlob }))
      assert.equal(opened['KeyMaterialId'], ids[index])
    }
    assert.equal(await materialId(other.KeyId, ticking), other['CurrentKeyMaterialId'])
    const listed = await rotations(KeyId, {}, ticking)
    assert.deepEqual(
      listed.map(({ RotationDate, RotationType }) => [RotationDate, RotationType]),
      [1, 2, 3].map((period) => [(startMs + period * 90 * dayMs) / 1000, 'AUTOMATIC']),
    )
    const events = auditRecords(ticking.directory).filter(
      ({ eventName }) => eventName === 'RotateKey',
    )
    assert.equal(events.length, 3)
    const { eventType, serviceEventDetails, resources } = events[2] ?? {}
    assert.equal(eventType, 'AwsServiceEvent')
    assert.deepEqual(serviceEventDetails, {
      rotationType: 'AUTOMATIC',
      keyOrigin: 'AWS_KMS',
      previousKeyMaterialId: ids[2],
      currentKeyMaterialId: ids[3],
      keyId: KeyId,
    })
    assert.deepEqual(resources, [{ accountId: account, type: 'AWS::KMS::Key', ARN: Arn }])
  })

  it('waits while a key is disabled, and comes late when it is enabled again', async (t) => {
    const { service: ticking, tick } = await startTicking(t, done)
    const { KeyId, Arn } = await createKey(ticking)
    const other = await createKey(ticking)
    await enable(KeyId, 90, ticking)
    await enable(other.KeyId, 100, ticking)
    const id = await materialId(KeyId, ticking)
    succeededEmpty(await ticking.call('DisableKey', { KeyId }))
    ticking.clock.advance(100 * dayMs)
    // The other key shows that the service has looked.
    await tick()
    assert.equal(await materialId(KeyId, ticking), id)
    succeededEmpty(await ticking.call('EnableKey', { KeyId }))
    await tick()
    assert.notEqual(await materialId(KeyId, ticking), id)
    const next = ticking.clock.nowMs() + 90 * dayMs
    assert.deepEqual(await status(KeyId, ticking), on(Arn, 90, next))
  })

  it('does not come while a key awaits its deletion, nor after it was switched off', async (t) => {
    const { service: ticking, tick } = await startTicking(t, done)
    const [doomed, stopped, other] = [
      await createKey(ticking),
      await createKey(ticking),
      await createKey(ticking),
    ]
    for (const { KeyId } of [doomed, stopped, other]) await enable(KeyId, 90, ticking)
    ticking.clock.advance(89 * dayMs)
    succeeded(await ticking.call('ScheduleKeyDeletion', { KeyId: doomed.KeyId }))
    succeededEmpty(await ticking.call('DisableKeyRotation', { KeyId: stopped.KeyId }))
    ticking.clock.advance(dayMs)
    await tick()
    succeeded(await ticking.call('CancelKeyDeletion', { KeyId: doomed.KeyId }))
    for (const { KeyId, CurrentKeyMaterialId } of [doomed, stopped])
      assert.equal(await materialId(KeyId, ticking), CurrentKeyMaterialId)
    assert.notEqual(await materialId(other.KeyId, ticking), other['CurrentKeyMaterialId'])
  })

  it('comes at the next start, if the service was down', async () => {
    await using own = await startTestService()
    const { KeyId, Arn } = await createKey(own)
    await enable(KeyId, 90, own)
    const CiphertextBlob = await encrypt(own, { KeyId })
    const id = await materialId(KeyId, own)
    await own.stop()
    own.clock.advance(300 * dayMs)
    await using again = await own.restart()
    await said(again, done)
    assert.notEqual(await materialId(KeyId, again), id)
    const next = again.clock.nowMs() + 90 * dayMs
    assert.deepEqual(await status(KeyId, again), on(Arn, 90, next))
    succeeded(await again.call('Decrypt', { CiphertextBlob }))
  })

  it('ends with the key: nothing of its rotation stays', async () => {
    await using own = await startTestService()
    const { KeyId, Arn } = await createKey(own)
    await enable(KeyId, 90, own)
    await rotate(KeyId, own)
    succeeded(await own.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }))
    await own.stop()
    own.clock.advance(100 * dayMs)
    await using again = await own.restart()
    await said(again, 'keys destroyed')
    const missing = `Key '${Arn}' does not exist`
    refused(await again.call('GetKeyRotationStatus', { KeyId }), 'NotFoundException', missing)
    const { database } = again.directory
    for (const [table, tbl] of [
      ['secret_entity', 'material'],
      ['entity', 'key_rotation'],
    ] as const)
      assert.deepEqual(readDatabase(database, `select id from ${table} where tbl = ?`, tbl), [])
  })
})
