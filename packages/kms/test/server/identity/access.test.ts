import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { SigningCredentials } from '../../../src/client/sign.ts'
import { refused } from '../expect.ts'
import { account, startTestService } from '../harness.ts'
import {
  allow,
  at,
  callIam,
  callSts,
  done,
  items,
  newUser,
  type Params,
  refusedBy,
  trust,
} from './query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const as =
  (credentials: SigningCredentials) =>
  (action: string, params: Params = {}) =>
    callIam(service, action, params, { credentials })
const root = (action: string, params: Params = {}) => callIam(service, action, params)
const arnOf = (resource: string) => `arn:aws:iam::${account}:${resource}`
const denied = (user: string, action: string, resource: string) =>
  `User: ${arnOf(`user/${user}`)} is not authorized to perform: iam:${action} on resource: ${resource} because no identity-based policy allows the iam:${action} action`

describe('a user without policies', () => {
  it('may ask who it is, and nothing else', async () => {
    const credentials = await newUser(service, 'nobody')
    const call = as(credentials)
    done(await callSts(service, 'GetCallerIdentity', {}, { credentials }))
    for (const [action, params, resource] of [
      ['ListUsers', {}, '*'],
      ['CreateUser', { UserName: 'x' }, arnOf('user/x')],
      ['GetUser', {}, arnOf('user/nobody')],
      ['GetUser', { UserName: 'missing' }, arnOf('user/missing')],
      ['DeleteGroup', { GroupName: 'g' }, arnOf('group/g')],
      ['DeleteRole', { RoleName: 'r' }, arnOf('role/r')],
      ['CreatePolicy', { PolicyName: 'p', PolicyDocument: '{}' }, arnOf('policy/p')],
      ['GetPolicy', { PolicyArn: arnOf('policy/p') }, arnOf('policy/p')],
    ] as const)
      refusedBy(
        await call(action, params),
        'AccessDeniedException',
        denied('nobody', action, resource),
      )
    refused(
      await service.call('ListKeys', {}, { credentials }),
      'AccessDeniedException',
      /kms:ListKeys/,
    )
  })
})

