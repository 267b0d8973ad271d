import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { account, startTestService } from '../harness.ts'
import { at, callIam, callSts, done, items, refusedBy } from './query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const call = (action: string, params: object = {}) => callIam(service, action, { ...params })
const notFound = (name: string) => `The user with name ${name} cannot be found.`

describe('CreateUser', () => {
  it('makes a user with an id, a path and tags, sorted by their keys', async () => {
    const made = done(
      await call('CreateUser', {
        UserName: 'alice',
        Path: '/team/',
        Tags: [
          { Key: 'b', Value: '2' },
          { Key: 'a', Value: '' },
        ],
      }),
    )
    assert.match(at(made, 'User', 'UserId'), /^AIDA[A-Z2-7]{17}$/)
    assert.equal(at(made, 'User', 'Arn'), `arn:aws:iam::${account}:user/team/alice`)
    assert.equal(at(made, 'User', 'CreateDate'), '2026-11-24T12:00:00Z')
    const tags = [
      { Key: 'a', Value: '' },
      { Key: 'b', Value: '2' },
    ]
    assert.deepEqual(at(made, 'User', 'Tags'), { member: tags })
    const read = done(await call('GetUser', { UserName: 'alice' }))
    assert.deepEqual(read, made)
  })

  it('refuses a name that is taken, in whatever case of letters', async () => {
    done(await call('CreateUser', { UserName: 'Taken' }))
    for (const UserName of ['Taken', 'taken', 'TAKEN'])
      refusedBy(
        await call('CreateUser', { UserName }),
        'EntityAlreadyExistsException',
        `User with name ${UserName} already exists.`,
      )
    refusedBy(await call('GetUser', { UserName: 'taken' }), 'NoSuchEntityException')
  })

  it('refuses what is no name, path or tag in the words of IAM', async () => {
    const refusals: readonly (readonly [object, string])[] = [
      [
        {},
        "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must not be null",
      ],
      [
        { UserName: 'bad/name' },
        'The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
      ],
      [
        { UserName: 'a'.repeat(65) },
        "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64",
      ],
      [
        { UserName: 'x', Path: 'bad' },
        'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
      ],
      [
        { UserName: 'x', Tags: [{ Key: 'bad*key', Value: '' }] },
        "1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
      ],
      [
        {
          UserName: 'x',
          Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: '' })),
        },
        "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
      ],
    ]
    for (const [params, text] of refusals)
      refusedBy(await call('CreateUser', params), 'ValidationException', text)
    const twice = [
      { Key: 'a', Value: '1' },
      { Key: 'A', Value: '2' },
    ]
    refusedBy(
      await call('CreateUser', { UserName: 'x', Tags: twice }),
      'InvalidInputException',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    )
  })

  it('refuses a permissions boundary, which is not enforced', async () => {
    const PermissionsBoundary = `arn:aws:iam::${account}:policy/limits`
    refusedBy(
      await call('CreateUser', { UserName: 'bounded', PermissionsBoundary }),
      'UnsupportedOperationException',
    )
    refusedBy(await call('GetUser', { UserName: 'bounded' }), 'NoSuchEntityException')
  })
})

describe('GetUser', () => {
  it('tells the root of itself when it names nobody', async () => {
    const root = done(await call('GetUser'))
    assert.equal(at(root, 'User', 'UserId'), account)
    assert.equal(at(root, 'User', 'Arn'), `arn:aws:iam::${account}:root`)
  })

  it('refuses a name that nobody has', async () => {
    refusedBy(
      await call('GetUser', { UserName: 'nobody' }),
      'NoSuchEntityException',
      notFound('nobody'),
    )
  })
})

describe('ListUsers', () => {
  it('lists by name, under a path, page by page, and without tags', async () => {
    for (const name of ['page-c', 'page-A', 'page-b'])
      done(
        await call('CreateUser', {
          UserName: name,
          Path: '/pages/',
          Tags: [{ Key: 'k', Value: 'v' }],
        }),
      )
    const first = done(await call('ListUsers', { PathPrefix: '/pages/', MaxItems: 2 }))
    assert.deepEqual(
      items(first, 'Users').map((user) => [user['UserName'], user['Tags']]),
      [
        ['page-A', undefined],
        ['page-b', undefined],
      ],
    )
    assert.equal(first['IsTruncated'], 'true')
    const Marker = at(first, 'Marker')
    const rest = done(await call('ListUsers', { PathPrefix: '/pages/', MaxItems: 2, Marker }))
    assert.deepEqual(
      items(rest, 'Users').map((user) => user['UserName']),
      ['page-c'],
    )
    assert.equal(rest['IsTruncated'], 'false')
    assert.equal(rest['Marker'], undefined)
    refusedBy(await call('ListUsers', { PathPrefix: '/', Marker }), 'InvalidMarkerException')
    assert.deepEqual(items(done(await call('ListUsers', { PathPrefix: '/none/' })), 'Users'), [])
  })
})

