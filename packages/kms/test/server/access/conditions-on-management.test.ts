import { describe, it } from 'node:test'
import { createKey, refused, succeeded } from '../expect.ts'
import { dayMs } from '../harness.ts'
import { allow, newUser } from '../identity/query.ts'
import { externalKey, importInput } from '../importing.ts'
import { type ConditionCase, openConditionScene } from './condition-scene.ts'
import { callsAs, iamArn } from './scene.ts'

const { service, KeyId, now, decides } = await openConditionScene()
const other = await createKey(service)
const granting = {
  KeyId,
  GranteePrincipal: iamArn('root'),
  Operations: ['Decrypt'],
  Constraints: { EncryptionContextSubset: { a: 'b' } },
}
const external = await externalKey(service)
const wrapping = {
  KeyId: external.KeyId,
  WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
  WrappingKeySpec: 'RSA_2048',
}
const importing = await importInput(service, external, Buffer.alloc(32, 7), {
  members: {
    ExpirationModel: 'KEY_MATERIAL_EXPIRES',
    ValidTo: (service.clock.nowMs() + 7 * dayMs) / 1000,
  },
})

/** Condition keys about grants, policies, deletion and imports. */
const cases: readonly ConditionCase[] = [
  [
    'kms:GranteePrincipal',
    {
      operator: 'StringLike',
      values: [iamArn('*'), iamArn('user/*')],
      operation: 'CreateGrant',
      input: granting,
    },
  ],
  [
    'kms:RetiringPrincipal',
    {
      operator: 'StringEquals',
      values: [iamArn('root'), iamArn('user/ann')],
      operation: 'CreateGrant',
      input: { ...granting, RetiringPrincipal: iamArn('root') },
    },
  ],
  [
    'kms:GrantOperations',
    {
      operator: 'ForAllValues:StringEquals',
      values: [['Decrypt', 'Encrypt'], ['Encrypt']],
      operation: 'CreateGrant',
      input: granting,
    },
  ],
  [
    'kms:GrantConstraintType',
    {
      operator: 'StringEquals',
      values: ['EncryptionContextSubset', 'EncryptionContextEquals'],
      operation: 'CreateGrant',
      input: granting,
    },
  ],
  [
    'kms:GrantIsForAWSResource',
    { operator: 'Bool', values: ['false', 'true'], operation: 'CreateGrant', input: granting },
  ],
  [
    'kms:BypassPolicyLockoutSafetyCheck',
    {
      operator: 'Bool',
      values: ['true', 'false'],
      operation: 'CreateKey',
      input: { BypassPolicyLockoutSafetyCheck: true },
    },
  ],
  [
    'kms:ScheduleKeyDeletionPendingWindowInDays',
    {
      operator: 'NumericGreaterThanEquals',
      values: ['30', '31'],
      operation: 'ScheduleKeyDeletion',
      input: { KeyId: other.KeyId },
    },
  ],
  [
    'kms:WrappingAlgorithm',
    {
      operator: 'StringEquals',
      values: ['RSAES_OAEP_SHA_256', 'RSAES_OAEP_SHA_1'],
      operation: 'GetParametersForImport',
      input: wrapping,
    },
  ],
  [
    'kms:WrappingKeySpec',
    {
      operator: 'StringEquals',
      values: ['RSA_2048', 'RSA_4096'],
      operation: 'GetParametersForImport',
      input: wrapping,
    },
  ],
  [
    'kms:ExpirationModel',
    {
      operator: 'StringEquals',
      values: ['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'],
      operation: 'ImportKeyMaterial',
      input: importing,
    },
  ],
  [
    'kms:ValidTo',
    {
      operator: 'DateLessThan',
      values: [now(8 * dayMs), now(6 * dayMs)],
      operation: 'ImportKeyMaterial',
      input: importing,
    },
  ],
]

describe('a condition of an identity policy', () => {
  decides(cases)
})

describe('kms:GrantConstraintType', () => {
  it('has no value for a subset that every context has', async () => {
    const Condition = { StringEquals: { 'kms:GrantConstraintType': 'EncryptionContextSubset' } }
    const policy = allow('kms:CreateGrant', '*', { Condition })
    const eve = callsAs(service, await newUser(service, 'eve', policy))
    const within = (EncryptionContextSubset: object) => ({
      ...granting,
      Constraints: { EncryptionContextSubset },
    })
    succeeded(await eve('CreateGrant', within({ a: 'b' })))
    refused(await eve('CreateGrant', within({})), 'AccessDeniedException', /eve/)
  })
})