describe('an identity policy', () => {
  it('lets a user do what it says, on what it says', async () => {
    const call = as(await newUser(service, 'team-admin', allow('iam:*User', arnOf('user/team/*'))))
    refusedBy(await call('CreateUser', { UserName: 'two' }), 'AccessDeniedException')
    done(await call('CreateUser', { UserName: 'one', Path: '/team/' }))
    done(await call('GetUser', { UserName: 'one' }))
    refusedBy(
      await call('ListUserTags', { UserName: 'one' }),
      'AccessDeniedException',
      denied('team-admin', 'ListUserTags', arnOf('user/team/one')),
    )
  })

  it('that allows to rename has to allow the old name and the new one', async () => {
    const call = as(await newUser(service, 'renamer', allow('iam:UpdateUser', arnOf('user/r/*'))))
    done(await root('CreateUser', { UserName: 'r1', Path: '/r/' }))
    done(await root('CreateUser', { UserName: 'r2' }))
    done(await call('UpdateUser', { UserName: 'r1', NewUserName: 'r3' }))
    done(await call('UpdateUser', { UserName: 'r3', NewPath: '/r/s/' }))
    refusedBy(
      await call('UpdateUser', { UserName: 'r3', NewPath: '/admins/' }),
      'AccessDeniedException',
      denied('renamer', 'UpdateUser', arnOf('user/admins/r3')),
    )
    refusedBy(
      await call('UpdateUser', { UserName: 'r2', NewPath: '/r/' }),
      'AccessDeniedException',
      denied('renamer', 'UpdateUser', arnOf('user/r2')),
    )
  })

  it('knows variables and the tags of the caller and of what it is about', async () => {
    const self = await newUser(
      service,
      'self',
      allow('iam:*AccessKey*', arnOf('user/${aws:username}')),
    )
    await newUser(service, 'another')
    done(await as(self)('ListAccessKeys'))
    done(await as(self)('ListAccessKeys', { UserName: 'self' }))
    refusedBy(await as(self)('ListAccessKeys', { UserName: 'another' }), 'AccessDeniedException')
    const same = { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } }
    const lead = await newUser(service, 'lead', allow('iam:GetUser', '*', { Condition: same }))
    done(await root('TagUser', { UserName: 'lead', Tags: [{ Key: 'Team', Value: 'red' }] }))
    for (const [UserName, team] of [
      ['ruby', 'red'],
      ['beryl', 'blue'],
    ] as const)
      done(await root('CreateUser', { UserName, Tags: [{ Key: 'team', Value: team }] }))
    done(await as(lead)('GetUser', { UserName: 'ruby' }))
    refusedBy(await as(lead)('GetUser', { UserName: 'beryl' }), 'AccessDeniedException')
  })

  it('may say which policies may be given away, and to whom by tags', async () => {
    const PolicyDocument = JSON.stringify(allow('kms:*'))
    const [mild, strong] = await Promise.all(
      ['mild', 'strong'].map(async (PolicyName) => {
        const made = await root('CreatePolicy', { PolicyName, PolicyDocument })
        return at(done(made), 'Policy', 'Arn')
      }),
    )
    const { Version, Statement } = allow(['iam:AttachUserPolicy', 'iam:DetachUserPolicy'], '*', {
      Condition: { StringEquals: { 'iam:ResourceTag/team': 'red' } },
    })
    const deny = { Effect: 'Deny', Action: 'iam:*', Resource: '*' }
    const Condition = { ArnEquals: { 'iam:PolicyARN': strong } }
    const policy = { Version, Statement: [...Statement, { ...deny, Condition }] }
    const call = as(await newUser(service, 'giver', policy))
    const Tags = [{ Key: 'Team', Value: 'red' }]
    done(await root('CreateUser', { UserName: 'taker', Tags }))
    done(await root('CreateUser', { UserName: 'stranger' }))
    const taker = { UserName: 'taker' }
    done(await call('AttachUserPolicy', { ...taker, PolicyArn: mild }))
    refusedBy(
      await call('AttachUserPolicy', { ...taker, PolicyArn: strong }),
      'AccessDeniedException',
      /explicit deny in an identity-based policy/,
    )
    done(await root('AttachUserPolicy', { ...taker, PolicyArn: strong }))
    refusedBy(
      await call('DetachUserPolicy', { ...taker, PolicyArn: strong }),
      'AccessDeniedException',
    )
    refusedBy(
      await call('AttachUserPolicy', { UserName: 'stranger', PolicyArn: mild }),
      'AccessDeniedException',
    )
  })

  it('is about the provider that is to be made, by its ARN', async () => {
    const { Version, Statement } = allow('iam:CreateOpenIDConnectProvider')
    const provider = (name: string) => arnOf(`oidc-provider/${name}`)
    const deny = { Effect: 'Deny', Action: 'iam:*', Resource: provider('evil.example.com*') }
    const policy = { Version, Statement: [...Statement, deny] }
    const call = as(await newUser(service, 'truster', policy))
    const ClientIDList = ['app']
    for (const Url of ['https://evil.example.com', 'https://evil.example.com/'])
      refusedBy(
        await call('CreateOpenIDConnectProvider', { Url, ClientIDList }),
        'AccessDeniedException',
        /on resource: .*:oidc-provider\/evil\.example\.com with an explicit deny/,
      )
    const Url = 'https://good.example.com/'
    const made = done(await call('CreateOpenIDConnectProvider', { Url, ClientIDList }))
    assert.equal(at(made, 'OpenIDConnectProviderArn'), provider('good.example.com'))
  })

  it('is about the user of an access key, and a refusal does not say whose it is', async () => {
    const policy = allow('iam:GetAccessKeyLastUsed', arnOf('user/${aws:username}'))
    const user = await newUser(service, 'own-use', policy)
    const other = await newUser(service, 'other-use')
    const last = (AccessKeyId: string) => as(user)('GetAccessKeyLastUsed', { AccessKeyId })
    done(await last(user.accessKeyId))
    for (const id of [other.accessKeyId, service.credentials.accessKeyId, 'AKIAIOSFODNN7EXAMPLE'])
      refusedBy(
        await last(id),
        'AccessDeniedException',
        `User: ${arnOf('user/own-use')} is not authorized to perform: iam:GetAccessKeyLastUsed ` +
          `on resource: access key ${id} because no identity-based policy allows the ` +
          'iam:GetAccessKeyLastUsed action',
      )
  })

  it('takes effect at once, and so does its end, however it is given', async () => {
    const credentials = await newUser(service, 'changing')
    const UserName = 'changing'
    const PolicyDocument = JSON.stringify(allow('iam:ListUsers'))
    const may = async () => done(await as(credentials)('ListUsers'))
    const mayNot = async () =>
      refusedBy(await as(credentials)('ListUsers'), 'AccessDeniedException')
    await mayNot()
    done(await root('PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument }))
    await may()
    done(await root('DeleteUserPolicy', { UserName, PolicyName: 'p' }))
    await mayNot()
    const made = done(await root('CreatePolicy', { PolicyName: 'changing', PolicyDocument }))
    const PolicyArn = at(made, 'Policy', 'Arn')
    done(await root('AttachUserPolicy', { UserName, PolicyArn }))
    await may()
    const nothing = JSON.stringify(allow('iam:Nothing'))
    done(await root('CreatePolicyVersion', { PolicyArn, PolicyDocument: nothing }))
    await may()
    done(await root('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' }))
    await mayNot()
    done(await root('DetachUserPolicy', { UserName, PolicyArn }))
    done(await root('CreateGroup', { GroupName: 'readers' }))
    done(await root('PutGroupPolicy', { GroupName: 'readers', PolicyName: 'p', PolicyDocument }))
    done(await root('AddUserToGroup', { GroupName: 'readers', UserName }))
    await may()
    done(await root('RemoveUserFromGroup', { GroupName: 'readers', UserName }))
    await mayNot()
  })

  it('that denies wins over one that allows', async () => {
    const credentials = await newUser(service, 'split', {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'iam:*', Resource: '*' },
        { Effect: 'Deny', Action: 'iam:CreateUser', Resource: '*' },
      ],
    })
    refusedBy(
      await as(credentials)('CreateUser', { UserName: 'x' }),
      'AccessDeniedException',
      /with an explicit deny in an identity-based policy$/,
    )
    assert(items(done(await as(credentials)('ListUsers')), 'Users').length > 0)
  })

  it('does not reach beyond its account', async () => {
    const credentials = await newUser(service, 'wide', allow('*'))
    const PolicyArn = 'arn:aws:iam::999999999999:policy/other'
    for (const call of [as(credentials), root])
      refusedBy(await call('GetPolicy', { PolicyArn }), 'AccessDeniedException')
  })
})

