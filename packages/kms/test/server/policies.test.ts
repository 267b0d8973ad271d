import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { arnOf, createKey, invalid, refused, succeeded, succeededEmpty } from './expect.ts'
import { account, startTestService } from './harness.ts'
import { callIam, done, newUser } from './identity/query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const iamArn = (resource: string): string => `arn:aws:iam::${account}:${resource}`
const rootMayAll = {
  Effect: 'Allow',
  Principal: { AWS: iamArn('root') },
  Action: 'kms:*',
  Resource: '*',
}
const policyOf = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })

await newUser(service, 'ann')
done(await callIam(service, 'CreateUser', { UserName: 'team-member', Path: '/team/' }))

/** Policies of many kinds, all of which let the root put another. */
const accepted: Readonly<Record<string, object>> = {
  'the default one': policyOf(rootMayAll),
  'a lone statement': { ...policyOf(), Statement: rootMayAll },
  lists: policyOf({ ...rootMayAll, Sid: 'a b', Action: ['kms:*'], Resource: ['*'] }),
  'an account by its number': policyOf({ ...rootMayAll, Principal: { AWS: [account] } }),
  'the older version': { ...policyOf(rootMayAll), Version: '2008-10-17', Id: 'named' },
  'a Deny': policyOf(rootMayAll, {
    ...rootMayAll,
    Effect: 'Deny',
    Action: 'kms:Encrypt',
  }),
  'a condition': policyOf(rootMayAll, {
    ...rootMayAll,
    Principal: '*',
    Condition: { StringEquals: { 'kms:EncryptionContext:app': 'one' } },
  }),
  users: policyOf(rootMayAll, {
    ...rootMayAll,
    Principal: { AWS: [iamArn('user/ann'), iamArn('user/team/team-member')] },
    Action: 'kms:Decrypt',
  }),
  'all but some actions': policyOf({
    Effect: 'Allow',
    Principal: rootMayAll.Principal,
    NotAction: 'kms:Decrypt',
    Resource: '*',
  }),
  'a service of AWS': policyOf(rootMayAll, {
    ...rootMayAll,
    Principal: { Service: 's3.amazonaws.com' },
  }),
  'a statement without actions, which AWS takes and which does nothing': policyOf(rootMayAll, {
    Effect: 'Deny',
    Principal: '*',
    Resource: '*',
  }),
}

const noPrincipal = 'Policy contains a statement with one or more invalid principals.'
const lockout = 'The new key policy will not allow you to update the key policy in the future.'
/** Policies that are refused, and what is said of them. */
const malformed: Readonly<Record<string, readonly [policy: object, text: string]>> = {
  'a user that does not exist': [
    policyOf(rootMayAll, { ...rootMayAll, Principal: { AWS: iamArn('user/nobody') } }),
    noPrincipal,
  ],
  'a user without its path': [
    policyOf(rootMayAll, { ...rootMayAll, Principal: { AWS: iamArn('user/team-member') } }),
    noPrincipal,
  ],
  'a user in other letters': [
    policyOf(rootMayAll, { ...rootMayAll, Principal: { AWS: iamArn('user/Ann') } }),
    noPrincipal,
  ],
  'a role that does not exist': [
    policyOf(rootMayAll, { ...rootMayAll, Principal: { AWS: iamArn('role/none') } }),
    noPrincipal,
  ],
  'an account that does not exist': [
    policyOf(rootMayAll, { ...rootMayAll, Principal: { AWS: '999999999999' } }),
    noPrincipal,
  ],
  'a group': [
    policyOf(rootMayAll, { ...rootMayAll, Principal: { AWS: iamArn('group/g') } }),
    noPrincipal,
  ],
  'a pattern for a principal': [
    policyOf(rootMayAll, { ...rootMayAll, Principal: { AWS: iamArn('user/*') } }),
    noPrincipal,
  ],
  'no principal': [
    policyOf({ Effect: 'Allow', Action: 'kms:*', Resource: '*' }),
    'Policy contains a statement with no principal.',
  ],
  'no statement': [policyOf(), 'Policy contains no statement.'],
  'an unknown version': [
    { ...policyOf(rootMayAll), Version: '2026-01-01' },
    'Policy contains an unknown version.',
  ],
  'an unknown member': [{ ...policyOf(rootMayAll), Extra: 1 }, 'Policy contains a syntax error.'],
  'a policy that denies its author': [policyOf({ ...rootMayAll, Effect: 'Deny' }), lockout],
  'a policy that lets its author do too little': [
    policyOf({ ...rootMayAll, Action: 'kms:Decrypt' }),
    lockout,
  ],
  'a policy for somebody else': [
    policyOf({ ...rootMayAll, Principal: { AWS: iamArn('user/ann') } }),
    lockout,
  ],
  'a policy of another key': [
    policyOf({ ...rootMayAll, Resource: arnOf('key/00000000-0000-4000-8000-000000000000') }),
    lockout,
  ],
}