describe('UpdateUser', () => {
  it('renames a user and keeps what it is', async () => {
    const before = done(await call('CreateUser', { UserName: 'old-name' }))
    done(
      await call('UpdateUser', { UserName: 'old-name', NewUserName: 'new-name', NewPath: '/x/' }),
    )
    const renamed = done(await call('GetUser', { UserName: 'new-name' }))
    assert.equal(at(renamed, 'User', 'UserId'), at(before, 'User', 'UserId'))
    assert.equal(at(renamed, 'User', 'Arn'), `arn:aws:iam::${account}:user/x/new-name`)
    refusedBy(await call('GetUser', { UserName: 'old-name' }), 'NoSuchEntityException')
    done(await call('CreateUser', { UserName: 'old-name' }))
  })

  it('changes the case of a name, and refuses the name of another', async () => {
    done(await call('CreateUser', { UserName: 'cased' }))
    done(await call('CreateUser', { UserName: 'other' }))
    done(await call('UpdateUser', { UserName: 'cased', NewUserName: 'Cased' }))
    done(await call('GetUser', { UserName: 'Cased' }))
    refusedBy(
      await call('UpdateUser', { UserName: 'Cased', NewUserName: 'OTHER' }),
      'EntityAlreadyExistsException',
      'User with name OTHER already exists.',
    )
  })
})

describe('DeleteUser', () => {
  it('refuses while the user has keys, policies or groups, and says which', async () => {
    const UserName = 'leaving'
    const conflict = async (what: string) =>
      refusedBy(
        await call('DeleteUser', { UserName }),
        'DeleteConflictException',
        `Cannot delete entity, must ${what} first.`,
      )
    done(await call('CreateUser', { UserName }))
    done(await call('CreateGroup', { GroupName: 'leavers' }))
    done(await call('AddUserToGroup', { UserName, GroupName: 'leavers' }))
    await conflict('remove users from group')
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }],
    })
    done(await call('PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument }))
    await conflict('delete policies')
    const policy = done(await call('CreatePolicy', { PolicyName: 'managed', PolicyDocument }))
    const PolicyArn = at(policy, 'Policy', 'Arn')
    done(await call('AttachUserPolicy', { UserName, PolicyArn }))
    await conflict('detach all policies')
    const key = done(await call('CreateAccessKey', { UserName }))
    await conflict('delete access keys')
    done(
      await call('DeleteAccessKey', { UserName, AccessKeyId: at(key, 'AccessKey', 'AccessKeyId') }),
    )
    done(await call('DetachUserPolicy', { UserName, PolicyArn }))
    done(await call('DeleteUserPolicy', { UserName, PolicyName: 'p' }))
    done(await call('RemoveUserFromGroup', { UserName, GroupName: 'leavers' }))
    done(await call('DeleteUser', { UserName }))
    refusedBy(await call('DeleteUser', { UserName }), 'NoSuchEntityException', notFound(UserName))
  })

  it('frees the name for another, who has another id', async () => {
    const first = done(await call('CreateUser', { UserName: 'again' }))
    done(await call('DeleteUser', { UserName: 'again' }))
    const second = done(await call('CreateUser', { UserName: 'again' }))
    assert.notEqual(at(first, 'User', 'UserId'), at(second, 'User', 'UserId'))
  })
})

describe('the tags of a user', () => {
  it('are added, replaced and removed whatever the case of their keys', async () => {
    const UserName = 'tagged'
    done(await call('CreateUser', { UserName }))
    const tags = async () => items(done(await call('ListUserTags', { UserName })), 'Tags')
    done(await call('TagUser', { UserName, Tags: [{ Key: 'Team', Value: 'a' }] }))
    done(
      await call('TagUser', {
        UserName,
        Tags: [
          { Key: 'team', Value: 'b' },
          { Key: 'x', Value: '' },
        ],
      }),
    )
    assert.deepEqual(await tags(), [
      { Key: 'team', Value: 'b' },
      { Key: 'x', Value: '' },
    ])
    done(await call('UntagUser', { UserName, TagKeys: ['TEAM'] }))
    assert.deepEqual(await tags(), [{ Key: 'x', Value: '' }])
    for (const [action, more] of [
      ['TagUser', { Tags: [] }],
      ['UntagUser', { TagKeys: [] }],
      ['ListUserTags', {}],
    ] as const)
      refusedBy(await call(action, { UserName: 'nobody', ...more }), 'NoSuchEntityException')
  })

  it('are fifty at most', async () => {
    const UserName = 'full'
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({ Key: `k${from + i}`, Value: 'v' }))
    done(await call('CreateUser', { UserName, Tags: many(0, 50) }))
    done(await call('TagUser', { UserName, Tags: many(0, 50) }))
    refusedBy(
      await call('TagUser', { UserName, Tags: many(50, 1) }),
      'LimitExceededException',
      'The number of tags has reached the maximum limit.',
    )
    const text =
      "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must " +
      'satisfy constraint: [Member must have length less than or equal to 128, Member must have ' +
      'length greater than or equal to 1, Member must satisfy regular expression pattern: ' +
      '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]'
    for (const key of ['', 'x'.repeat(129), '*'])
      refusedBy(
        await call('UntagUser', { UserName, TagKeys: ['a', key] }),
        'ValidationException',
        text,
      )
  })
})

describe('GetCallerIdentity', () => {
  it('tells the root who it is', async () => {
    assert.deepEqual(done(await callSts(service, 'GetCallerIdentity')), {
      UserId: account,
      Account: account,
      Arn: `arn:aws:iam::${account}:root`,
    })
  })
})
