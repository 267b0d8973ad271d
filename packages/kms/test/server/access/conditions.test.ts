import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createKey, encrypt, refused, succeeded, succeededEmpty } from '../expect.ts'
import { auditRecords } from '../files.ts'
import { account, dayMs, region, startTestService } from '../harness.ts'
import { allow, at, callIam, done, newUser } from '../identity/query.ts'
import { externalKey, importInput } from '../importing.ts'
import { callsAs, iamArn, keyPolicy, newSession } from './scene.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const ann = callsAs(service, await newUser(service, 'ann'))
const userId = at(done(await callIam(service, 'GetUser', { UserName: 'ann' })), 'User', 'UserId')
done(await callIam(service, 'TagUser', { UserName: 'ann', Tags: [{ Key: 'Team', Value: 'red' }] }))
const key = await createKey(service, { Tags: [{ TagKey: 'Stage', TagValue: 'test' }] })
const { KeyId } = key
for (const AliasName of ['alias/one', 'alias/two'])
  succeededEmpty(await call('CreateAlias', { AliasName, TargetKeyId: KeyId }))
const other = await createKey(service)
const CiphertextBlob = await encrypt(service, { KeyId })
const context = { Purpose: 'test', More: 'x' }
const now = (addMs: number) => new Date(service.clock.nowMs() + addMs).toISOString()

type Case = {
  readonly operator: string
  /** A value of the condition that the call fits, and one that it does not. */
  readonly values: readonly [fits: unknown, not: unknown]
  readonly operation?: string
  readonly input?: object
  readonly headers?: Readonly<Record<string, string>>
}

const encrypting = { KeyId, Plaintext: 'AA==' }
const inContext = { ...encrypting, EncryptionContext: context }
const granting = {
  KeyId,
  GranteePrincipal: iamArn('root'),
  Operations: ['Decrypt'],
  Constraints: { EncryptionContextSubset: { a: 'b' } },
}
const tagging = { KeyId, Tags: [{ TagKey: 'New', TagValue: 'one' }] }
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
const moving = { CiphertextBlob, DestinationKeyId: KeyId }

/** Condition keys, each with a call that has a value for it. The call is Encrypt if none is named. */
const cases: readonly (readonly [key: string, Case])[] = [
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
  [
    'aws:RequestTag/new',
    { operator: 'StringEquals', values: ['one', 'two'], operation: 'TagResource', input: tagging },
  ],
  [
    'aws:TagKeys',
    {
      operator: 'ForAllValues:StringEquals',
      values: [['New'], ['Old']],
      operation: 'TagResource',
      input: tagging,
    },
  ],
  [
    'aws:TagKeys',
    {
      operator: 'ForAllValues:StringEquals',
      values: [['New'], ['Old']],
      operation: 'UntagResource',
      input: { KeyId, TagKeys: ['New'] },
    },
  ],
  [
    'aws:RequestTag/new',
    {
      operator: 'StringEquals',
      values: ['one', 'two'],
      operation: 'CreateKey',
      input: { Tags: tagging.Tags },
    },
  ],
  ['aws:ResourceTag/stage', { operator: 'StringEquals', values: ['test', 'live'] }],
  ['aws:ResourceAccount', { operator: 'StringEquals', values: [account, '999999999999'] }],
  ['aws:PrincipalArn', { operator: 'ArnLike', values: [iamArn('user/a*'), iamArn('user/b*')] }],
  ['aws:PrincipalAccount', { operator: 'StringEquals', values: [account, '999999999999'] }],
  ['aws:PrincipalTag/team', { operator: 'StringEquals', values: ['red', 'blue'] }],
  ['aws:PrincipalType', { operator: 'StringEquals', values: ['User', 'Account'] }],
  ['aws:userid', { operator: 'StringEquals', values: [userId, 'AIDAOTHER'] }],
  ['aws:username', { operator: 'StringEquals', values: ['ann', 'bea'] }],
  ['aws:SourceIp', { operator: 'IpAddress', values: ['127.0.0.0/8', '10.0.0.0/8'] }],
  ['aws:SecureTransport', { operator: 'Bool', values: ['false', 'true'] }],
  [
    'aws:UserAgent',
    {
      operator: 'StringLike',
      values: ['tester/*', 'other/*'],
      headers: { 'User-Agent': 'tester/1' },
    },
  ],
  ['aws:RequestedRegion', { operator: 'StringEquals', values: [region, 'us-west-2'] }],
  ['aws:CurrentTime', { operator: 'DateLessThan', values: [now(1000), now(-1000)] }],
  ['aws:EpochTime', { operator: 'NumericGreaterThan', values: ['1000', '99999999999'] }],
  ['aws:TokenIssueTime', { operator: 'Null', values: ['true', 'false'] }],
]