describe('a session', () => {
  const session = async (role: string, params: Params) => {
    const credentials = await newUser(service, `${role}-user`)
    const AssumeRolePolicyDocument = trust(arnOf(`user/${role}-user`))
    done(await root('CreateRole', { RoleName: role, AssumeRolePolicyDocument }))
    const PolicyDocument = JSON.stringify(allow(['iam:ListUsers', 'iam:ListRoles']))
    done(await root('PutRolePolicy', { RoleName: role, PolicyName: 'p', PolicyDocument }))
    const input = { RoleArn: arnOf(`role/${role}`), RoleSessionName: 'test', ...params }
    const answer = done(await callSts(service, 'AssumeRole', input, { credentials }))
    return as({
      accessKeyId: at(answer, 'Credentials', 'AccessKeyId'),
      secretAccessKey: at(answer, 'Credentials', 'SecretAccessKey'),
      sessionToken: at(answer, 'Credentials', 'SessionToken'),
    })
  }

  it('may do what its role may', async () => {
    const call = await session('plain', {})
    done(await call('ListUsers'))
    done(await call('ListRoles'))
    refusedBy(await call('ListGroups'), 'AccessDeniedException')
  })

  it('may do less with a policy of its own, and never more', async () => {
    const Policy = JSON.stringify(allow(['iam:ListUsers', 'iam:ListGroups']))
    const call = await session('inline', { Policy })
    done(await call('ListUsers'))
    refusedBy(
      await call('ListRoles'),
      'AccessDeniedException',
      /because no session policy allows the iam:ListRoles action$/,
    )
    refusedBy(await call('ListGroups'), 'AccessDeniedException')
  })

  it('may do what its managed session policies leave, as long as they are there', async () => {
    const PolicyDocument = JSON.stringify(allow('iam:ListRoles'))
    const made = done(await root('CreatePolicy', { PolicyName: 'for-session', PolicyDocument }))
    const arn = at(made, 'Policy', 'Arn')
    const call = await session('managed', { PolicyArns: [{ arn }] })
    done(await call('ListRoles'))
    refusedBy(await call('ListUsers'), 'AccessDeniedException')
    done(await root('DeletePolicy', { PolicyArn: arn }))
    refusedBy(await call('ListRoles'), 'AccessDeniedException')
    // A later one of the same name is another, and what the lost one denied nobody knows.
    done(await root('CreatePolicy', { PolicyName: 'for-session', PolicyDocument }))
    refusedBy(await call('ListRoles'), 'AccessDeniedException')
  })

  it('may do nothing once one of its managed session policies is gone', async () => {
    const arnOfNew = async (PolicyName: string, policy: object) => {
      const PolicyDocument = JSON.stringify(policy)
      return at(done(await root('CreatePolicy', { PolicyName, PolicyDocument })), 'Policy', 'Arn')
    }
    const wide = await arnOfNew('for-session-wide', allow('*'))
    const Statement = [{ Effect: 'Deny', Action: 'iam:ListUsers', Resource: '*' }]
    const narrow = await arnOfNew('for-session-narrow', { Version: '2012-10-17', Statement })
    const call = await session('limited', { PolicyArns: [{ arn: wide }, { arn: narrow }] })
    done(await call('ListRoles'))
    refusedBy(await call('ListUsers'), 'AccessDeniedException')
    done(await root('DeletePolicy', { PolicyArn: narrow }))
    for (const action of ['ListRoles', 'ListUsers'])
      refusedBy(await call(action), 'AccessDeniedException', /no session policy allows/)
  })

  it('ends for what was issued before a time that a policy names', async () => {
    const call = await session('revoked', {})
    done(await call('ListUsers'))
    service.clock.advance(1000)
    const revoke = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: {
            DateLessThan: { 'aws:TokenIssueTime': new Date(service.clock.nowMs()).toISOString() },
          },
        },
      ],
    }
    const PolicyDocument = JSON.stringify(revoke)
    done(
      await root('PutRolePolicy', {
        RoleName: 'revoked',
        PolicyName: 'AWSRevokeOlderSessions',
        PolicyDocument,
      }),
    )
    refusedBy(await call('ListUsers'), 'AccessDeniedException', /with an explicit deny/)
  })
})
