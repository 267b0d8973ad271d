import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { defaultPolicy } from '../../src/core/access/key-policy.ts'
import { callsAs, iamArn, keyPolicy, notAllowed } from './access/scene.ts'
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
import {
  account,
  type Answer,
  dayMs,
  region,
  startTestService,
  type TestService,
} from './harness.ts'
import { callIam, done, newUser } from './identity/query.ts'
import { said, startTicking } from './ticking.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const there = 'us-east-1'
const further = 'ap-south-1'
const at = (where: string) => ({ region: where })

const described = async (KeyId: string, where = region, by = service): Promise<KeyMetadata> =>
  succeeded(await by.call('DescribeKey', { KeyId }, at(where)))['KeyMetadata'] as KeyMetadata

const newPrimary = (input: object = {}, by: TestService = service): Promise<KeyMetadata> =>
  createKey(by, { MultiRegion: true, ...input })

const replicate = async (
  KeyId: string,
  ReplicaRegion = there,
  more: object = {},
  by: TestService = service,
): Promise<Answer> => succeeded(await by.call('ReplicateKey', { KeyId, ReplicaRegion, ...more }))

/** A key of `region` and a replica of it in each of the others. */
const newKeyIn = async (
  replicas: readonly string[] = [there],
  input: object = {},
  by: TestService = service,
): Promise<KeyMetadata> => {
  const key = await newPrimary(input, by)
  for (const replica of replicas) await replicate(key.KeyId, replica, {}, by)
  return key
}

const configuration = (
  KeyId: string,
  type: string,
  primary: string,
  replicas: readonly string[],
): object => {
  const named = (Region: string) => ({ Arn: arnOf(`key/${KeyId}`, Region), Region })
  return {
    MultiRegionKeyType: type,
    PrimaryKey: named(primary),
    ReplicaKeys: replicas.map(named),
  }
}

const notPrimary = (KeyId: string, where: string): string =>
  `${arnOf(`key/${KeyId}`, where)} is not a multi-region primary key.`

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

describe('who may replicate a key', () => {
  const statement = (Action: string, Resource = '*', Condition = {}) => ({
    Effect: 'Allow',
    Action,
    Resource,
    Condition,
  })

  it('may replicate it here, and make keys there', async () => {
    const dan = callsAs(service, await newUser(service, 'dan'))
    const setPolicy = async (...Statement: object[]): Promise<void> => {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
      const input = { UserName: 'dan', PolicyName: 'own', PolicyDocument }
      done(await callIam(service, 'PutUserPolicy', input))
    }
    const denied = (action: string, resource: string): string =>
      notAllowed(iamArn('user/dan'), action, `resource: ${resource}`)
    const { KeyId, Arn } = await newPrimary()
    const input = { KeyId, ReplicaRegion: there, Tags: [{ TagKey: 'a', TagValue: 'b' }] }
    const asked = () => dan('ReplicateKey', input)
    refused(await asked(), 'AccessDeniedException', denied('kms:ReplicateKey', Arn))
    const replicating = statement('kms:ReplicateKey', Arn, {
      StringEquals: { 'kms:ReplicaRegion': there, 'kms:MultiRegionKeyType': 'PRIMARY' },
      Bool: { 'kms:MultiRegion': 'true' },
    })
    // That one may make keys here is not enough.
    const here = statement('kms:CreateKey', '*', {
      StringEquals: { 'aws:RequestedRegion': region },
    })
    await setPolicy(replicating, here)
    refused(await asked(), 'AccessDeniedException', denied('kms:CreateKey', '*'))
    const making = statement('kms:CreateKey', '*', {
      StringEquals: {
        'aws:RequestedRegion': there,
        'kms:MultiRegionKeyType': 'REPLICA',
        'kms:KeySpec': 'SYMMETRIC_DEFAULT',
        'kms:KeyUsage': 'ENCRYPT_DECRYPT',
        'kms:KeyOrigin': 'AWS_KMS',
        'aws:RequestTag/a': 'b',
      },
      Bool: { 'kms:MultiRegion': 'true' },
    })
    await setPolicy(replicating, making)
    const tagging = denied('kms:TagResource', arnOf('key/*', there))
    refused(await asked(), 'AccessDeniedException', tagging)
    await setPolicy(replicating, making, statement('kms:TagResource', arnOf('key/*', there)))
    succeeded(await asked())
    const elsewhere = await dan('ReplicateKey', { ...input, ReplicaRegion: further })
    refused(elsewhere, 'AccessDeniedException', denied('kms:ReplicateKey', Arn))
  })

  it('makes another Region the primary with the leave of both keys', async () => {
    const eve = callsAs(service, await newUser(service, 'eve'))
    const { KeyId, Arn } = await newKeyIn()
    const replicaArn = arnOf(`key/${KeyId}`, there)
    const asked = () => eve('UpdatePrimaryRegion', { KeyId, PrimaryRegion: there })
    const action = 'kms:UpdatePrimaryRegion'
    for (const [allowed, missing] of [
      [Arn, replicaArn],
      [replicaArn, Arn],
    ] as const) {
      const Condition = { StringEquals: { 'kms:PrimaryRegion': there } }
      const Statement = [statement(action, allowed, Condition)]
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
      const input = { UserName: 'eve', PolicyName: 'own', PolicyDocument }
      done(await callIam(service, 'PutUserPolicy', input))
      const text = notAllowed(iamArn('user/eve'), action, `resource: ${missing}`)
      refused(await asked(), 'AccessDeniedException', text)
    }
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
