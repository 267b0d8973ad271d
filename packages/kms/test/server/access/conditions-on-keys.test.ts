import { describe, it } from 'node:test'
import { createKey, encrypt, refused, succeeded } from '../expect.ts'
import { account } from '../harness.ts'
import { type ConditionCase, openConditionScene } from './condition-scene.ts'
import { keyPolicy } from './scene.ts'

const { service, call, KeyId, encrypting, decides } = await openConditionScene()
const other = await createKey(service)
const CiphertextBlob = await encrypt(service, { KeyId })
const context = { Purpose: 'test', More: 'x' }
const inContext = { ...encrypting, EncryptionContext: context }
const moving = { CiphertextBlob, DestinationKeyId: KeyId }

/** Condition keys about a KMS key and its use. */
const cases: readonly ConditionCase[] = [
  [
    'kms:EncryptionContext:purpose',
    { operator: 'StringEquals', values: ['test', 'Test'], input: inContext },
  ],
  [
    'kms:EncryptionContextKeys',
    {
      operator: 'ForAllValues:StringEquals',
      values: [['Purpose', 'More'], ['Purpose']],
      input: inContext,
    },
  ],
  [
    'kms:EncryptionAlgorithm',
    { operator: 'StringEquals', values: ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1'] },
  ],
  [
    'kms:RequestAlias',
    {
      operator: 'StringEquals',
      values: ['alias/one', 'alias/two'],
      input: { ...encrypting, KeyId: 'alias/one' },
    },
  ],
  [
    'kms:ResourceAliases',
    { operator: 'ForAnyValue:StringEquals', values: ['alias/two', 'alias/three'] },
  ],
  ['kms:KeySpec', { operator: 'StringEquals', values: ['SYMMETRIC_DEFAULT', 'RSA_2048'] }],
  ['kms:KeyUsage', { operator: 'StringEquals', values: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'] }],
  ['kms:KeyOrigin', { operator: 'StringEquals', values: ['AWS_KMS', 'EXTERNAL'] }],
  ['kms:MultiRegion', { operator: 'Bool', values: ['false', 'true'] }],
  ['kms:MultiRegionKeyType', { operator: 'Null', values: ['true', 'false'] }],
  [
    'kms:KeySpec',
    {
      operator: 'StringEquals',
      values: ['SYMMETRIC_DEFAULT', 'RSA_2048'],
      operation: 'CreateKey',
      input: {},
    },
  ],
  ['kms:ViaService', { operator: 'Null', values: ['true', 'false'] }],
  ['kms:CallerAccount', { operator: 'StringEquals', values: [account, '999999999999'] }],
  [
    'kms:ReEncryptOnSameKey',
    { operator: 'Bool', values: ['true', 'false'], operation: 'ReEncrypt', input: moving },
  ],
  [
    'kms:ReEncryptOnSameKey',
    {
      operator: 'Bool',
      values: ['false', 'true'],
      operation: 'ReEncrypt',
      input: { ...moving, DestinationKeyId: other.KeyId },
    },
  ],
  [
    'kms:ReEncryptOnSameKey',
    {
      operator: 'Bool',
      values: ['true', 'false'],
      operation: 'ReEncrypt',
      input: { ...moving, SourceKeyId: 'alias/one' },
    },
  ],
]

describe('a condition of an identity policy', () => {
  decides(cases)
})

describe('a condition of a key policy', () => {
  it('decides for everyone whom it names, the root of the account too', async () => {
    const Policy = keyPolicy({
      Effect: 'Deny',
      Principal: '*',
      Action: 'kms:Encrypt',
      Condition: { StringNotEquals: { 'kms:EncryptionContext:purpose': 'backup' } },
    })
    const guarded = await createKey(service, { Policy })
    const input = { KeyId: guarded.KeyId, Plaintext: 'AA==' }
    succeeded(await call('Encrypt', { ...input, EncryptionContext: { Purpose: 'backup' } }))
    for (const EncryptionContext of [{}, { purpose: 'other' }])
      refused(
        await call('Encrypt', { ...input, EncryptionContext }),
        'AccessDeniedException',
        /with an explicit deny in a resource-based policy$/,
      )
  })

  it('takes two keys of a context that differ by case alone for the worse', async () => {
    const Policy = keyPolicy({
      Effect: 'Deny',
      Principal: '*',
      Action: 'kms:Encrypt',
      Condition: { StringEquals: { 'kms:EncryptionContext:a': 'secret' } },
    })
    const guarded = await createKey(service, { Policy })
    const input = { KeyId: guarded.KeyId, Plaintext: 'AA==' }
    for (const EncryptionContext of [
      { a: 'secret', A: 'x' },
      { A: 'secret', a: 'x' },
    ])
      refused(
        await call('Encrypt', { ...input, EncryptionContext }),
        'AccessDeniedException',
        /deny/,
      )
    succeeded(await call('Encrypt', { ...input, EncryptionContext: { a: 'x', A: 'y' } }))
  })
})
