import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readDatabase } from './database.ts'
import { createKey, encrypt, refused, succeeded, succeededEmpty } from './expect.ts'
import { auditRecords } from './files.ts'
import { account, dayMs, startTestService } from './harness.ts'
import { done, on, openRotationScene } from './rotation-scene.ts'
import { said, startTicking } from './ticking.ts'

const { status, rotations, materialId, enable, rotate } = await openRotationScene()

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
