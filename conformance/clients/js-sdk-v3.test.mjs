import assert from 'node:assert/strict'
import { after, before, describe, mock, test } from 'node:test'
import * as kms from '@aws-sdk/client-kms'
import { FetchHttpHandler } from '@smithy/fetch-http-handler'
import { operations } from '../../packages/kms/src/api/operations.ts'
import { account, credentials, setting, unknownKeyId, uuid } from './setting.mjs'

const region = 'eu-west-1'
const arnOf = (id) => `arn:aws:kms:${region}:${account}:key/${id}`
const bytes = (text) => new TextEncoder().encode(text)
const textOf = (value) => new TextDecoder().decode(value)

const done = new Set()
const refused = new Set()

const clientOf = (options = {}) =>
  new kms.KMSClient({
    endpoint: setting.plain.endpoint,
    region,
    credentials,
    maxAttempts: 1,
    ...options,
  })

const client = clientOf()
after(() => client.destroy())

/** Sends one command, and notes that the operation has been seen to succeed or to refuse. */
const call = async (name, input, by = client) => {
  const Command = kms[`${name}Command`]
  try {
    const { $metadata, ...output } = await by.send(new Command(input))
    assert.equal($metadata.httpStatusCode, 200)
    assert.match($metadata.requestId, uuid)
    done.add(name)
    return output
  } catch (error) {
    if (error instanceof kms.KMSServiceException) refused.add(name)
    throw error
  }
}

/** AWS leaves out the message of some faults; the SDK then says UnknownError. */
const refuses = async (name, input, code, message, by = client) => {
  const error = await call(name, input, by).then(
    () => assert.fail(`${name} succeeded`),
    (thrown) => thrown,
  )
  assert.equal(error.name, code, error.message)
  const type = kms[code]
  if (type !== undefined) assert.ok(error instanceof type, 'it is not of the typed class')
  assert.equal(error.$metadata.httpStatusCode, 400)
  assert.match(error.$metadata.requestId, uuid)
  if (message instanceof RegExp) assert.match(error.message, message)
  else assert.equal(error.message, message)
}

const newKey = async (input = {}) => (await call('CreateKey', input)).KeyMetadata
const noMessage = 'UnknownError'
const tooSmall = (value, at, bound) =>
  `1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: ` +
  `Member must have value greater than or equal to ${bound}`
const unknownKey = `Key '${arnOf(unknownKeyId)}' does not exist`

