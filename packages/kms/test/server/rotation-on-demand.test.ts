import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKey, encrypt, refused, succeeded } from './expect.ts'
import { auditRecords } from './files.ts'
import { account, dayMs, startTestService } from './harness.ts'
import { done, on, openRotationScene } from './rotation-scene.ts'
import { startTicking } from './ticking.ts'

const { service, call, status, rotations, described, materialId, enable, rotate } =
  await openRotationScene()

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
