import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultPolicy } from '../../src/core/access/key-policy.ts'
import { keyPolicy } from './access/scene.ts'
import {
  arnOf,
  createKey,
  encrypt,
  type KeyMetadata,
  refused,
  succeeded,
  succeededEmpty,
} from './expect.ts'
import { auditRecords } from './files.ts'
import { account, region } from './harness.ts'
import {
  at,
  configuration,
  further,
  notPrimary,
  openMultiRegionScene,
  there,
} from './multi-region-scene.ts'

const { service, call, described, newPrimary, replicate, newKeyIn } = await openMultiRegionScene()

describe('ReplicateKey', () => {
  it('decodes: a Region, a policy, a description and tags', async () => {
    const { KeyId } = await newPrimary({
      Description: 'primary',
      Tags: [{ TagKey: 'of', TagValue: 'primary' }],
    })
    const Policy = keyPolicy({ Principal: { AWS: account }, Sid: 'more' })
    const Tags = [{ TagKey: 'of', TagValue: 'replica' }]
    const more = { Policy, Description: 'replica', Tags }
    const { ReplicaKeyMetadata, ReplicaPolicy, ReplicaTags } = await replicate(KeyId, there, more)
    assert.equal(ReplicaPolicy, Policy)
    assert.deepEqual(ReplicaTags, Tags)
    assert.equal((ReplicaKeyMetadata as KeyMetadata)['Description'], 'replica')
    const read = succeeded(await call('GetKeyPolicy', { KeyId }, at(there)))
    assert.equal(read['Policy'], Policy)
    const listed = succeeded(await call('ListResourceTags', { KeyId }, at(there)))
    assert.deepEqual(listed['Tags'], Tags)
    assert.equal((await described(KeyId))['Description'], 'primary')
  })

  it('does: answers with a key that is being created, whose policy is the default one', async () => {
    const primary = await newPrimary({ Description: 'primary' })
    const { KeyId } = primary
    service.clock.advance(1000)
    const { CurrentKeyMaterialId, ...shared } = primary
    assert.deepEqual(await replicate(KeyId), {
      ReplicaKeyMetadata: {
        ...shared,
        Arn: arnOf(`key/${KeyId}`, there),
        CreationDate: service.clock.nowMs() / 1000,
        Enabled: false,
        KeyState: 'Creating',
        Description: '',
        MultiRegionConfiguration: configuration(KeyId, 'REPLICA', region, [there]),
      },
      ReplicaPolicy: defaultPolicy({ region: there, account }),
      ReplicaTags: [],
    })
    const replica = await described(KeyId, there)
    assert.equal(replica.KeyState, 'Enabled')
    assert.equal(replica['CurrentKeyMaterialId'], CurrentKeyMaterialId)
    await replicate(KeyId, further)
    for (const [where, type] of [
      [region, 'PRIMARY'],
      [there, 'REPLICA'],
      [further, 'REPLICA'],
    ] as const)
      assert.deepEqual(
        (await described(KeyId, where))['MultiRegionConfiguration'],
        configuration(KeyId, type, region, [there, further]),
      )
  })

  it('does: makes ciphertexts decrypt in each of the Regions, older ones too', async () => {
    const { KeyId } = await newPrimary()
    const blobs = [await encrypt(service, { KeyId })]
    succeeded(await call('RotateKeyOnDemand', { KeyId }))
    blobs.push(await encrypt(service, { KeyId }))
    const before = await call('Decrypt', { CiphertextBlob: blobs[0] }, at(there))
    refused(before, 'InvalidCiphertextException')
    await replicate(KeyId)
    const EncryptionContext = { from: 'there' }
    const made = await call('Encrypt', { KeyId, Plaintext: 'AA==', EncryptionContext }, at(there))
    for (const where of [region, there]) {
      for (const CiphertextBlob of blobs) {
        const opened = succeeded(await call('Decrypt', { CiphertextBlob }, at(where)))
        assert.equal(opened['KeyId'], arnOf(`key/${KeyId}`, where))
      }
      const CiphertextBlob = succeeded(made)['CiphertextBlob']
      succeeded(await call('Decrypt', { CiphertextBlob, EncryptionContext }, at(where)))
    }
    const missing = await call('Decrypt', { CiphertextBlob: blobs[0] }, at(further))
    refused(missing, 'InvalidCiphertextException')
  })

  it('does: shares signing keys and MAC keys as well', async () => {
    const pair = await newKeyIn([there], { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
    const signing = { KeyId: pair.KeyId, Message: 'AA==', SigningAlgorithm: 'ECDSA_SHA_256' }
    const { Signature } = succeeded(await call('Sign', signing, at(there)))
    succeeded(await call('Verify', { ...signing, Signature }))
    const keys = await Promise.all(
      [region, there].map((where) => call('GetPublicKey', { KeyId: pair.KeyId }, at(where))),
    )
    assert.equal(keys[0]?.json['PublicKey'], keys[1]?.json['PublicKey'])
    const mac = await newKeyIn([there], { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
    const making = { KeyId: mac.KeyId, Message: 'AA==', MacAlgorithm: 'HMAC_SHA_256' }
    const { Mac } = succeeded(await call('GenerateMac', making))
    succeeded(await call('VerifyMac', { ...making, Mac }, at(there)))
  })

  it('does: leaves state, description, tags and aliases to each Region', async () => {
    const { KeyId } = await newKeyIn()
    const blob = await encrypt(service, { KeyId })
    succeededEmpty(await call('DisableKey', { KeyId }))
    const changed = { KeyId, Description: 'changed' }
    succeededEmpty(await call('UpdateKeyDescription', changed))
    const tagging = { KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }
    succeededEmpty(await call('TagResource', tagging))
    succeededEmpty(await call('CreateAlias', { AliasName: 'alias/here', TargetKeyId: KeyId }))
    succeeded(await call('Decrypt', { CiphertextBlob: blob }, at(there)))
    const replica = await described(KeyId, there)
    assert.deepEqual([replica.KeyState, replica['Description']], ['Enabled', ''])
    const tags = succeeded(await call('ListResourceTags', { KeyId }, at(there)))
    assert.deepEqual(tags['Tags'], [])
    const byAlias = await call('DescribeKey', { KeyId: 'alias/here' }, at(there))
    const noAlias = `Alias ${arnOf('alias/here', there)} is not found.`
    refused(byAlias, 'NotFoundException', noAlias)
  })

  it('does: tells of the call here, and of the new key there, in the audit log', async () => {
    const { KeyId, Arn } = await newPrimary()
    const before = auditRecords(service.directory).length
    await replicate(KeyId)
    const [event, record] = auditRecords(service.directory).slice(before)
    assert.deepEqual([event?.eventName, event?.awsRegion], ['CreateKey', there])
    assert.equal(event?.eventType, 'AwsServiceEvent')
    assert.deepEqual(event?.serviceEventDetails, { keyId: KeyId, primaryKeyArn: Arn })
    assert.deepEqual([record?.eventName, record?.awsRegion], ['ReplicateKey', region])
    assert.deepEqual(record?.requestParameters, { keyId: KeyId, replicaRegion: there })
  })

  it('refuses: keys that are no multi-Region primaries', async () => {
    const { KeyId } = await newKeyIn()
    const input = { KeyId, ReplicaRegion: further }
    const ofReplica = await call('ReplicateKey', input, at(there))
    refused(ofReplica, 'UnsupportedOperationException', notPrimary(KeyId, there))
    const single = await createKey(service)
    const ofSingle = await call('ReplicateKey', { ...input, KeyId: single.KeyId })
    refused(ofSingle, 'UnsupportedOperationException', notPrimary(single.KeyId, region))
  })

  it('refuses: Regions that have the key already, that are of another partition, or none', async () => {
    const { KeyId } = await newKeyIn()
    const to = (ReplicaRegion: string) => call('ReplicateKey', { KeyId, ReplicaRegion })
    for (const taken of [there, region]) {
      const text = `${arnOf(`key/${KeyId}`, taken)} already exists.`
      refused(await to(taken), 'AlreadyExistsException', text)
    }
    for (const other of ['cn-north-1', 'us-gov-west-1', 'mars-north-1']) {
      const text = `The Region ${other} is not one of this service.`
      refused(await to(other), 'ValidationException', text)
    }
  })

  it('refuses: a policy that locks its author out, and tags that no key can have', async () => {
    const { KeyId } = await newPrimary()
    const input = { KeyId, ReplicaRegion: there }
    const statement = { Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:Encrypt' }
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ ...statement, Resource: '*' }],
    })
    refused(
      await call('ReplicateKey', { ...input, Policy }),
      'MalformedPolicyDocumentException',
      'The new key policy will not allow you to update the key policy in the future.',
    )
    const Tags = [{ TagKey: 'aws:a', TagValue: '' }]
    const reserved = 'Tags beginning with aws: are reserved'
    refused(await call('ReplicateKey', { ...input, Tags }), 'TagException', reserved)
    await replicate(KeyId, there, { Policy, BypassPolicyLockoutSafetyCheck: true })
  })
})
