import { rootArn } from '../../core/keys/arn.ts'
import { iamRegion, userArn } from '../../core/identity/arn.ts'
import { newUniqueId, type UserRecord } from '../../core/identity/records.ts'
import type { Call } from '../call.ts'
import { deleteConflict, type IamFamily, requireUser, userOrCaller } from './family.ts'
import { changeName, putName, removeName, requireNewName, requireRoom } from './names.ts'
import { pageOfList, pageOfNames } from './paging.ts'
import { requireTags, tagsIfAny, wireTags, withoutTags, withTags } from './tags.ts'

/** AWS's default quotas, which GetAccountSummary tells. */
export const usersMax = 5000

export const userHandlers: IamFamily<
  | 'CreateUser'
  | 'GetUser'
  | 'ListUsers'
  | 'UpdateUser'
  | 'DeleteUser'
  | 'TagUser'
  | 'UntagUser'
  | 'ListUserTags'
> = {
  async CreateUser(input, call) {
    const { account } = call.place
    const name = input.UserName
    const tags = requireTags(input.Tags, 'ignored')
    await requireNewName(call, 'user', name)
    await requireRoom(call, 'user', usersMax, 'UsersPerAccount')
    const user: UserRecord = {
      account,
      userId: newUniqueId('user', call.random),
      name,
      path: input.Path ?? '/',
      createdAtMs: call.clock.nowMs(),
      tags,
    }
    putUser(call, user)
    putName(call, 'user', name, user.userId)
    return { User: { ...userView(user), ...tagsIfAny(tags) } }
  },

  async GetUser(input, call) {
    const user = await userOrCaller(call, input.UserName)
    if (user === undefined) return { User: await rootView(call) }
    return { User: { ...userView(user), ...tagsIfAny(user.tags) } }
  },

  async ListUsers(input, call) {
    const prefix = input.PathPrefix ?? '/'
    const { items, end } = await pageOfNames(
      call,
      'ListUsers',
      'user',
      prefix,
      input,
      (id) => call.identities.byId('user', id),
      ({ path }) => path.startsWith(prefix),
    )
    return { Users: items.map(userView), ...end }
  },

  async UpdateUser(input, call) {
    const user = await requireUser(call, input.UserName)
    const name = input.NewUserName ?? user.name
    await changeName(call, 'user', user.userId, user.name, name)
    putUser(call, { ...user, name, path: input.NewPath ?? user.path })
  },

  async DeleteUser(input, call) {
    const user = await requireUser(call, input.UserName)
    const { account } = call.place
    const { identities, accessKeys } = call
    if (accessKeys.recordsOf(account, user.userId).length > 0)
      throw deleteConflict('delete access keys')
    if ((await identities.attachedPolicies(user.userId)).length > 0)
      throw deleteConflict('detach all policies')
    if ((await identities.inlinePolicies(user.userId)).length > 0)
      throw deleteConflict('delete policies')
    if ((await identities.groupsOf(user.userId)).length > 0)
      throw deleteConflict('remove users from group')
    call.change.remove('user', user.userId)
    removeName(call, 'user', user.name)
  },

  async TagUser(input, call) {
    const user = await requireUser(call, input.UserName)
    const added = requireTags(input.Tags, 'ignored')
    putUser(call, { ...user, tags: withTags(user.tags, added, 'ignored') })
  },

  async UntagUser(input, call) {
    const user = await requireUser(call, input.UserName)
    putUser(call, { ...user, tags: withoutTags(user.tags, input.TagKeys, 'ignored') })
  },

  async ListUserTags(input, call) {
    const { tags, userId } = await requireUser(call, input.UserName)
    const page = pageOfList(call, 'ListUserTags', userId, input, tags, ([key]) => key)
    return { Tags: wireTags(page.items), ...page.end }
  },
}

const putUser = (call: Call, user: UserRecord): void => {
  call.change.put('user', user.userId, user, { parent: user.account })
}

/** What operations tell of a user; its tags are for GetUser and CreateUser alone. */
export const userView = (user: UserRecord) => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.userId,
  Arn: userArn(user),
  CreateDate: user.createdAtMs,
})

/** The root is no user; it is told of as one. */
const rootView = async (call: Call) => {
  const { account } = call.place
  const record = await call.identities.account(account)
  return {
    Path: '/',
    UserName: 'root',
    UserId: account,
    Arn: rootArn({ region: iamRegion, account }),
    CreateDate: record?.createdAtMs ?? 0,
  }
}