describe('AWS SDK for JavaScript v3: keys', () => {
  test('CreateKey and DescribeKey tell all that AWS tells of a symmetric key', async () => {
    const made = await newKey({
      Description: 'for tests ✓',
      Tags: [{ TagKey: 'team', TagValue: 'ü' }],
    })
    assert.match(made.KeyId, uuid)
    assert.match(made.CurrentKeyMaterialId, /^[0-9a-f]{64}$/)
    assert.ok(Math.abs(made.CreationDate.getTime() - Date.now()) < 60_000)
    assert.deepEqual(made, {
      AWSAccountId: account,
      KeyId: made.KeyId,
      Arn: arnOf(made.KeyId),
      CreationDate: made.CreationDate,
      Enabled: true,
      Description: 'for tests ✓',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      KeyManager: 'CUSTOMER',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      MultiRegion: false,
      CurrentKeyMaterialId: made.CurrentKeyMaterialId,
    })
    for (const KeyId of [made.KeyId, made.Arn])
      assert.deepEqual((await call('DescribeKey', { KeyId })).KeyMetadata, made)
  })

  test('CreateKey refuses specs, usages, tags and policies in the words of AWS', async () => {
    await refuses(
      'CreateKey',
      { KeySpec: 'HMAC_256' },
      'ValidationException',
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    )
    await refuses(
      'CreateKey',
      { KeySpec: 'HMAC_random', KeyUsage: 'GENERATE_VERIFY_MAC' },
      'ValidationException',
      /^1 validation error detected: Value 'HMAC_random' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: \[.*SYMMETRIC_DEFAULT.*\]$/,
    )
    await refuses(
      'CreateKey',
      { KeyUsage: 'RANDOM' },
      'ValidationException',
      /^1 validation error detected: Value 'RANDOM' at 'keyUsage' failed to satisfy constraint: Member must satisfy enum value set: \[.*ENCRYPT_DECRYPT.*\]$/,
    )
    await refuses(
      'CreateKey',
      { Tags: Array.from({ length: 51 }, (_, n) => ({ TagKey: `k${n}`, TagValue: '' })) },
      'TagException',
      'Too many tags',
    )
    const long = 'v'.repeat(257)
    await refuses(
      'CreateKey',
      { Tags: [{ TagKey: 'k', TagValue: long }] },
      'ValidationException',
      `1 validation error detected: Value '${long}' at 'tags.1.member.tagValue' failed to satisfy ` +
        'constraint: Member must have length less than or equal to 256',
    )
    const longKey = 'a'.repeat(129)
    await refuses(
      'CreateKey',
      { Tags: [{ TagKey: longKey, TagValue: 'v' }] },
      'ValidationException',
      `1 validation error detected: Value '${longKey}' at 'tags.1.member.tagKey' failed to satisfy ` +
        'constraint: Member must have length less than or equal to 128',
    )
    await refuses('CreateKey', { Policy: '{' }, 'MalformedPolicyDocumentException', /./)
  })

  test('DescribeKey refuses every wrong way to name a key in the words of AWS', async () => {
    const rows = [
      [unknownKeyId, unknownKey],
      [arnOf(unknownKeyId), unknownKey],
      ['fake-key-id', "Invalid keyId 'fake-key-id'"],
      ['134f2428cec14b25a1ae9048164dba47', "Invalid keyId '134f2428cec14b25a1ae9048164dba47'"],
      ['mrk-fake-key-id', "Invalid keyId 'mrk-fake-key-id'"],
      [`arn:aws:kms:us-west-2:${account}:key/${unknownKeyId}`, 'Invalid arn us-west-2'],
      ['alias/none', `Alias arn:aws:kms:${region}:${account}:alias/none is not found.`],
    ]
    for (const [KeyId, message] of rows)
      await refuses('DescribeKey', { KeyId }, 'NotFoundException', message)
  })

  test('a disabled key refuses to encrypt, and encrypts again once it is enabled', async () => {
    const { KeyId, Arn } = await newKey()
    const Plaintext = bytes('data')
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext })
    assert.deepEqual(await call('DisableKey', { KeyId }), {})
    const { KeyMetadata } = await call('DescribeKey', { KeyId })
    assert.equal(KeyMetadata.KeyState, 'Disabled')
    assert.equal(KeyMetadata.Enabled, false)
    const disabled = `${Arn} is disabled.`
    await refuses('Encrypt', { KeyId, Plaintext }, 'DisabledException', disabled)
    await refuses('Decrypt', { CiphertextBlob }, 'DisabledException', disabled)
    await refuses('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }, 'DisabledException', disabled)
    assert.deepEqual(await call('EnableKey', { KeyId: Arn }), {})
    const opened = await call('Decrypt', { CiphertextBlob })
    assert.equal(textOf(opened.Plaintext), 'data')
    await refuses('DisableKey', { KeyId: unknownKeyId }, 'NotFoundException', unknownKey)
    await refuses('EnableKey', { KeyId: unknownKeyId }, 'NotFoundException', unknownKey)
  })

  test('a key pending deletion refuses everything but being kept', async () => {
    const { KeyId, Arn } = await newKey()
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: bytes('kept') })
    for (const [days, bound] of [
      [6, 'greater than or equal to 7'],
      [31, 'less than or equal to 30'],
    ])
      await refuses(
        'ScheduleKeyDeletion',
        { KeyId, PendingWindowInDays: days },
        'ValidationException',
        `1 validation error detected: Value '${days}' at 'pendingWindowInDays' failed to satisfy ` +
          `constraint: Member must have value ${bound}`,
      )
    await refuses(
      'CancelKeyDeletion',
      { KeyId },
      'KMSInvalidStateException',
      `${Arn} is not pending deletion.`,
    )
    const scheduled = await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
    const { DeletionDate } = scheduled
    assert.deepEqual(scheduled, {
      KeyId: Arn,
      DeletionDate,
      KeyState: 'PendingDeletion',
      PendingWindowInDays: 7,
    })
    assert.ok(Math.abs(DeletionDate.getTime() - Date.now() - 7 * 86_400_000) < 60_000)
    const { KeyMetadata } = await call('DescribeKey', { KeyId })
    assert.equal(KeyMetadata.KeyState, 'PendingDeletion')
    assert.deepEqual(KeyMetadata.DeletionDate, DeletionDate)
    const pending = `${Arn} is pending deletion.`
    const refusals = [
      ['ScheduleKeyDeletion', { KeyId }],
      ['Encrypt', { KeyId, Plaintext: bytes('x') }],
      ['Decrypt', { CiphertextBlob }],
      ['EnableKey', { KeyId }],
      ['DisableKey', { KeyId }],
      ['UpdateKeyDescription', { KeyId, Description: 'x' }],
      ['TagResource', { KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }],
      ['UntagResource', { KeyId, TagKeys: ['a'] }],
      ['CreateAlias', { AliasName: 'alias/to-pending', TargetKeyId: KeyId }],
    ]
    for (const [name, input] of refusals)
      await refuses(name, input, 'KMSInvalidStateException', pending)
    assert.deepEqual(await call('CancelKeyDeletion', { KeyId }), { KeyId: Arn })
    const kept = await call('DescribeKey', { KeyId })
    assert.equal(kept.KeyMetadata.KeyState, 'Disabled')
    assert.equal(kept.KeyMetadata.DeletionDate, undefined)
    await call('EnableKey', { KeyId })
    assert.equal(textOf((await call('Decrypt', { CiphertextBlob })).Plaintext), 'kept')
  })

  test('a key tells whether it rotates', async () => {
    const { KeyId } = await newKey()
    const status = await call('GetKeyRotationStatus', { KeyId })
    assert.equal(status.KeyRotationEnabled, false)
    const nowhere = { KeyId: unknownKeyId }
    await refuses('GetKeyRotationStatus', nowhere, 'NotFoundException', unknownKey)
  })

  test('a description is replaced, and one that is too long refused', async () => {
    const { KeyId } = await newKey()
    assert.deepEqual(await call('UpdateKeyDescription', { KeyId, Description: 'new' }), {})
    assert.equal((await call('DescribeKey', { KeyId })).KeyMetadata.Description, 'new')
    await refuses(
      'UpdateKeyDescription',
      { KeyId, Description: 'd'.repeat(8193) },
      'ValidationException',
      /Member must have length less than or equal to 8192$/,
    )
  })

  test('ListKeys walks every page, and knows a marker that it did not make', async () => {
    const made = []
    for (let n = 0; n < 5; n += 1) made.push((await newKey()).KeyId)
    const seen = []
    for await (const page of kms.paginateListKeys({ client, pageSize: 2 }, {})) {
      assert.ok(page.Keys.length <= 2)
      assert.equal(page.Truncated, page.NextMarker !== undefined)
      for (const { KeyId, KeyArn } of page.Keys) {
        assert.equal(KeyArn, arnOf(KeyId))
        seen.push(KeyId)
      }
    }
    assert.equal(new Set(seen).size, seen.length)
    for (const id of made) assert.ok(seen.includes(id))
    await refuses('ListKeys', { Marker: 'made-up' }, 'InvalidMarkerException', /./)
    await refuses('ListKeys', { Limit: 0 }, 'ValidationException', tooSmall(0, 'limit', 1))
    const { Truncated } = await call('ListKeys', { Limit: 1000 })
    assert.equal(Truncated, false)
  })
})