describe('CreateKey and PutKeyPolicy', () => {
  it('decode: policies of every kind, which GetKeyPolicy gives back as they were put', async () => {
    const { KeyId } = await createKey(service)
    for (const [name, policy] of Object.entries(accepted)) {
      const Policy = JSON.stringify(policy, undefined, 1)
      succeededEmpty(await call('PutKeyPolicy', { KeyId, Policy, PolicyName: 'default' }))
      const expected = { Policy, PolicyName: 'default' }
      assert.deepEqual(succeeded(await call('GetKeyPolicy', { KeyId })), expected, name)
      const created = await createKey(service, { Policy })
      assert.deepEqual(succeeded(await call('GetKeyPolicy', { KeyId: created.Arn })), expected)
    }
  })

  it('refuse: policies that cannot be obeyed, and keep the one that was', async () => {
    const { KeyId } = await createKey(service)
    const before = succeeded(await call('GetKeyPolicy', { KeyId }))
    for (const [policy, text] of Object.values(malformed)) {
      const Policy = JSON.stringify(policy)
      for (const reply of [
        await call('CreateKey', { Policy }),
        await call('PutKeyPolicy', { KeyId, Policy }),
      ])
        refused(reply, 'MalformedPolicyDocumentException', text)
    }
    assert.deepEqual(succeeded(await call('GetKeyPolicy', { KeyId })), before)
  })

  it('do: a policy that locks its author out, if the author insists', async () => {
    const { KeyId } = await createKey(service)
    const Policy = JSON.stringify(policyOf({ ...rootMayAll, Action: 'kms:Decrypt' }))
    const insisting = { Policy, BypassPolicyLockoutSafetyCheck: true }
    const created = await createKey(service, insisting)
    succeededEmpty(await call('PutKeyPolicy', { KeyId, ...insisting }))
    for (const each of [KeyId, created.KeyId])
      refused(
        await call('PutKeyPolicy', { KeyId: each, ...insisting }),
        'AccessDeniedException',
        `User: ${iamArn('root')} is not authorized to perform: kms:PutKeyPolicy on resource: ` +
          `${arnOf(`key/${each}`)} because no resource-based policy allows the kms:PutKeyPolicy action`,
      )
  })

  it('refuse: a text that names a member twice, of which readers would see different ones', async () => {
    const statement = JSON.stringify(rootMayAll)
    const twice = `{"Version":"2012-10-17","Statement":[],"Statement":[${statement}]}`
    const reply = await call('CreateKey', { Policy: twice })
    refused(reply, 'MalformedPolicyDocumentException', /./)
  })

  it('refuse: what is no policy at all', async () => {
    const { KeyId } = await createKey(service)
    for (const Policy of ['x', '{', '[]', '1', 'null', '"text"'])
      refused(
        await call('PutKeyPolicy', { KeyId, Policy }),
        'MalformedPolicyDocumentException',
        /./,
      )
    const padded = JSON.stringify(policyOf(rootMayAll)).padEnd(32_769)
    refused(
      await call('PutKeyPolicy', { KeyId, Policy: padded }),
      'LimitExceededException',
      /32768/,
    )
    succeededEmpty(await call('PutKeyPolicy', { KeyId, Policy: padded.slice(0, 32_768) }))
  })

  it('refuse: any policy name but default', async () => {
    const { KeyId } = await createKey(service)
    const named = { KeyId, PolicyName: 'Default' }
    const text = 'No such policy exists'
    refused(await call('GetKeyPolicy', named), 'NotFoundException', text)
    const Policy = JSON.stringify(policyOf(rootMayAll))
    refused(await call('PutKeyPolicy', { ...named, Policy }), 'NotFoundException', text)
    invalid(
      await call('GetKeyPolicy', { KeyId, PolicyName: 'a b' }),
      " 'a b'",
      'policyName',
      'satisfy regular expression pattern: [\\w]+',
    )
  })
})

describe('GetKeyPolicy', () => {
  it('does: gives back the default policy in AWS words, of the partition of the Region', async () => {
    for (const [region, partition] of [
      ['eu-west-3', 'aws'],
      ['cn-north-1', 'aws-cn'],
      ['us-gov-west-1', 'aws-us-gov'],
    ] as const) {
      const { KeyId } = await createKey(service, {}, { region })
      const { Policy } = succeeded(await call('GetKeyPolicy', { KeyId }, { region }))
      assert.deepEqual(JSON.parse(String(Policy)), {
        Version: '2012-10-17',
        Id: 'key-default-1',
        Statement: [
          {
            Sid: 'Enable IAM User Permissions',
            Effect: 'Allow',
            Principal: { AWS: `arn:${partition}:iam::${account}:root` },
            Action: 'kms:*',
            Resource: '*',
          },
        ],
      })
    }
  })
})

describe('ListKeyPolicies', () => {
  it('does: lists the one name', async () => {
    const { KeyId } = await createKey(service)
    const expected = { PolicyNames: ['default'], Truncated: false }
    assert.deepEqual(succeeded(await call('ListKeyPolicies', { KeyId, Limit: 1 })), expected)
  })
})
