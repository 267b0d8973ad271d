import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnOf, call, fails, policyOf, trustOf } from './client.mjs'

const documentOf = (encoded) => JSON.parse(decodeURIComponent(encoded))

test('a group is made, given members, renamed and removed', async () => {
  const GroupName = 'js-group'
  const UserName = 'js-member'
  const { Group } = await call('CreateGroup', { GroupName, Path: '/g/' })
  assert.match(Group.GroupId, /^AGPA[A-Z2-7]{17}$/)
  await call('CreateUser', { UserName })
  await call('AddUserToGroup', { GroupName, UserName })
  const got = await call('GetGroup', { GroupName })
  assert.deepEqual(got.Group, Group)
  assert.deepEqual(
    got.Users.map((user) => user.UserName),
    [UserName],
  )
  assert.deepEqual((await call('ListGroupsForUser', { UserName })).Groups, [Group])
  assert.deepEqual((await call('ListGroups', { PathPrefix: '/g/' })).Groups, [Group])
  await call('UpdateGroup', { GroupName, NewGroupName: 'js-renamed', NewPath: '/' })
  await fails(
    'DeleteUser',
    { UserName },
    'DeleteConflictException',
    'Cannot delete entity, must remove users from group first.',
  )
  await call('RemoveUserFromGroup', { GroupName: 'js-renamed', UserName })
  await call('DeleteUser', { UserName })
  await call('DeleteGroup', { GroupName: 'js-renamed' })
})

test('inline policies of users, groups and roles are put, read back as they were, and removed', async () => {
  const document = `{ "Version": "2012-10-17",\n "Statement": [] }`.replace(
    '[]',
    '[{"Effect":"Deny","Action":"kms:*","Resource":"*","Sid":"a"}]',
  )
  await call('CreateUser', { UserName: 'js-inline' })
  await call('CreateGroup', { GroupName: 'js-inline' })
  await call('CreateRole', {
    RoleName: 'js-inline',
    AssumeRolePolicyDocument: trustOf({ AWS: '*' }),
  })
  for (const kind of ['User', 'Group', 'Role']) {
    const entity = { [`${kind}Name`]: 'js-inline' }
    const policy = { ...entity, PolicyName: 'p' }
    await call(`Put${kind}Policy`, { ...policy, PolicyDocument: document })
    const read = await call(`Get${kind}Policy`, policy)
    assert.equal(decodeURIComponent(read.PolicyDocument), document)
    assert.deepEqual((await call(`List${kind}Policies`, entity)).PolicyNames, ['p'])
    await fails(
      `Put${kind}Policy`,
      { ...policy, PolicyDocument: '{"Version":"2012-10-17"}' },
      'MalformedPolicyDocumentException',
      /./,
    )
    await call(`Delete${kind}Policy`, policy)
    await call(`Delete${kind}`, entity)
  }
})

