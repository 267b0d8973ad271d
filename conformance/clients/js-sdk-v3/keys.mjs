import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as kms from '@aws-sdk/client-kms'
import { account, unknownKeyId, uuid } from '../setting.mjs'
import {
  arnOf,
  bytes,
  call,
  client,
  newKey,
  refuses,
  region,
  textOf,
  tooSmall,
  unknownKey,
} from './client.mjs'

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
