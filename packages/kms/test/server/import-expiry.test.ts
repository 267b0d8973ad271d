import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { refused, succeeded, succeededEmpty } from './expect.ts'
import { auditRecords, filesWith } from './files.ts'
import { account, dayMs, startTestService, type TestService } from './harness.ts'
import {
  importedKey,
  newMaterial,
  requireLacking,
  requireWorking,
  wrappedOf,
} from './imported-keys.ts'
import { describeKey, importMaterial } from './importing.ts'
import { said, startTicking } from './ticking.ts'

/** What the log says when material has expired. */
const done = 'expired key material erased'

describe('imported material whose time is over', () => {
  const until = ({ clock }: TestService, days: number) => ({
    ValidTo: (clock.nowMs() + days * dayMs) / 1000,
  })

  it('is used by nobody from that instant on, and is erased from every file', async (t) => {
    const { service: own, tick } = await startTicking(t, done)
    const other = await importedKey(own)
    const imported = await importedKey(own, until(own, 7))
    const { key, material, KeyMaterialId } = imported
    const [wrapped = ''] = wrappedOf(own, key)
    own.clock.advance(7 * dayMs - 1)
    await requireWorking(own, imported)
    own.clock.advance(1)
    await requireLacking(own, imported)
    assert.notDeepEqual(filesWith(own, wrapped), [])
    await tick()
    assert.deepEqual(filesWith(own, wrapped), [])
    await requireLacking(own, imported)
    await requireWorking(own, other)
    const events = auditRecords(own.directory).filter(
      ({ eventName }) => eventName === 'DeleteExpiredKeyMaterial',
    )
    assert.equal(events.length, 1)
    const { eventType, serviceEventDetails, resources, userIdentity } = events[0] ?? {}
    assert.equal(eventType, 'AwsServiceEvent')
    assert.deepEqual(serviceEventDetails, { keyId: key.KeyId, keyMaterialId: KeyMaterialId })
    assert.deepEqual(resources, [{ accountId: account, type: 'AWS::KMS::Key', ARN: key.Arn }])
    assert.deepEqual(userIdentity, { accountId: account, invokedBy: 'AWS Internal' })
    succeeded(await importMaterial(own, key, material))
    await requireWorking(own, imported)
  })

  it('is back before it is erased, if it is imported in between', async (t) => {
    const { service: own, tick } = await startTicking(t, done)
    const imported = await importedKey(own, until(own, 7))
    const doomed = await importedKey(own, until(own, 7))
    own.clock.advance(7 * dayMs)
    succeeded(await importMaterial(own, imported.key, imported.material))
    await requireWorking(own, imported)
    await tick()
    await requireWorking(own, imported)
    await requireLacking(own, doomed)
  })

  it('is erased at the next start, if the service was down', async () => {
    await using own = await startTestService()
    const imported = await importedKey(own, until(own, 7))
    const [wrapped = ''] = wrappedOf(own, imported.key)
    await own.stop()
    own.clock.advance(8 * dayMs)
    await using again = await own.restart()
    await said(again, done)
    assert.deepEqual(filesWith(again, wrapped), [])
    await requireLacking(again, imported)
  })

  it('leaves a change that was made after its time as it is', async (t) => {
    const { service: own, tick } = await startTicking(t, done)
    const imported = await importedKey(own, until(own, 7))
    const { KeyId } = imported.key
    own.clock.advance(7 * dayMs)
    succeededEmpty(await own.call('UpdateKeyDescription', { KeyId, Description: 'late' }))
    await tick()
    await requireLacking(own, imported)
    assert.equal((await describeKey(own, imported.key))['Description'], 'late')
    assert.deepEqual(wrappedOf(own, imported.key), [])
  })

  it('goes while its key awaits deletion, which goes on', async (t) => {
    const { service: own, tick } = await startTicking(t, done)
    const imported = await importedKey(own, until(own, 7))
    const { KeyId } = imported.key
    succeeded(await own.call('ScheduleKeyDeletion', { KeyId }))
    own.clock.advance(7 * dayMs)
    await tick()
    assert.equal((await describeKey(own, imported.key)).KeyState, 'PendingDeletion')
    assert.deepEqual(wrappedOf(own, imported.key), [])
    succeeded(await own.call('CancelKeyDeletion', { KeyId }))
    await requireLacking(own, imported)
  })

  it('is forgotten if it only waited for its rotation', async (t) => {
    const { service: own, tick } = await startTicking(t, done)
    const imported = await importedKey(own)
    const { key } = imported
    const members = { ...until(own, 7), ImportType: 'NEW_KEY_MATERIAL' }
    const late = randomBytes(32)
    succeeded(await importMaterial(own, key, late, { members }))
    own.clock.advance(7 * dayMs)
    refused(
      await own.call('RotateKeyOnDemand', { KeyId: key.KeyId }),
      'KMSInvalidStateException',
      `No available key material pending rotation for the key: ${key.Arn}.`,
    )
    await tick()
    await requireWorking(own, imported)
    assert.equal(wrappedOf(own, key).length, 1)
    succeeded(await importMaterial(own, key, late, { members: newMaterial }))
  })

  it('waits no more while other material has taken its place', async (t) => {
    const { service: own } = await startTicking(t, done)
    const { key } = await importedKey(own)
    const late = randomBytes(32)
    const members = { ...until(own, 7), ImportType: 'NEW_KEY_MATERIAL' }
    succeeded(await importMaterial(own, key, late, { members }))
    own.clock.advance(7 * dayMs)
    const other = succeeded(
      await importMaterial(own, key, randomBytes(32), { members: newMaterial }),
    )['KeyMaterialId']
    const again = { ...until(own, 7), ImportType: 'EXISTING_KEY_MATERIAL' }
    refused(
      await importMaterial(own, key, late, { members: again }),
      'KMSInvalidStateException',
      new RegExp(`because another key material \\(id: ${String(other)}\\) is pending rotation`),
    )
  })
})
