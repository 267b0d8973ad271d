import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { arnOf, createKey, invalid, refused, succeeded, succeededEmpty } from './expect.ts'
import { account, dayMs, region, startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const describeKey = async (keyId: string) =>
  succeeded(await call('DescribeKey', { KeyId: keyId }))['KeyMetadata'] as Record<string, unknown>

describe('CreateKey', () => {
  it('does: makes an enabled symmetric key, and says of it what AWS says', async () => {
    const key = await createKey(service)
    const { KeyId, CurrentKeyMaterialId, ...known } = key
    assert.match(KeyId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.match(String(CurrentKeyMaterialId), /^[0-9a-f]{64}$/)
    assert.deepEqual(known, {
      AWSAccountId: account,
      Arn: arnOf(`key/${KeyId}`),
      CreationDate: service.clock.nowMs() / 1000,
      Enabled: true,
      Description: '',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      KeyManager: 'CUSTOMER',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      MultiRegion: false,
    })
    assert.deepEqual(await describeKey(KeyId), key)
  })

  it('decodes: every member that is built, and null as if it were not there', async () => {
    const key = await createKey(service, {
      Description: 'naïve \u2028 "quoted" 🔑',
      KeyUsage: 'ENCRYPT_DECRYPT',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      Origin: 'AWS_KMS',
      MultiRegion: false,
      BypassPolicyLockoutSafetyCheck: true,
      Tags: [{ TagKey: 'a', TagValue: '' }],
      KeySpec: null,
      Policy: null,
      CustomKeyStoreId: null,
      XksKeyId: null,
    })
    assert.equal(key['Description'], 'naïve \u2028 "quoted" 🔑')
  })

  it('refuses: specs, usages and origins that do not go together or are not to be had', async () => {
    const texts = {
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.': [
        { KeySpec: 'RSA_2048' },
        { CustomerMasterKeySpec: 'HMAC_256' },
      ],
      'KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT': [
        { KeyUsage: 'SIGN_VERIFY' },
      ],
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.':
        [{ KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' }],
    }
    for (const [text, inputs] of Object.entries(texts))
      for (const input of inputs)
        refused(await call('CreateKey', input), 'ValidationException', text)
    for (const unbuilt of [{ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }, { Colour: 'blue' }])
      refused(await call('CreateKey', unbuilt), 'UnsupportedOperationException', /not supported/)
  })

  it('refuses: tags that AWS refuses', async () => {
    const tag = (TagKey: string, TagValue = '') => ({ TagKey, TagValue })
    const many = Array.from({ length: 51 }, (_, n) => tag(`key-${n}`))
    refused(await call('CreateKey', { Tags: many }), 'TagException', 'Too many tags')
    refused(
      await call('CreateKey', { Tags: [tag('a'), tag('a')] }),
      'TagException',
      'Duplicate tag keys',
    )
    for (const key of ['aws:x', 'AWS:', 'aWs:y'])
      refused(
        await call('CreateKey', { Tags: [tag(key)] }),
        'TagException',
        'Tags beginning with aws: are reserved',
      )
    const key = 'k'.repeat(129)
    const value = 'v'.repeat(257)
    const tooLong = (limit: number) => `have length less than or equal to ${limit}`
    invalid(
      await call('CreateKey', { Tags: [tag(key)] }),
      ` '${key}'`,
      'tags.1.member.tagKey',
      tooLong(128),
    )
    invalid(
      await call('CreateKey', { Tags: [tag('a', value)] }),
      ` '${value}'`,
      'tags.1.member.tagValue',
      tooLong(256),
    )
  })
})

describe('EnableKey and DisableKey', () => {
  it('do: change the state, answer with nothing, and may be repeated', async () => {
    const { KeyId } = await createKey(service)
    for (const [operation, state] of [
      ['DisableKey', 'Disabled'],
      ['DisableKey', 'Disabled'],
      ['EnableKey', 'Enabled'],
      ['EnableKey', 'Enabled'],
    ] as const) {
      succeededEmpty(await call(operation, { KeyId }))
      const { KeyState, Enabled } = await describeKey(KeyId)
      assert.deepEqual([KeyState, Enabled], [state, state === 'Enabled'])
    }
  })
})

describe('ScheduleKeyDeletion and CancelKeyDeletion', () => {
  it('do: set the date of the end, and take it back; the key is Disabled then', async () => {
    const { KeyId, Arn } = await createKey(service)
    for (const [given, days] of [
      [undefined, 30],
      [7, 7],
      [30, 30],
    ] as const) {
      const DeletionDate = service.clock.nowMs() / 1000 + (days * dayMs) / 1000
      const scheduled = await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: given })
      assert.deepEqual(succeeded(scheduled), {
        KeyId: Arn,
        DeletionDate,
        KeyState: 'PendingDeletion',
        PendingWindowInDays: days,
      })
      assert.equal((await describeKey(KeyId))['DeletionDate'], DeletionDate)
      assert.deepEqual(succeeded(await call('CancelKeyDeletion', { KeyId })), { KeyId: Arn })
      const known = await describeKey(KeyId)
      assert.equal(known['KeyState'], 'Disabled')
      assert.equal('DeletionDate' in known, false)
    }
  })

  it('refuse: waiting periods outside of 7 to 30 days', async () => {
    const { KeyId } = await createKey(service)
    for (const days of [1, 6])
      invalid(
        await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: days }),
        ` '${days}'`,
        'pendingWindowInDays',
        'have value greater than or equal to 7',
      )
    invalid(
      await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 31 }),
      ` '31'`,
      'pendingWindowInDays',
      'have value less than or equal to 30',
    )
    assert.equal((await describeKey(KeyId))['KeyState'], 'Enabled')
  })
})

describe('UpdateKeyDescription', () => {
  it('does: replaces the description, an empty one too', async () => {
    const { KeyId } = await createKey(service, { Description: 'old' })
    for (const Description of ['new', '', 'd'.repeat(8192)]) {
      succeededEmpty(await call('UpdateKeyDescription', { KeyId, Description }))
      assert.equal((await describeKey(KeyId))['Description'], Description)
    }
  })
})

describe('ListKeys', () => {
  it('does: lists the keys of the Region of the call, and of no other', async () => {
    const here = await createKey(service)
    const there = await createKey(service, {}, { region: 'sa-east-1' })
    const keys = succeeded(await call('ListKeys', { Limit: 1000 }))
    assert.equal(keys['Truncated'], false)
    assert.equal('NextMarker' in keys, false)
    const list = keys['Keys'] as { KeyId: string; KeyArn: string }[]
    assert(list.some(({ KeyId, KeyArn }) => KeyId === here.KeyId && KeyArn === here.Arn))
    const elsewhere = succeeded(await call('ListKeys', {}, { region: 'sa-east-1' }))
    assert.deepEqual(elsewhere, {
      Keys: [{ KeyId: there.KeyId, KeyArn: there.Arn }],
      Truncated: false,
    })
    assert.notEqual(region, 'sa-east-1')
  })
})
