import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { arnOf, createKey, encrypt, refused, succeeded, succeededEmpty } from './expect.ts'
import { region } from './harness.ts'
import {
  at,
  configuration,
  further,
  notPrimary,
  openMultiRegionScene,
  there,
} from './multi-region-scene.ts'

const { service, call, described, newPrimary, newKeyIn } = await openMultiRegionScene()

describe('a multi-Region key', () => {
  it('has an id of its own form, and says that it is the primary', async () => {
    const key = await newPrimary()
    assert.match(key.KeyId, /^mrk-[0-9a-f]{32}$/)
    assert.equal(key['MultiRegion'], true)
    const expected = configuration(key.KeyId, 'PRIMARY', region, [])
    assert.deepEqual(key['MultiRegionConfiguration'], expected)
    assert.deepEqual((await described(key.KeyId))['MultiRegionConfiguration'], expected)
    const single = await createKey(service)
    assert.equal(single['MultiRegion'], false)
    assert.equal(single['MultiRegionConfiguration'], undefined)
  })
})

describe('UpdatePrimaryRegion', () => {
  it('does: makes a replica the primary, which can do all that primaries can', async () => {
    const { KeyId } = await newKeyIn([there, further])
    succeededEmpty(await call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 }))
    const blob = await encrypt(service, { KeyId })
    succeededEmpty(await call('UpdatePrimaryRegion', { KeyId, PrimaryRegion: there }))
    for (const [where, type] of [
      [region, 'REPLICA'],
      [there, 'PRIMARY'],
      [further, 'REPLICA'],
    ] as const) {
      const { KeyState, MultiRegionConfiguration } = await described(KeyId, where)
      assert.equal(KeyState, 'Enabled')
      const expected = configuration(KeyId, type, there, [region, further])
      assert.deepEqual(MultiRegionConfiguration, expected)
      succeeded(await call('Decrypt', { CiphertextBlob: blob }, at(where)))
      const status = succeeded(await call('GetKeyRotationStatus', { KeyId }, at(where)))
      assert.equal(status['RotationPeriodInDays'], 90)
    }
    const back = await call('RotateKeyOnDemand', { KeyId })
    refused(back, 'UnsupportedOperationException', notPrimary(KeyId, region))
    succeeded(await call('RotateKeyOnDemand', { KeyId }, at(there)))
    const input = { KeyId, ReplicaRegion: 'eu-west-1' }
    succeeded(await call('ReplicateKey', input, at(there)))
  })

  it('refuses: replicas, Regions without the key, and the Region that it is', async () => {
    const { KeyId, Arn } = await newKeyIn()
    const to = (PrimaryRegion: string, where = region) =>
      call('UpdatePrimaryRegion', { KeyId, PrimaryRegion }, at(where))
    const ofReplica = await to(region, there)
    refused(ofReplica, 'UnsupportedOperationException', notPrimary(KeyId, there))
    const missing = `Key '${arnOf(`key/${KeyId}`, further)}' does not exist`
    refused(await to(further), 'NotFoundException', missing)
    const already = `${Arn} is the multi-region primary key already.`
    refused(await to(region), 'UnsupportedOperationException', already)
    const single = await createKey(service)
    const ofSingle = { KeyId: single.KeyId, PrimaryRegion: there }
    const text = notPrimary(single.KeyId, region)
    refused(await call('UpdatePrimaryRegion', ofSingle), 'UnsupportedOperationException', text)
  })

  it('refuses: while either of the keys is disabled, or awaits its deletion', async () => {
    const { KeyId, Arn } = await newKeyIn()
    const asked = () => call('UpdatePrimaryRegion', { KeyId, PrimaryRegion: there })
    for (const where of [region, there]) {
      succeededEmpty(await call('DisableKey', { KeyId }, at(where)))
      const text = `${arnOf(`key/${KeyId}`, where)} is disabled.`
      refused(await asked(), 'DisabledException', text)
      succeededEmpty(await call('EnableKey', { KeyId }, at(where)))
    }
    succeeded(await call('ScheduleKeyDeletion', { KeyId }))
    const text = `${Arn} is pending replica deletion.`
    refused(await asked(), 'KMSInvalidStateException', text)
  })
})
