import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnOf, call, fails, trustOf } from './client.mjs'
import { issuer } from './scene.mjs'

test('a role is made, read, changed and removed', async () => {
  const RoleName = 'js-role'
  const trust = trustOf({ AWS: arnOf('root') })
  const { Role } = await call('CreateRole', {
    RoleName,
    Path: '/r/',
    AssumeRolePolicyDocument: trust,
    Description: 'one',
    MaxSessionDuration: 7200,
    Tags: [{ Key: 'a', Value: 'b' }],
  })
  assert.match(Role.RoleId, /^AROA[A-Z2-7]{17}$/)
  assert.equal(Role.Arn, arnOf(`role/r/${RoleName}`))
  const got = (await call('GetRole', { RoleName })).Role
  assert.equal(decodeURIComponent(got.AssumeRolePolicyDocument), trust)
  assert.equal(got.MaxSessionDuration, 7200)
  assert.deepEqual(
    (await call('ListRoles', { PathPrefix: '/r/' })).Roles.map((role) => role.Arn),
    [Role.Arn],
  )
  await call('UpdateRole', { RoleName, MaxSessionDuration: 3600, Description: 'two' })
  const described = await call('UpdateRoleDescription', { RoleName, Description: 'three' })
  assert.equal(described.Role.Description, 'three')
  const other = trustOf({ AWS: '*' }, { Condition: { Bool: { 'aws:SecureTransport': 'true' } } })
  await call('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: other })
  await fails(
    'UpdateAssumeRolePolicy',
    { RoleName, PolicyDocument: trustOf({ AWS: arnOf('user/does-not-exist') }) },
    'MalformedPolicyDocumentException',
    `Invalid principal in policy: "AWS":"${arnOf('user/does-not-exist')}"`,
  )
  await call('TagRole', { RoleName, Tags: [{ Key: 'c', Value: 'd' }] })
  await call('UntagRole', { RoleName, TagKeys: ['a'] })
  assert.deepEqual((await call('ListRoleTags', { RoleName })).Tags, [{ Key: 'c', Value: 'd' }])
  assert.deepEqual((await call('ListInstanceProfilesForRole', { RoleName })).InstanceProfiles, [])
  await call('DeleteRole', { RoleName })
})

test('an OpenID Connect provider is configured, read, changed and removed', async () => {
  const Url = `${issuer}/js`
  const made = await call('CreateOpenIDConnectProvider', {
    Url,
    ClientIDList: ['one'],
    ThumbprintList: ['0'.repeat(40)],
    Tags: [{ Key: 'a', Value: 'b' }],
  })
  const OpenIDConnectProviderArn = made.OpenIDConnectProviderArn
  assert.equal(OpenIDConnectProviderArn, arnOf(`oidc-provider/${Url.slice('https://'.length)}`))
  const provider = { OpenIDConnectProviderArn }
  await call('AddClientIDToOpenIDConnectProvider', { ...provider, ClientID: 'two' })
  await call('RemoveClientIDFromOpenIDConnectProvider', { ...provider, ClientID: 'one' })
  const ThumbprintList = ['1'.repeat(40)]
  await call('UpdateOpenIDConnectProviderThumbprint', { ...provider, ThumbprintList })
  const got = await call('GetOpenIDConnectProvider', provider)
  assert.deepEqual(
    [got.Url, got.ClientIDList, got.ThumbprintList, got.Tags],
    [Url.slice('https://'.length), ['two'], ThumbprintList, [{ Key: 'a', Value: 'b' }]],
  )
  const { OpenIDConnectProviderList } = await call('ListOpenIDConnectProviders', {})
  assert.ok(OpenIDConnectProviderList.some(({ Arn }) => Arn === OpenIDConnectProviderArn))
  await call('DeleteOpenIDConnectProvider', provider)
})
