import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createKey, invalid, refused, succeeded, succeededEmpty } from './expect.ts'
import { account, startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const rootMayAll = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: 'kms:*',
  Resource: '*',
}
const policyOf = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })

/** Policies that say something else than the default one, and would have to be obeyed. */
const others: Readonly<Record<string, unknown>> = {
  'a deny': policyOf({ ...rootMayAll, Effect: 'Deny' }),
  'a second statement': policyOf(rootMayAll, {
    ...rootMayAll,
    Effect: 'Deny',
    Action: 'kms:Encrypt',
  }),
  'no statement': policyOf(),
  'a condition': policyOf({ ...rootMayAll, Condition: { Bool: { 'aws:x': 'true' } } }),
  'another account': policyOf({
    ...rootMayAll,
    Principal: { AWS: 'arn:aws:iam::999999999999:root' },
  }),
  everyone: policyOf({ ...rootMayAll, Principal: '*' }),
  'a second principal': policyOf({
    ...rootMayAll,
    Principal: { AWS: [`arn:aws:iam::${account}:root`, 'arn:aws:iam::999999999999:root'] },
  }),
  'fewer actions': policyOf({ ...rootMayAll, Action: 'kms:Decrypt' }),
  'all but some actions': policyOf({
    Effect: 'Allow',
    Principal: rootMayAll.Principal,
    NotAction: 'kms:Decrypt',
    Resource: '*',
  }),
  'another resource': policyOf({ ...rootMayAll, Resource: 'arn:aws:kms:*:*:key/x' }),
  'an unknown version': { ...policyOf(rootMayAll), Version: '2026-01-01' },
  'an unknown member': { ...policyOf(rootMayAll), Extra: 1 },
}

describe('CreateKey and PutKeyPolicy', () => {
  it('decode: the default policy in its several spellings, which GetKeyPolicy gives back as written', async () => {
    const { KeyId } = await createKey(service)
    for (const policy of [
      policyOf(rootMayAll),
      { ...policyOf(), Statement: rootMayAll },
      policyOf({ ...rootMayAll, Sid: 'any', Action: ['kms:*'], Resource: ['*'] }),
      policyOf({ ...rootMayAll, Principal: { AWS: [account] } }),
    ]) {
      const Policy = JSON.stringify(policy, undefined, 1)
      succeededEmpty(await call('PutKeyPolicy', { KeyId, Policy, PolicyName: 'default' }))
      const expected = { Policy, PolicyName: 'default' }
      assert.deepEqual(succeeded(await call('GetKeyPolicy', { KeyId })), expected)
      const created = await createKey(service, { Policy })
      assert.deepEqual(succeeded(await call('GetKeyPolicy', { KeyId: created.Arn })), expected)
    }
  })

  it('refuse: every other policy, and keep the one that was', async () => {
    const { KeyId } = await createKey(service)
    const before = succeeded(await call('GetKeyPolicy', { KeyId }))
    for (const [name, policy] of Object.entries(others)) {
      const Policy = JSON.stringify(policy)
      for (const reply of [
        await call('CreateKey', { Policy }),
        await call('PutKeyPolicy', { KeyId, Policy, BypassPolicyLockoutSafetyCheck: true }),
      ]) {
        assert.equal(reply.type, 'UnsupportedOperationException', `${name}: ${reply.text}`)
        assert.equal(reply.status, 400)
      }
    }
    assert.deepEqual(succeeded(await call('GetKeyPolicy', { KeyId })), before)
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