describe('AWS SDK for JavaScript v3: aliases', () => {
  test('an alias is made, moved, listed and deleted, and names its key meanwhile', async () => {
    const one = await newKey()
    const two = await newKey()
    const AliasName = 'alias/v3/app'
    assert.deepEqual(await call('CreateAlias', { AliasName, TargetKeyId: one.KeyId }), {})
    const AliasArn = `arn:aws:kms:${region}:${account}:${AliasName}`
    for (const KeyId of [AliasName, AliasArn])
      assert.equal((await call('DescribeKey', { KeyId })).KeyMetadata.KeyId, one.KeyId)
    await refuses(
      'CreateAlias',
      { AliasName, TargetKeyId: two.KeyId },
      'AlreadyExistsException',
      `An alias with the name ${AliasArn} already exists`,
    )
    assert.deepEqual(await call('UpdateAlias', { AliasName, TargetKeyId: two.Arn }), {})
    const { Aliases, Truncated } = await call('ListAliases', { KeyId: two.KeyId })
    assert.equal(Truncated, false)
    const [{ CreationDate, LastUpdatedDate }] = Aliases
    assert.ok(LastUpdatedDate >= CreationDate)
    assert.deepEqual(Aliases, [
      { AliasName, AliasArn, TargetKeyId: two.KeyId, CreationDate, LastUpdatedDate },
    ])
    assert.deepEqual(await call('DeleteAlias', { AliasName }), {})
    const gone = `Alias ${AliasArn} is not found.`
    await refuses('DeleteAlias', { AliasName }, 'NotFoundException', gone)
    await refuses('UpdateAlias', { AliasName, TargetKeyId: one.KeyId }, 'NotFoundException', gone)
    await refuses('ListAliases', { KeyId: unknownKeyId }, 'NotFoundException', unknownKey)
  })

  test('ListAliases walks every page', async () => {
    const { KeyId } = await newKey()
    const names = ['alias/page/a', 'alias/page/b', 'alias/page/c']
    for (const AliasName of names) await call('CreateAlias', { AliasName, TargetKeyId: KeyId })
    const seen = []
    for await (const page of kms.paginateListAliases({ client, pageSize: 1 }, { KeyId }))
      seen.push(...page.Aliases.map((alias) => alias.AliasName))
    assert.deepEqual(seen.sort(), names)
  })

  test('CreateAlias wants a name that AWS would take, and a key', async () => {
    const { KeyId } = await newKey()
    await refuses(
      'CreateAlias',
      { AliasName: 'app', TargetKeyId: KeyId },
      'ValidationException',
      'Alias must start with the prefix "alias/". Please see ' +
        'https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
    await refuses(
      'CreateAlias',
      { AliasName: 'alias/a b', TargetKeyId: KeyId },
      'ValidationException',
      /Value 'alias\/a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
    )
    await refuses(
      'CreateAlias',
      { AliasName: 'alias/aws/mine', TargetKeyId: KeyId },
      'NotAuthorizedException',
      /./,
    )
    await refuses(
      'CreateAlias',
      { AliasName: 'alias/x', TargetKeyId: unknownKeyId },
      'NotFoundException',
      unknownKey,
    )
  })
})

describe('AWS SDK for JavaScript v3: data', () => {
  let key
  let other
  before(async () => {
    key = await newKey()
    other = await newKey()
  })

  test('what Encrypt made, Decrypt opens with the same context in any order', async () => {
    const Plaintext = crypto.getRandomValues(new Uint8Array(4096))
    const EncryptionContext = { käse: '✓', a: '1', b: '' }
    const sealed = await call('Encrypt', { KeyId: key.KeyId, Plaintext, EncryptionContext })
    const { CiphertextBlob } = sealed
    assert.ok(CiphertextBlob.length <= 6144)
    assert.deepEqual(sealed, {
      CiphertextBlob,
      KeyId: key.Arn,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    })
    const shuffled = { b: '', käse: '✓', a: '1' }
    const opened = await call('Decrypt', { CiphertextBlob, EncryptionContext: shuffled })
    assert.deepEqual(
      { ...opened, Plaintext: Buffer.from(opened.Plaintext) },
      {
        KeyId: key.Arn,
        Plaintext: Buffer.from(Plaintext),
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        KeyMaterialId: key.CurrentKeyMaterialId,
      },
    )
    for (const wrong of [undefined, {}, { a: '1' }, { ...shuffled, A: '1' }])
      await refuses(
        'Decrypt',
        { CiphertextBlob, EncryptionContext: wrong },
        'InvalidCiphertextException',
        noMessage,
      )
  })

  test('Encrypt refuses data that is too long, empty, or for a key that does not exist', async () => {
    const { KeyId } = key
    await refuses(
      'Encrypt',
      { KeyId, Plaintext: new Uint8Array(4097) },
      'ValidationException',
      "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: " +
        'Member must have length less than or equal to 4096',
    )
    await refuses(
      'Encrypt',
      { KeyId, Plaintext: new Uint8Array() },
      'ValidationException',
      "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: " +
        'Member must have length greater than or equal to 1',
    )
    await refuses(
      'Encrypt',
      { KeyId: unknownKeyId, Plaintext: bytes('x') },
      'NotFoundException',
      unknownKey,
    )
  })

  test('Decrypt refuses a changed ciphertext, and one of another key', async () => {
    const { CiphertextBlob } = await call('Encrypt', { KeyId: key.KeyId, Plaintext: bytes('x') })
    for (const at of [0, 1, 40, CiphertextBlob.length - 1]) {
      const changed = Uint8Array.from(CiphertextBlob)
      changed[at] ^= 1
      await refuses('Decrypt', { CiphertextBlob: changed }, 'InvalidCiphertextException', noMessage)
    }
    await refuses(
      'Decrypt',
      { CiphertextBlob, KeyId: other.KeyId },
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    )
    await refuses(
      'Decrypt',
      { CiphertextBlob: bytes('no ciphertext') },
      'InvalidCiphertextException',
      noMessage,
    )
  })

  test('ReEncrypt moves a ciphertext to another key and context', async () => {
    const SourceEncryptionContext = { from: 'here' }
    const DestinationEncryptionContext = { to: 'there' }
    const { CiphertextBlob } = await call('Encrypt', {
      KeyId: key.KeyId,
      Plaintext: bytes('moved'),
      EncryptionContext: SourceEncryptionContext,
    })
    const input = {
      CiphertextBlob,
      SourceEncryptionContext,
      DestinationEncryptionContext,
      DestinationKeyId: other.Arn,
    }
    const moved = await call('ReEncrypt', input)
    assert.deepEqual(moved, {
      CiphertextBlob: moved.CiphertextBlob,
      SourceKeyId: key.Arn,
      KeyId: other.Arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      SourceKeyMaterialId: key.CurrentKeyMaterialId,
      DestinationKeyMaterialId: other.CurrentKeyMaterialId,
    })
    const opened = await call('Decrypt', {
      CiphertextBlob: moved.CiphertextBlob,
      EncryptionContext: DestinationEncryptionContext,
    })
    assert.equal(textOf(opened.Plaintext), 'moved')
    await refuses(
      'ReEncrypt',
      { ...input, SourceEncryptionContext: {} },
      'InvalidCiphertextException',
      noMessage,
    )
    await refuses(
      'ReEncrypt',
      { ...input, SourceKeyId: other.KeyId },
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    )
  })

  test('a DryRun answers yes with the error that AWS uses for it', async () => {
    const would = 'The request would have succeeded, but the DryRun option is set.'
    const { KeyId } = key
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: bytes('x') })
    const rows = [
      ['Encrypt', { KeyId, Plaintext: bytes('x') }],
      ['Decrypt', { CiphertextBlob }],
      ['ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }],
      ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
      ['GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256' }],
    ]
    for (const [name, input] of rows)
      await refuses(name, { ...input, DryRun: true }, 'DryRunOperationException', would)
  })

  test('GenerateDataKey returns a key in clear and encrypted, of the length that was asked', async () => {
    const { KeyId } = key
    const rows = [
      [{ KeySpec: 'AES_128' }, 16],
      [{ KeySpec: 'AES_256' }, 32],
      [{ NumberOfBytes: 1024 }, 1024],
    ]
    for (const [wish, length] of rows) {
      const EncryptionContext = { purpose: 'data key' }
      const made = await call('GenerateDataKey', { KeyId, EncryptionContext, ...wish })
      assert.equal(made.KeyId, key.Arn)
      assert.equal(made.KeyMaterialId, key.CurrentKeyMaterialId)
      assert.equal(made.Plaintext.length, length)
      const { CiphertextBlob } = made
      const opened = await call('Decrypt', { CiphertextBlob, EncryptionContext })
      assert.deepEqual(Buffer.from(opened.Plaintext), Buffer.from(made.Plaintext))
    }
    await refuses(
      'GenerateDataKey',
      { KeyId },
      'ValidationException',
      /number of bytes or key spec/,
    )
    await refuses(
      'GenerateDataKey',
      { KeyId, NumberOfBytes: 0 },
      'ValidationException',
      tooSmall(0, 'numberOfBytes', 1),
    )
  })

  test('GenerateDataKeyWithoutPlaintext returns the encrypted form alone', async () => {
    const { KeyId } = key
    const made = await call('GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256' })
    const { CiphertextBlob } = made
    assert.deepEqual(made, {
      CiphertextBlob,
      KeyId: key.Arn,
      KeyMaterialId: key.CurrentKeyMaterialId,
    })
    assert.equal((await call('Decrypt', { CiphertextBlob })).Plaintext.length, 32)
    await refuses(
      'GenerateDataKeyWithoutPlaintext',
      { KeyId: unknownKeyId, KeySpec: 'AES_256' },
      'NotFoundException',
      unknownKey,
    )
  })

  test('GenerateRandom returns the bytes that were asked, and wants their number', async () => {
    const { Plaintext } = await call('GenerateRandom', { NumberOfBytes: 1024 })
    assert.equal(Plaintext.length, 1024)
    await refuses('GenerateRandom', {}, 'ValidationException', 'NumberOfBytes is required.')
    await refuses(
      'GenerateRandom',
      { NumberOfBytes: 0 },
      'ValidationException',
      tooSmall(0, 'numberOfBytes', 1),
    )
    await refuses(
      'GenerateRandom',
      { NumberOfBytes: 1025 },
      'ValidationException',
      "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: " +
        'Member must have value less than or equal to 1024',
    )
  })
})

