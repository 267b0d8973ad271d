import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { account, startTestService } from '../harness.ts'
import { allow, at, callIam, done, items, newUser, refusedBy, trust } from './query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const call = (action: string, params: object = {}) => callIam(service, action, { ...params })
const trustPolicy = trust(account)
const create = (RoleName: string, more: object = {}) =>
  call('CreateRole', { RoleName, AssumeRolePolicyDocument: trustPolicy, ...more })
const notFound = (name: string) => `The role with name ${name} cannot be found.`

describe('roles', () => {
  it('are made, and read with more than a new one is answered with', async () => {
    const Tags = [{ Key: 'k', Value: 'v' }]
    const made = done(
      await create('maker', {
        Path: '/a/b/',
        Description: 'makes',
        MaxSessionDuration: 7200,
        Tags,
      }),
    )
    const role = {
      Path: '/a/b/',
      RoleName: 'maker',
      RoleId: at(made, 'Role', 'RoleId'),
      Arn: `arn:aws:iam::${account}:role/a/b/maker`,
      CreateDate: '2026-11-24T12:00:00Z',
      AssumeRolePolicyDocument: encodeURIComponent(trustPolicy).replaceAll('*', '%2A'),
    }
    assert.match(role.RoleId, /^AROA[A-Z2-7]{17}$/)
    assert.deepEqual(at(made, 'Role'), { ...role, Tags: { member: Tags } })
    const more = { Description: 'makes', MaxSessionDuration: '7200' }
    assert.deepEqual(at(done(await call('GetRole', { RoleName: 'maker' })), 'Role'), {
      ...role,
      ...more,
      Tags: { member: Tags },
      RoleLastUsed: '',
    })
    const listed = items(done(await call('ListRoles', { PathPrefix: '/a/' })), 'Roles')
    assert.deepEqual(listed, [{ ...role, ...more }])
  })

  it('have names that are taken whatever the case of letters', async () => {
    done(await create('Cased'))
    refusedBy(
      await create('cased'),
      'EntityAlreadyExistsException',
      'Role with name cased already exists.',
    )
    refusedBy(await call('GetRole', { RoleName: 'cased' }), 'NoSuchEntityException')
  })

  it('change: description, duration, trust and tags', async () => {
    const RoleName = 'changing'
    done(await create(RoleName))
    const role = async () => at(done(await call('GetRole', { RoleName })), 'Role') as unknown
    done(await call('UpdateRole', { RoleName, Description: 'one', MaxSessionDuration: 43200 }))
    done(await call('UpdateRole', { RoleName }))
    const updated = done(await call('UpdateRoleDescription', { RoleName, Description: 'two' }))
    assert.equal(at(updated, 'Role', 'Description'), 'two')
    const other = trust({ Service: 'ec2.amazonaws.com' })
    done(await call('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: other }))
    done(await call('TagRole', { RoleName, Tags: [{ Key: 'x', Value: 'y' }] }))
    const { Description, MaxSessionDuration, AssumeRolePolicyDocument, Tags } =
      (await role()) as Record<string, unknown>
    assert.deepEqual([Description, MaxSessionDuration], ['two', '43200'])
    assert.equal(decodeURIComponent(String(AssumeRolePolicyDocument)), other)
    assert.deepEqual(Tags, { member: [{ Key: 'x', Value: 'y' }] })
    done(await call('UntagRole', { RoleName, TagKeys: ['X'] }))
    assert.deepEqual(items(done(await call('ListRoleTags', { RoleName })), 'Tags'), [])
    for (const seconds of [3599, 43_201])
      refusedBy(
        await call('UpdateRole', { RoleName, MaxSessionDuration: seconds }),
        'ValidationException',
        /Value at 'maxSessionDuration' failed to satisfy constraint/,
      )
  })

  it('are deleted only without policies', async () => {
    const RoleName = 'ending'
    done(await create(RoleName))
    const PolicyDocument = JSON.stringify(allow('kms:*'))
    done(await call('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument }))
    const policy = done(await call('CreatePolicy', { PolicyName: 'role-policy', PolicyDocument }))
    const PolicyArn = at(policy, 'Policy', 'Arn')
    done(await call('AttachRolePolicy', { RoleName, PolicyArn }))
    const conflict = async (what: string) =>
      refusedBy(
        await call('DeleteRole', { RoleName }),
        'DeleteConflictException',
        `Cannot delete entity, must ${what} first.`,
      )
    await conflict('detach all policies')
    done(await call('DetachRolePolicy', { RoleName, PolicyArn }))
    await conflict('delete policies')
    done(await call('DeleteRolePolicy', { RoleName, PolicyName: 'p' }))
    done(await call('DeleteRole', { RoleName }))
    for (const action of ['DeleteRole', 'GetRole', 'ListRoleTags', 'ListInstanceProfilesForRole'])
      refusedBy(await call(action, { RoleName }), 'NoSuchEntityException', notFound(RoleName))
  })
})

describe('a trust policy', () => {
  const refusal = async (document: string, text: string) => {
    const malformed = 'MalformedPolicyDocumentException'
    refusedBy(await create('untrusting', { AssumeRolePolicyDocument: document }), malformed, text)
    done(await create('trusting'))
    const changed = await call('UpdateAssumeRolePolicy', {
      RoleName: 'trusting',
      PolicyDocument: document,
    })
    refusedBy(changed, malformed, text)
    done(await call('DeleteRole', { RoleName: 'trusting' }))
  }

  it('is refused in the words of IAM', async () => {
    await refusal('{', 'This policy contains invalid Json')
    await refusal(
      trust(account, { Action: 'kms:Decrypt' }),
      'AssumeRole policy may only specify STS AssumeRole actions.',
    )
    await refusal(trust(account, { Resource: '*' }), 'Has prohibited field Resource')
  })

  it('names principals that exist', async () => {
    for (const principal of [
      '999999999999',
      `arn:aws:iam::${account}:user/nobody`,
      `arn:aws:iam::${account}:role/nothing`,
      'arn:aws:iam::999999999999:root',
    ])
      await refusal(trust(principal), `Invalid principal in policy: "AWS":"${principal}"`)
    await newUser(service, 'someone')
    done(await create('some-role', { Path: '/p/' }))
    for (const principal of [
      { AWS: `arn:aws:iam::${account}:user/someone` },
      { AWS: [account, `arn:aws:iam::${account}:role/p/some-role`] },
      { AWS: `arn:aws:sts::${account}:assumed-role/some-role/session` },
      { Service: 'lambda.amazonaws.com' },
      { Federated: `arn:aws:iam::${account}:oidc-provider/idp.example.com` },
      { AWS: '*' },
    ]) {
      done(await create('trusts', { AssumeRolePolicyDocument: trust(principal) }))
      done(await call('DeleteRole', { RoleName: 'trusts' }))
    }
  })
})
