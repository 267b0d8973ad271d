import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { bytes, call, clientOf, newKey, refuses, region, textOf } from './client.mjs'

const ReplicaRegion = 'ca-west-1'
const there = clientOf({ region: ReplicaRegion })
after(() => there.destroy())

const inReplicaRegion = (arn) => arn.replace(region, ReplicaRegion)
const stateThere = async (KeyId) => (await call('DescribeKey', { KeyId }, there)).KeyMetadata

describe('AWS SDK for JavaScript v3: multi-Region keys', () => {
  test('what is encrypted in one Region decrypts in the other', async () => {
    const { KeyId, Arn } = await newKey({ MultiRegion: true })
    assert.match(KeyId, /^mrk-[0-9a-f]{32}$/)
    const Tags = [{ TagKey: 'team', TagValue: 'far' }]
    const made = await call('ReplicateKey', { KeyId, ReplicaRegion, Tags })
    const replicaArn = inReplicaRegion(Arn)
    assert.equal(made.ReplicaKeyMetadata.Arn, replicaArn)
    assert.deepEqual(made.ReplicaTags, Tags)
    const { MultiRegionConfiguration } = await stateThere(KeyId)
    assert.deepEqual(MultiRegionConfiguration, {
      MultiRegionKeyType: 'REPLICA',
      PrimaryKey: { Arn, Region: region },
      ReplicaKeys: [{ Arn: replicaArn, Region: ReplicaRegion }],
    })
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: bytes('far') })
    const opened = await call('Decrypt', { CiphertextBlob }, there)
    assert.equal(opened.KeyId, replicaArn)
    assert.equal(textOf(opened.Plaintext), 'far')
    await refuses('ReplicateKey', { KeyId, ReplicaRegion }, 'AlreadyExistsException', /./)
  })

  test('the rotation of the primary is that of its replicas', async () => {
    const { KeyId } = await newKey({ MultiRegion: true })
    await call('ReplicateKey', { KeyId, ReplicaRegion })
    await call('RotateKeyOnDemand', { KeyId })
    const { KeyMetadata } = await call('DescribeKey', { KeyId })
    const replica = await stateThere(KeyId)
    assert.equal(replica.CurrentKeyMaterialId, KeyMetadata.CurrentKeyMaterialId)
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: bytes('x') }, there)
    assert.equal(textOf((await call('Decrypt', { CiphertextBlob })).Plaintext), 'x')
  })

  test('a replica becomes the primary', async () => {
    const { KeyId, Arn } = await newKey({ MultiRegion: true })
    const PrimaryRegion = ReplicaRegion
    const none = { KeyId, PrimaryRegion }
    await refuses('UpdatePrimaryRegion', none, 'NotFoundException', /./)
    await call('ReplicateKey', { KeyId, ReplicaRegion })
    assert.deepEqual(await call('UpdatePrimaryRegion', { KeyId, PrimaryRegion }), {})
    const { MultiRegionConfiguration } = await stateThere(KeyId)
    assert.equal(MultiRegionConfiguration.MultiRegionKeyType, 'PRIMARY')
    await refuses(
      'ReplicateKey',
      { KeyId, ReplicaRegion: 'eu-north-1' },
      'UnsupportedOperationException',
      `${Arn} is not a multi-region primary key.`,
    )
  })
})