describe('AWS SDK for JavaScript v3: tags and policies', () => {
  test('tags are set, changed, listed by pages and removed', async () => {
    const { KeyId } = await newKey()
    const Tags = ['a', 'b', 'c'].map((TagKey) => ({ TagKey, TagValue: `1${TagKey}` }))
    assert.deepEqual(await call('TagResource', { KeyId, Tags }), {})
    await call('TagResource', { KeyId, Tags: [{ TagKey: 'b', TagValue: '2' }] })
    await call('UntagResource', { KeyId, TagKeys: ['a', 'never-there'] })
    const seen = []
    for await (const page of kms.paginateListResourceTags({ client, pageSize: 1 }, { KeyId }))
      seen.push(...page.Tags)
    assert.deepEqual(seen, [
      { TagKey: 'b', TagValue: '2' },
      { TagKey: 'c', TagValue: '1c' },
    ])
    assert.equal((await call('ListResourceTags', { KeyId })).Truncated, false)
    const twice = [Tags[0], Tags[0]]
    await refuses('TagResource', { KeyId, Tags: twice }, 'TagException', 'Duplicate tag keys')
    await refuses(
      'TagResource',
      { KeyId, Tags: [{ TagKey: 'AWS:x', TagValue: '' }] },
      'TagException',
      'Tags beginning with aws: are reserved',
    )
    const nowhere = { KeyId: unknownKeyId }
    await refuses('UntagResource', { ...nowhere, TagKeys: ['a'] }, 'NotFoundException', unknownKey)
    await refuses('ListResourceTags', nowhere, 'NotFoundException', unknownKey)
  })

  test('a key has the default policy, and returns another one as it was given', async () => {
    const { KeyId } = await newKey()
    const first = await call('GetKeyPolicy', { KeyId, PolicyName: 'default' })
    assert.equal(first.PolicyName, 'default')
    assert.deepEqual(JSON.parse(first.Policy), {
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    })
    const Policy = first.Policy.replace('key-default-1', 'mine')
    assert.deepEqual(await call('PutKeyPolicy', { KeyId, PolicyName: 'default', Policy }), {})
    assert.equal((await call('GetKeyPolicy', { KeyId })).Policy, Policy)
    assert.deepEqual(await call('ListKeyPolicies', { KeyId }), {
      PolicyNames: ['default'],
      Truncated: false,
    })
    await refuses('GetKeyPolicy', { KeyId, PolicyName: 'x' }, 'NotFoundException', /./)
    const broken = { KeyId, Policy: 'not json' }
    await refuses('PutKeyPolicy', broken, 'MalformedPolicyDocumentException', /./)
    const nowhere = { KeyId: unknownKeyId }
    await refuses('ListKeyPolicies', nowhere, 'NotFoundException', unknownKey)
  })
})

