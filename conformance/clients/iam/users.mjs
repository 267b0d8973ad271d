import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GetUserCommand, paginateListUsers } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { account } from '../setting.mjs'
import { arnOf, call, denied, fails } from './client.mjs'
import { iamOf, root, stsOf } from './scene.mjs'

test('a user is made, read, tagged, renamed and removed', async () => {
  const UserName = 'js-user'
  const tags = [{ Key: 'team', Value: 'größer /+=@' }]
  const { User } = await call('CreateUser', { UserName, Path: '/a/b/', Tags: tags })
  assert.match(User.UserId, /^AIDA[A-Z2-7]{17}$/)
  assert.equal(User.Arn, arnOf(`user/a/b/${UserName}`))
  assert.ok(User.CreateDate instanceof Date)
  assert.deepEqual((await call('GetUser', { UserName })).User, User)
  const listed = (await call('ListUsers', { PathPrefix: '/a/' })).Users
  const { Tags, ...rest } = User
  assert.deepEqual(Tags, tags)
  assert.deepEqual(listed, [rest])
  await fails(
    'CreateUser',
    { UserName: 'JS-USER' },
    'EntityAlreadyExistsException',
    'User with name JS-USER already exists.',
  )

  await call('TagUser', { UserName, Tags: [{ Key: 'empty', Value: '' }] })
  await call('UntagUser', { UserName, TagKeys: ['team'] })
  assert.deepEqual((await call('ListUserTags', { UserName })).Tags, [{ Key: 'empty', Value: '' }])
  await call('UpdateUser', { UserName, NewUserName: 'js-renamed', NewPath: '/' })
  const renamed = (await call('GetUser', { UserName: 'js-renamed' })).User
  assert.deepEqual([renamed.UserId, renamed.Arn], [User.UserId, arnOf('user/js-renamed')])
  await call('DeleteUser', { UserName: 'js-renamed' })
  await fails(
    'GetUser',
    { UserName },
    'NoSuchEntityException',
    `The user with name ${UserName} cannot be found.`,
  )
})

test('access keys are made, used, seen to be used, switched off and removed', async () => {
  const UserName = 'js-keys'
  await call('CreateUser', { UserName })
  await call('PutUserPolicy', {
    UserName,
    PolicyName: 'self',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 'iam:GetUser',
        Resource: arnOf('user/${aws:username}'),
      },
    }),
  })
  const { AccessKey } = await call('CreateAccessKey', { UserName })
  const { AccessKeyId, SecretAccessKey, Status } = AccessKey
  assert.match(AccessKeyId, /^AKIA[A-Z2-7]{16}$/)
  // AWS's have 40 characters; external key stores ask for three more.
  assert.match(SecretAccessKey, /^[A-Za-z0-9+/]{40,64}$/)
  assert.equal(Status, 'Active')
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }
  const [own, sts] = [iamOf(keys), stsOf(keys)]
  assert.equal((await own.send(new GetUserCommand({}))).User.UserName, UserName)
  const who = await sts.send(new GetCallerIdentityCommand({}))
  assert.deepEqual([who.Account, who.Arn], [account, arnOf(`user/${UserName}`)])
  const used = await call('GetAccessKeyLastUsed', { AccessKeyId })
  assert.equal(used.UserName, UserName)
  assert.equal(used.AccessKeyLastUsed.ServiceName, 'sts')
  assert.ok(used.AccessKeyLastUsed.LastUsedDate instanceof Date)

  await call('UpdateAccessKey', { UserName, AccessKeyId, Status: 'Inactive' })
  assert.deepEqual(
    (await call('ListAccessKeys', { UserName })).AccessKeyMetadata.map((key) => key.Status),
    ['Inactive'],
  )
  await assert.rejects(sts.send(new GetCallerIdentityCommand({})), {
    name: 'InvalidClientTokenId',
    message: 'The security token included in the request is invalid.',
  })
  await fails(
    'DeleteUser',
    { UserName },
    'DeleteConflictException',
    'Cannot delete entity, must delete access keys first.',
  )
  await call('DeleteAccessKey', { UserName, AccessKeyId })
  await call('DeleteUserPolicy', { UserName, PolicyName: 'self' })
  await call('DeleteUser', { UserName })
})

test('what a user could have elsewhere is empty here', async () => {
  const UserName = 'js-bare'
  await call('CreateUser', { UserName })
  const lists = {
    ListMFADevices: 'MFADevices',
    ListSSHPublicKeys: 'SSHPublicKeys',
    ListServiceSpecificCredentials: 'ServiceSpecificCredentials',
    ListSigningCertificates: 'Certificates',
  }
  for (const [name, member] of Object.entries(lists))
    assert.deepEqual((await call(name, { UserName }))[member], [], name)
  assert.deepEqual((await call('ListVirtualMFADevices', {})).VirtualMFADevices, [])
  assert.deepEqual((await call('ListAccountAliases', {})).AccountAliases, [])
  // Nobody has a password, so these find none: Terraform asks before it removes a user.
  for (const name of ['GetLoginProfile', 'DeleteLoginProfile']) {
    await denied(name, { UserName })
    const text = `Login Profile for User ${UserName} cannot be found.`
    await fails(name, { UserName }, 'NoSuchEntityException', text)
  }
  await call('DeleteUser', { UserName })
})

test('lists are walked by the paginators of the SDK', async () => {
  const names = Array.from({ length: 5 }, (_, i) => `js-page-${i}`)
  for (const UserName of names) await call('CreateUser', { UserName, Path: '/pages/' })
  const seen = []
  const pages = paginateListUsers({ client: root, pageSize: 2 }, { PathPrefix: '/pages/' })
  for await (const page of pages) seen.push(page.Users.map((user) => user.UserName))
  assert.deepEqual(seen, [names.slice(0, 2), names.slice(2, 4), names.slice(4)])
  for (const UserName of names) await call('DeleteUser', { UserName })
})
