import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as kms from '@aws-sdk/client-kms'
import { unknownKeyId } from '../setting.mjs'
import { bytes, call, client, newKey, noMessage, refuses, textOf, unknownKey } from './client.mjs'

const dayMs = 86_400_000

describe('AWS SDK for JavaScript v3: rotation', () => {
  test('automatic rotation is switched on, told of, and switched off', async () => {
    const { KeyId, Arn } = await newKey()
    const RotationPeriodInDays = 90
    assert.deepEqual(await call('EnableKeyRotation', { KeyId, RotationPeriodInDays }), {})
    const { NextRotationDate, ...status } = await call('GetKeyRotationStatus', { KeyId })
    assert.deepEqual(status, { KeyId: Arn, KeyRotationEnabled: true, RotationPeriodInDays })
    assert.ok(Math.abs(NextRotationDate.getTime() - Date.now() - 90 * dayMs) < 60_000)
    assert.deepEqual(await call('DisableKeyRotation', { KeyId }), {})
    const off = { KeyId: Arn, KeyRotationEnabled: false }
    assert.deepEqual(await call('GetKeyRotationStatus', { KeyId }), off)
  })

  test('a key has new material at once, and what it encrypted before decrypts', async () => {
    const { KeyId, Arn, CurrentKeyMaterialId } = await newKey()
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: bytes('old') })
    for (let n = 0; n < 3; n += 1)
      assert.deepEqual(await call('RotateKeyOnDemand', { KeyId }), { KeyId: Arn })
    const opened = await call('Decrypt', { CiphertextBlob })
    assert.equal(textOf(opened.Plaintext), 'old')
    assert.equal(opened.KeyMaterialId, CurrentKeyMaterialId)
    const rotations = []
    const input = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
    for await (const page of kms.paginateListKeyRotations({ client, pageSize: 2 }, input))
      rotations.push(...page.Rotations)
    assert.deepEqual(
      rotations.map((each) => [each.KeyMaterialState, each.RotationType]),
      [
        ['NON_CURRENT', undefined],
        ['NON_CURRENT', 'ON_DEMAND'],
        ['NON_CURRENT', 'ON_DEMAND'],
        ['CURRENT', 'ON_DEMAND'],
      ],
    )
    assert.equal(rotations[0].KeyMaterialId, CurrentKeyMaterialId)
    assert.equal((await call('ListKeyRotations', { KeyId })).Rotations.length, 3)
  })

  test('keys that have one material for life refuse to rotate', async () => {
    const { KeyId } = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
    const names = ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand']
    for (const name of [...names, 'ListKeyRotations'])
      await refuses(name, { KeyId }, 'UnsupportedOperationException', noMessage)
  })
})

describe('AWS SDK for JavaScript v3: the last use of a key', () => {
  test('GetKeyLastUsage names the last success, and its request', async () => {
    const { KeyId, CreationDate } = await newKey()
    const never = await call('GetKeyLastUsage', { KeyId })
    assert.deepEqual(never.KeyLastUsage, {})
    const input = { KeyId, Plaintext: bytes('x') }
    const { $metadata } = await client.send(new kms.EncryptCommand(input))
    const { KeyLastUsage, ...others } = await call('GetKeyLastUsage', { KeyId })
    assert.deepEqual(others, {
      KeyId,
      TrackingStartDate: CreationDate,
      KeyCreationDate: CreationDate,
    })
    assert.equal(KeyLastUsage.Operation, 'Encrypt')
    assert.equal(KeyLastUsage.KmsRequestId, $metadata.requestId)
    const nowhere = { KeyId: unknownKeyId }
    await refuses('GetKeyLastUsage', nowhere, 'NotFoundException', unknownKey)
  })
})
