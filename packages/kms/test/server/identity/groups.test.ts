import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { account, startTestService } from '../harness.ts'
import { allow, at, callIam, done, items, refusedBy } from './query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const call = (action: string, params: object = {}) => callIam(service, action, { ...params })
const noGroup = (name: string) => `The group with name ${name} cannot be found.`

describe('groups', () => {
  it('are made, read, renamed and listed', async () => {
    const made = done(await call('CreateGroup', { GroupName: 'ops', Path: '/a/' }))
    assert.match(at(made, 'Group', 'GroupId'), /^AGPA[A-Z2-7]{17}$/)
    assert.equal(at(made, 'Group', 'Arn'), `arn:aws:iam::${account}:group/a/ops`)
    const read = done(await call('GetGroup', { GroupName: 'ops' }))
    assert.deepEqual(at(read, 'Group'), at(made, 'Group'))
    assert.equal(read['Users'], '')
    refusedBy(
      await call('CreateGroup', { GroupName: 'OPS' }),
      'EntityAlreadyExistsException',
      'Group with name OPS already exists.',
    )
    done(await call('UpdateGroup', { GroupName: 'ops', NewGroupName: 'dev', NewPath: '/b/' }))
    refusedBy(await call('GetGroup', { GroupName: 'ops' }), 'NoSuchEntityException', noGroup('ops'))
    const listed = items(done(await call('ListGroups', { PathPrefix: '/b/' })), 'Groups')
    assert.deepEqual(
      listed.map(({ GroupName, GroupId }) => [GroupName, GroupId]),
      [['dev', at(made, 'Group', 'GroupId')]],
    )
  })

  it('are deleted only without members and policies', async () => {
    const GroupName = 'ending'
    done(await call('CreateGroup', { GroupName }))
    done(await call('CreateUser', { UserName: 'last' }))
    done(await call('AddUserToGroup', { GroupName, UserName: 'last' }))
    const PolicyDocument = JSON.stringify(allow('kms:*'))
    done(await call('PutGroupPolicy', { GroupName, PolicyName: 'p', PolicyDocument }))
    const conflict = async (what: string) =>
      refusedBy(
        await call('DeleteGroup', { GroupName }),
        'DeleteConflictException',
        `Cannot delete entity, must ${what} first.`,
      )
    await conflict('remove users from group')
    done(await call('RemoveUserFromGroup', { GroupName, UserName: 'last' }))
    await conflict('delete policies')
    done(await call('DeleteGroupPolicy', { GroupName, PolicyName: 'p' }))
    done(await call('DeleteGroup', { GroupName }))
    refusedBy(await call('DeleteGroup', { GroupName }), 'NoSuchEntityException', noGroup(GroupName))
  })
})

describe('members of a group', () => {
  it('are added and removed once, however often it is asked', async () => {
    const names = { GroupName: 'club', UserName: 'member' }
    done(await call('CreateGroup', { GroupName: 'club' }))
    done(await call('CreateUser', { UserName: 'member' }))
    for (let n = 0; n < 2; n += 1) done(await call('AddUserToGroup', names))
    const group = done(await call('GetGroup', { GroupName: 'club' }))
    assert.deepEqual(
      items(group, 'Users').map(({ UserName }) => UserName),
      ['member'],
    )
    const groups = done(await call('ListGroupsForUser', { UserName: 'member' }))
    assert.deepEqual(
      items(groups, 'Groups').map(({ GroupName }) => GroupName),
      ['club'],
    )
    for (let n = 0; n < 2; n += 1) done(await call('RemoveUserFromGroup', names))
    assert.equal(done(await call('GetGroup', { GroupName: 'club' }))['Users'], '')
  })

  it('have to exist, and so has the group', async () => {
    done(await call('CreateUser', { UserName: 'lonely' }))
    for (const action of ['AddUserToGroup', 'RemoveUserFromGroup']) {
      refusedBy(
        await call(action, { GroupName: 'club', UserName: 'nobody' }),
        'NoSuchEntityException',
        'The user with name nobody cannot be found.',
      )
      refusedBy(
        await call(action, { GroupName: 'nothing', UserName: 'lonely' }),
        'NoSuchEntityException',
        noGroup('nothing'),
      )
    }
  })

  it('are in ten groups at most', async () => {
    done(await call('CreateUser', { UserName: 'joiner' }))
    for (let n = 0; n < 11; n += 1) done(await call('CreateGroup', { GroupName: `g${n}` }))
    for (let n = 0; n < 10; n += 1)
      done(await call('AddUserToGroup', { GroupName: `g${n}`, UserName: 'joiner' }))
    refusedBy(
      await call('AddUserToGroup', { GroupName: 'g10', UserName: 'joiner' }),
      'LimitExceededException',
      'Cannot exceed quota for GroupsPerUser: 10',
    )
    const first = done(await call('ListGroupsForUser', { UserName: 'joiner', MaxItems: 7 }))
    const Marker = at(first, 'Marker')
    const rest = done(await call('ListGroupsForUser', { UserName: 'joiner', Marker }))
    const names = [...items(first, 'Groups'), ...items(rest, 'Groups')]
    assert.deepEqual(
      names.map(({ GroupName }) => GroupName),
      Array.from({ length: 10 }, (_, n) => `g${n}`),
    )
  })

  it('keep their groups when either is renamed', async () => {
    done(await call('CreateUser', { UserName: 'u1' }))
    done(await call('CreateGroup', { GroupName: 'h1' }))
    done(await call('AddUserToGroup', { GroupName: 'h1', UserName: 'u1' }))
    done(await call('UpdateUser', { UserName: 'u1', NewUserName: 'u2' }))
    done(await call('UpdateGroup', { GroupName: 'h1', NewGroupName: 'h2' }))
    const group = done(await call('GetGroup', { GroupName: 'h2' }))
    assert.deepEqual(
      items(group, 'Users').map(({ UserName }) => UserName),
      ['u2'],
    )
  })
})