describe('AWS SDK for JavaScript v3: the connection', () => {
  test('the handler over fetch works as well, again and again', async () => {
    const fetching = clientOf({ requestHandler: new FetchHttpHandler() })
    const { KeyId } = await newKey()
    for (let n = 0; n < 5; n += 1) {
      const Plaintext = bytes(`message ${n}`)
      const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext }, fetching)
      const opened = await call('Decrypt', { CiphertextBlob }, fetching)
      assert.equal(textOf(opened.Plaintext), `message ${n}`)
    }
    await refuses('DescribeKey', { KeyId: 'x' }, 'NotFoundException', "Invalid keyId 'x'", fetching)
  })

  test('fifty calls at once are all answered', async () => {
    const { KeyId } = await newKey()
    const texts = Array.from({ length: 50 }, (_, n) => `message ${n}`)
    const opened = await Promise.all(
      texts.map(async (text) => {
        const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: bytes(text) })
        return textOf((await call('Decrypt', { CiphertextBlob })).Plaintext)
      }),
    )
    assert.deepEqual(opened, texts)
  })

  test('a client whose clock is an hour wrong corrects itself', async () => {
    for (const wrongByMs of [-3_600_000, 3_600_000]) {
      const skewed = clientOf({ maxAttempts: 3 })
      mock.timers.enable({ apis: ['Date'], now: Date.now() + wrongByMs })
      try {
        const answer = await skewed.send(new kms.ListKeysCommand({}))
        assert.equal(answer.$metadata.attempts, 2)
      } finally {
        mock.timers.reset()
        skewed.destroy()
      }
    }
  })

  test('wrong credentials are refused', async () => {
    const wrongSecret = clientOf({ credentials: { ...credentials, secretAccessKey: 'x' } })
    await refuses(
      'ListKeys',
      {},
      'InvalidSignatureException',
      /^The request signature we calculated does not match the signature you provided\./,
      wrongSecret,
    )
    const wrongId = clientOf({
      credentials: { ...credentials, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
    })
    await refuses(
      'ListKeys',
      {},
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
      wrongId,
    )
  })

  test('every operation that is declared has been seen to succeed and to refuse', () => {
    const declared = Object.keys(operations).sort()
    assert.deepEqual([...done].sort(), declared)
    assert.deepEqual([...refused].sort(), declared)
  })
})