const mayIf = async (operation: string, Condition: object): Promise<void> => {
  const action =
    operation === 'ReEncrypt' ? ['kms:ReEncryptFrom', 'kms:ReEncryptTo'] : `kms:${operation}`
  const document = allow(action, '*', { Condition })
  const tags = { Effect: 'Allow', Action: 'kms:TagResource', Resource: '*' }
  const extra = operation === 'CreateKey' ? [tags] : []
  done(
    await callIam(service, 'PutUserPolicy', {
      UserName: 'ann',
      PolicyName: 'own',
      PolicyDocument: JSON.stringify({ ...document, Statement: [...document.Statement, ...extra] }),
    }),
  )
}

describe('a condition of an identity policy', () => {
  for (const [
    name,
    { operator, values, operation = 'Encrypt', input = encrypting, headers = {} },
  ] of cases)
    it(`on ${name} decides ${operation} by what the call has`, async () => {
      const [fits, not] = values
      await mayIf(operation, { [operator]: { [name]: not } })
      const reply = await ann(operation, input, { headers })
      refused(reply, 'AccessDeniedException', /no identity-based policy allows/)
      await mayIf(operation, { [operator]: { [name]: fits } })
      assert.equal((await ann(operation, input, { headers })).status, 200)
    })

  it('knows the time at which a session was opened', async () => {
    const policy = allow('kms:ListKeys', '*', {
      Condition: { DateGreaterThan: { 'aws:TokenIssueTime': now(-1000) } },
    })
    const session = callsAs(service, await newSession(service, 'timed', { policy }))
    succeeded(await session('ListKeys', {}))
  })
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

describe('the audit record of a decision', () => {
  const recordOf = (requestId: unknown) =>
    auditRecords(service.directory).find(({ requestID }) => requestID === requestId)

  it('says why it was denied, which the answer does not', async () => {
    const bea = callsAs(service, await newUser(service, 'bea', allow('kms:DisableKey')))
    const Policy = keyPolicy({
      Sid: 'no disabling',
      Effect: 'Deny',
      Principal: { AWS: iamArn('user/bea') },
      Action: 'kms:DisableKey',
    })
    const guarded = await createKey(service, { Policy })
    for (const [operation, reason] of [
      ['DisableKey', 'Denied: statement 1 (no disabling) of the key policy denies it.'],
      [
        'EnableKey',
        'Denied: no identity policy allows it (statement 0 (root) of the key policy would let one count).',
      ],
    ] as const) {
      const reply = await bea(operation, { KeyId: guarded.KeyId })
      assert.equal(reply.type, 'AccessDeniedException')
      assert.deepEqual(Object.keys(reply.json), ['__type', 'message'])
      assert.equal(reply.text.includes('no disabling'), false)
      const record = recordOf(reply.headers['x-amzn-requestid'])
      assert.equal(record?.additionalEventData?.denialReason, reason)
      assert.deepEqual(
        record?.resources?.map(({ ARN }) => ARN),
        [guarded.Arn],
      )
    }
  })

  it('names the grants that it took', async () => {
    const cid = callsAs(service, await newUser(service, 'cid'))
    const Operations = ['Encrypt', 'ReEncryptFrom', 'ReEncryptTo', 'RetireGrant']
    const grantOn = async (id: string): Promise<string> => {
      const input = { KeyId: id, GranteePrincipal: iamArn('user/cid'), Operations }
      return String(succeeded(await call('CreateGrant', input))['GrantId'])
    }
    const [from, to] = [await createKey(service), await createKey(service)]
    const [one, two] = [await grantOn(from.KeyId), await grantOn(to.KeyId)]
    const idsOf = (reply: { headers: { readonly [name: string]: unknown } }) =>
      recordOf(reply.headers['x-amzn-requestid'])?.additionalEventData?.grantIds
    const sealed = await cid('Encrypt', { KeyId: from.KeyId, Plaintext: 'AA==' })
    assert.deepEqual(idsOf(sealed), [one])
    const blob = succeeded(sealed)['CiphertextBlob']
    const moved = await cid('ReEncrypt', { CiphertextBlob: blob, DestinationKeyId: to.KeyId })
    assert.deepEqual(idsOf(moved), [one, two])
    assert.equal(moved.text.includes(one), false)
    assert.deepEqual(idsOf(await cid('RetireGrant', { KeyId: to.KeyId, GrantId: two })), [two])
    assert.equal(idsOf(await call('Encrypt', { KeyId: from.KeyId, Plaintext: 'AA==' })), undefined)
  })
})
