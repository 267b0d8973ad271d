import { groupArn } from '../../core/identity/arn.ts'
import {
  type GroupRecord,
  type MembershipRecord,
  newUniqueId,
} from '../../core/identity/records.ts'
import type { Call } from '../call.ts'
import { deleteConflict, type IamFamily, overQuota, requireUser } from './family.ts'
import { changeName, putName, removeName, requireNewName, requireRoom } from './names.ts'
import { pageOfList, pageOfNames } from './paging.ts'
import { userView } from './users.ts'

export const groupsMax = 300
export const groupsPerUserMax = 10

export const groupHandlers: IamFamily<
  | 'CreateGroup'
  | 'GetGroup'
  | 'ListGroups'
  | 'UpdateGroup'
  | 'DeleteGroup'
  | 'AddUserToGroup'
  | 'RemoveUserFromGroup'
  | 'ListGroupsForUser'
> = {
  async CreateGroup(input, call) {
    const { account } = call.place
    const name = input.GroupName
    await requireNewName(call, 'group', name)
    await requireRoom(call, 'group', groupsMax, 'GroupsPerAccount')
    const group: GroupRecord = {
      account,
      groupId: newUniqueId('group', call.random),
      name,
      path: input.Path ?? '/',
      createdAtMs: call.clock.nowMs(),
    }
    putGroup(call, group)
    putName(call, 'group', name, group.groupId)
    return { Group: groupView(group) }
  },

  async GetGroup(input, call) {
    const group = await requireGroup(call, input.GroupName)
    const members = await call.identities.membersOf(group.groupId)
    const page = pageOfList(call, 'GetGroup', group.groupId, input, members, nameKey)
    return { Group: groupView(group), Users: page.items.map(userView), ...page.end }
  },

  async ListGroups(input, call) {
    const prefix = input.PathPrefix ?? '/'
    const { items, end } = await pageOfNames(
      call,
      'ListGroups',
      'group',
      prefix,
      input,
      (id) => call.identities.byId('group', id),
      ({ path }) => path.startsWith(prefix),
    )
    return { Groups: items.map(groupView), ...end }
  },

  async UpdateGroup(input, call) {
    const group = await requireGroup(call, input.GroupName)
    const name = input.NewGroupName ?? group.name
    await changeName(call, 'group', group.groupId, group.name, name)
    putGroup(call, { ...group, name, path: input.NewPath ?? group.path })
  },

  async DeleteGroup(input, call) {
    const { groupId, name } = await requireGroup(call, input.GroupName)
    const { identities } = call
    if ((await identities.membersOf(groupId)).length > 0)
      throw deleteConflict('remove users from group')
    if ((await identities.attachedPolicies(groupId)).length > 0)
      throw deleteConflict('detach all policies')
    if ((await identities.inlinePolicies(groupId)).length > 0)
      throw deleteConflict('delete policies')
    call.change.remove('group', groupId)
    removeName(call, 'group', name)
  },

  async AddUserToGroup(input, call) {
    const user = await requireUser(call, input.UserName)
    const group = await requireGroup(call, input.GroupName)
    const groups = await call.identities.groupsOf(user.userId)
    if (groups.some(({ groupId }) => groupId === group.groupId)) return
    if (groups.length >= groupsPerUserMax) throw overQuota('GroupsPerUser', groupsPerUserMax)
    const membership: MembershipRecord = { groupId: group.groupId, userId: user.userId }
    call.change.put('group_member', memberRowId(membership), membership, { parent: user.userId })
  },

  async RemoveUserFromGroup(input, call) {
    const user = await requireUser(call, input.UserName)
    const group = await requireGroup(call, input.GroupName)
    const groups = await call.identities.groupsOf(user.userId)
    if (groups.every(({ groupId }) => groupId !== group.groupId)) return
    call.change.remove('group_member', memberRowId({ ...group, ...user }))
  },

  async ListGroupsForUser(input, call) {
    const { userId } = await requireUser(call, input.UserName)
    const groups = await call.identities.groupsOf(userId)
    const page = pageOfList(call, 'ListGroupsForUser', userId, input, groups, nameKey)
    return { Groups: page.items.map(groupView), ...page.end }
  },
}

const memberRowId = ({ groupId, userId }: MembershipRecord): string => `${groupId}/${userId}`

const nameKey = ({ name }: { readonly name: string }): string => name.toLowerCase()

const putGroup = (call: Call, group: GroupRecord): void => {
  call.change.put('group', group.groupId, group, { parent: group.account })
}

const requireGroup = (call: Call, name: string): Promise<GroupRecord> =>
  call.identities.require(call.place.account, 'group', name)

const groupView = (group: GroupRecord) => ({
  Path: group.path,
  GroupName: group.name,
  GroupId: group.groupId,
  Arn: groupArn(group),
  CreateDate: group.createdAtMs,
})
