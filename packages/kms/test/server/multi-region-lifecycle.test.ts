import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { arnOf, encrypt, refused, succeeded, succeededEmpty } from './expect.ts'
import { auditRecords } from './files.ts'
import { dayMs, region, startTestService } from './harness.ts'
import {
  at,
  configuration,
  further,
  notPrimary,
  openMultiRegionScene,
  there,
} from './multi-region-scene.ts'
import { said, startTicking } from './ticking.ts'

const { service, call, described, replicate, newKeyIn } = await openMultiRegionScene()

describe('the rotation of a multi-Region key', () => {
  it('is asked of the primary, and holds for all', async () => {
    const { KeyId } = await newKeyIn()
    for (const name of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand'])
      refused(
        await call(name, { KeyId }, at(there)),
        'UnsupportedOperationException',
        notPrimary(KeyId, there),
      )
    succeededEmpty(await call('EnableKeyRotation', { KeyId }))
    const [here, elsewhere] = await Promise.all(
      [region, there].map(async (where) => {
        const { KeyId: arn, ...status } = succeeded(
          await call('GetKeyRotationStatus', { KeyId }, at(where)),
        )
        assert.equal(arn, arnOf(`key/${KeyId}`, where))
        return status
      }),
    )
    assert.equal(here?.['KeyRotationEnabled'], true)
    assert.deepEqual(elsewhere, here)
  })

  it('gives every Region the same material, on demand', async () => {
    const { KeyId, CurrentKeyMaterialId: old } = await newKeyIn([there, further])
    const before = auditRecords(service.directory).length
    succeeded(await call('RotateKeyOnDemand', { KeyId }))
    const events = auditRecords(service.directory).slice(before)
    assert.deepEqual(
      events.map(({ eventName }) => eventName),
      ['RotateKey', 'SynchronizeMultiRegionKey', 'RotateKeyOnDemand'],
    )
    const { CurrentKeyMaterialId: id } = await described(KeyId)
    assert.notEqual(id, old)
    const blobs: unknown[] = []
    for (const where of [region, there, further]) {
      assert.equal((await described(KeyId, where))['CurrentKeyMaterialId'], id)
      const input = { KeyId, Plaintext: 'AA==' }
      blobs.push(succeeded(await call('Encrypt', input, at(where)))['CiphertextBlob'])
    }
    for (const where of [region, there, further])
      for (const CiphertextBlob of blobs)
        succeeded(await call('Decrypt', { CiphertextBlob }, at(where)))
    const all = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
    const here = succeeded(await call('ListKeyRotations', all))
    assert.deepEqual(succeeded(await call('ListKeyRotations', all, at(there))), here)
  })

  it('comes by itself to all of them, a disabled replica too', async (t) => {
    const { service: ticking, tick } = await startTicking(t, 'keys rotated')
    const { KeyId, CurrentKeyMaterialId: old } = await newKeyIn([there], {}, ticking)
    const input = { KeyId, RotationPeriodInDays: 90 }
    succeededEmpty(await ticking.call('EnableKeyRotation', input))
    succeededEmpty(await ticking.call('DisableKey', { KeyId }, at(there)))
    ticking.clock.advance(90 * dayMs)
    await tick()
    const { CurrentKeyMaterialId: id } = await described(KeyId, region, ticking)
    assert.notEqual(id, old)
    assert.equal((await described(KeyId, there, ticking))['CurrentKeyMaterialId'], id)
  })
})

describe('the deletion of a multi-Region key', () => {
  it('waits for the last replica, and then as long as was asked for', async (t) => {
    const { service: ticking, tick } = await startTicking(t, 'keys destroyed')
    const { KeyId, Arn } = await newKeyIn([there, further], {}, ticking)
    const schedule = async (days: number, where = region) =>
      succeeded(
        await ticking.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: days }, at(where)),
      )
    assert.deepEqual(await schedule(12), {
      KeyId: Arn,
      KeyState: 'PendingReplicaDeletion',
      PendingWindowInDays: 12,
    })
    const primary = () => described(KeyId, region, ticking)
    const waiting = await primary()
    assert.equal(waiting.KeyState, 'PendingReplicaDeletion')
    assert.equal(waiting['PendingDeletionWindowInDays'], 12)
    assert.equal(waiting['DeletionDate'], undefined)
    refused(
      await ticking.call('Encrypt', { KeyId, Plaintext: 'AA==' }),
      'KMSInvalidStateException',
      `${Arn} is pending replica deletion.`,
    )
    await schedule(7, there)
    await schedule(8, further)
    ticking.clock.advance(7 * dayMs)
    await tick()
    const between = await primary()
    assert.equal(between.KeyState, 'PendingReplicaDeletion')
    const left = configuration(KeyId, 'PRIMARY', region, [further])
    assert.deepEqual(between['MultiRegionConfiguration'], left)
    ticking.clock.advance(dayMs)
    await tick()
    const alone = await primary()
    assert.equal(alone.KeyState, 'PendingDeletion')
    assert.equal(alone['DeletionDate'], (ticking.clock.nowMs() + 12 * dayMs) / 1000)
    assert.equal(alone['PendingDeletionWindowInDays'], undefined)
    ticking.clock.advance(12 * dayMs)
    await tick()
    const missing = `Key '${Arn}' does not exist`
    refused(await ticking.call('DescribeKey', { KeyId }), 'NotFoundException', missing)
  })

  it('can be cancelled while it waits for replicas', async () => {
    const { KeyId } = await newKeyIn()
    succeeded(await call('ScheduleKeyDeletion', { KeyId }))
    succeeded(await call('CancelKeyDeletion', { KeyId }))
    const { KeyState, PendingDeletionWindowInDays } = await described(KeyId)
    assert.deepEqual([KeyState, PendingDeletionWindowInDays], ['Disabled', undefined])
  })

  it('of a replica leaves the others as they are, and it can be made anew', async () => {
    await using own = await startTestService()
    const { KeyId } = await newKeyIn([there], {}, own)
    const blob = await encrypt(own, { KeyId })
    const input = { KeyId, PendingWindowInDays: 7 }
    succeeded(await own.call('ScheduleKeyDeletion', input, at(there)))
    const taken = await own.call('ReplicateKey', { KeyId, ReplicaRegion: there })
    refused(taken, 'AlreadyExistsException', `${arnOf(`key/${KeyId}`, there)} already exists.`)
    await own.stop()
    own.clock.advance(8 * dayMs)
    await using again = await own.restart()
    await said(again, 'keys destroyed')
    const opening = () => again.call('Decrypt', { CiphertextBlob: blob }, at(there))
    refused(await opening(), 'InvalidCiphertextException')
    succeeded(await again.call('Decrypt', { CiphertextBlob: blob }))
    const alone = configuration(KeyId, 'PRIMARY', region, [])
    assert.deepEqual((await described(KeyId, region, again))['MultiRegionConfiguration'], alone)
    await replicate(KeyId, there, {}, again)
    succeeded(await opening())
    await using last = await again.restart()
    succeeded(await last.call('Decrypt', { CiphertextBlob: blob }, at(there)))
  })
})