test('a managed policy has versions, is attached, counted, listed, detached and removed', async () => {
  const first = policyOf('kms:Decrypt')
  const { Policy } = await call('CreatePolicy', {
    PolicyName: 'js-managed',
    Path: '/p/',
    PolicyDocument: first,
    Description: 'of a test',
    Tags: [{ Key: 'a', Value: 'b' }],
  })
  const PolicyArn = Policy.Arn
  assert.equal(PolicyArn, arnOf('policy/p/js-managed'))
  assert.match(Policy.PolicyId, /^ANPA[A-Z2-7]{17}$/)
  assert.equal(Policy.DefaultVersionId, 'v1')
  const second = policyOf('kms:Encrypt')
  const made = await call('CreatePolicyVersion', {
    PolicyArn,
    PolicyDocument: second,
    SetAsDefault: true,
  })
  assert.deepEqual(
    [made.PolicyVersion.VersionId, made.PolicyVersion.IsDefaultVersion],
    ['v2', true],
  )
  const { PolicyVersion } = await call('GetPolicyVersion', { PolicyArn, VersionId: 'v1' })
  assert.deepEqual(documentOf(PolicyVersion.Document), JSON.parse(first))
  await call('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v1' })
  assert.deepEqual(
    (await call('ListPolicyVersions', { PolicyArn })).Versions.map((v) => v.VersionId).sort(),
    ['v1', 'v2'],
  )
  await fails(
    'DeletePolicyVersion',
    { PolicyArn, VersionId: 'v1' },
    'DeleteConflictException',
    'Cannot delete the default version of a policy.',
  )
  await call('DeletePolicyVersion', { PolicyArn, VersionId: 'v2' })

  const entities = { User: 'js-attach-u', Group: 'js-attach-g', Role: 'js-attach-r' }
  await call('CreateUser', { UserName: entities.User })
  await call('CreateGroup', { GroupName: entities.Group })
  const trust = trustOf({ AWS: '*' })
  await call('CreateRole', { RoleName: entities.Role, AssumeRolePolicyDocument: trust })
  for (const [kind, name] of Object.entries(entities)) {
    const entity = { [`${kind}Name`]: name }
    await call(`Attach${kind}Policy`, { ...entity, PolicyArn })
    const attached = await call(`ListAttached${kind}Policies`, entity)
    assert.deepEqual(attached.AttachedPolicies, [{ PolicyName: 'js-managed', PolicyArn }])
  }
  assert.equal((await call('GetPolicy', { PolicyArn })).Policy.AttachmentCount, 3)
  const listed = await call('ListPolicies', {
    Scope: 'Local',
    OnlyAttached: true,
    PathPrefix: '/p/',
  })
  assert.deepEqual(
    listed.Policies.map((each) => each.Arn),
    [PolicyArn],
  )
  const of = await call('ListEntitiesForPolicy', { PolicyArn })
  assert.deepEqual(
    [of.PolicyUsers[0].UserName, of.PolicyGroups[0].GroupName, of.PolicyRoles[0].RoleName],
    Object.values(entities),
  )
  await fails(
    'DeletePolicy',
    { PolicyArn },
    'DeleteConflictException',
    'Cannot delete a policy attached to entities.',
  )
  for (const [kind, name] of Object.entries(entities)) {
    const entity = { [`${kind}Name`]: name }
    await call(`Detach${kind}Policy`, { ...entity, PolicyArn })
    await call(`Delete${kind}`, entity)
  }
  await call('TagPolicy', { PolicyArn, Tags: [{ Key: 'c', Value: 'd' }] })
  await call('UntagPolicy', { PolicyArn, TagKeys: ['a'] })
  assert.deepEqual((await call('ListPolicyTags', { PolicyArn })).Tags, [{ Key: 'c', Value: 'd' }])
  await call('DeletePolicy', { PolicyArn })
})

test('what the policies of a user allow is simulated', async () => {
  const UserName = 'js-simulated'
  await call('CreateUser', { UserName })
  const PolicyDocument = policyOf('kms:Decrypt', 'arn:aws:kms:*:*:key/a*')
  await call('PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument })
  const { EvaluationResults } = await call('SimulatePrincipalPolicy', {
    PolicySourceArn: arnOf(`user/${UserName}`),
    ActionNames: ['kms:Decrypt', 'kms:Encrypt'],
    ResourceArns: ['arn:aws:kms:eu-west-1:000000000000:key/abc'],
  })
  assert.deepEqual(
    EvaluationResults.map((result) => [result.EvalActionName, result.EvalDecision]),
    [
      ['kms:Decrypt', 'allowed'],
      ['kms:Encrypt', 'implicitDeny'],
    ],
  )
  assert.deepEqual(EvaluationResults[0].MatchedStatements, [
    { SourcePolicyId: `user_${UserName}_p`, SourcePolicyType: 'user' },
  ])
  await call('DeleteUserPolicy', { UserName, PolicyName: 'p' })
  await call('DeleteUser', { UserName })
})

test('the summary counts what there is', async () => {
  const { SummaryMap } = await call('GetAccountSummary', {})
  assert.equal(SummaryMap.UsersQuota, 5000)
  assert.ok(SummaryMap.Users >= 1)
})

test('what is not built is refused, never ignored', async () => {
  await fails(
    'CreateUser',
    { UserName: 'js-bounded', PermissionsBoundary: arnOf('policy/p') },
    'UnsupportedOperation',
    /PermissionsBoundary/,
  )
  await fails(
    'CreateSAMLProvider',
    { Name: 's', SAMLMetadataDocument: '<a/>' },
    'InvalidAction',
    /./,
  )
})
