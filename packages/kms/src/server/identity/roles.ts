import { requireTrustPolicySize } from '../../core/access/language/limits.ts'
import { roleArn } from '../../core/identity/arn.ts'
import { newUniqueId, type RoleRecord } from '../../core/identity/records.ts'
import type { Call } from '../call.ts'
import { bindTrustPolicy, encodeDocument } from './documents.ts'
import { deleteConflict, type IamFamily } from './family.ts'
import { putName, removeName, requireNewName, requireRoom } from './names.ts'
import { pageOfList, pageOfNames } from './paging.ts'
import { requireTags, tagsIfAny, wireTags, withoutTags, withTags } from './tags.ts'

export const rolesMax = 1000
const sessionSecondsDefault = 3600

export const roleHandlers: IamFamily<
  | 'CreateRole'
  | 'GetRole'
  | 'ListRoles'
  | 'UpdateRole'
  | 'UpdateRoleDescription'
  | 'UpdateAssumeRolePolicy'
  | 'DeleteRole'
  | 'TagRole'
  | 'UntagRole'
  | 'ListRoleTags'
> = {
  async CreateRole(input, call) {
    const { account } = call.place
    const name = input.RoleName
    const tags = requireTags(input.Tags, 'ignored')
    const trusted = await trustPolicyOf(call, input.AssumeRolePolicyDocument)
    await requireNewName(call, 'role', name)
    await requireRoom(call, 'role', rolesMax, 'RolesPerAccount')
    const role: RoleRecord = {
      account,
      roleId: newUniqueId('role', call.random),
      name,
      path: input.Path ?? '/',
      createdAtMs: call.clock.nowMs(),
      ...(input.Description === undefined ? {} : { description: input.Description }),
      maxSessionSeconds: input.MaxSessionDuration ?? sessionSecondsDefault,
      ...trusted,
      tags,
    }
    putRole(call, role)
    putName(call, 'role', name, role.roleId)
    return { Role: { ...roleView(role), ...tagsIfAny(tags) } }
  },

  async GetRole(input, call) {
    const role = await requireRole(call, input.RoleName)
    const use = await call.credentialUses.last(role.roleId)
    return {
      Role: {
        ...listedView(role),
        ...tagsIfAny(role.tags),
        RoleLastUsed: { LastUsedDate: use?.atMs, Region: use?.region },
      },
    }
  },

  async ListRoles(input, call) {
    const prefix = input.PathPrefix ?? '/'
    const { items, end } = await pageOfNames(
      call,
      'ListRoles',
      'role',
      prefix,
      input,
      (id) => call.identities.byId('role', id),
      ({ path }) => path.startsWith(prefix),
    )
    return { Roles: items.map(listedView), ...end }
  },

  async UpdateRole(input, call) {
    const role = await requireRole(call, input.RoleName)
    const { Description: description = role.description } = input
    putRole(call, {
      ...role,
      ...(description === undefined ? {} : { description }),
      maxSessionSeconds: input.MaxSessionDuration ?? role.maxSessionSeconds,
    })
    return {}
  },

  async UpdateRoleDescription(input, call) {
    const role = { ...(await requireRole(call, input.RoleName)), description: input.Description }
    putRole(call, role)
    return { Role: { ...roleView(role), Description: input.Description } }
  },

  async UpdateAssumeRolePolicy(input, call) {
    const role = await requireRole(call, input.RoleName)
    putRole(call, { ...role, ...(await trustPolicyOf(call, input.PolicyDocument)) })
  },

  async DeleteRole(input, call) {
    const { roleId, name } = await requireRole(call, input.RoleName)
    if ((await call.identities.attachedPolicies(roleId)).length > 0)
      throw deleteConflict('detach all policies')
    if ((await call.identities.inlinePolicies(roleId)).length > 0)
      throw deleteConflict('delete policies')
    call.credentialUses.forget(roleId)
    call.change.remove('role', roleId)
    call.change.remove('access_key_use', roleId)
    removeName(call, 'role', name)
  },

  async TagRole(input, call) {
    const role = await requireRole(call, input.RoleName)
    const added = requireTags(input.Tags, 'ignored')
    putRole(call, { ...role, tags: withTags(role.tags, added, 'ignored') })
  },

  async UntagRole(input, call) {
    const role = await requireRole(call, input.RoleName)
    putRole(call, { ...role, tags: withoutTags(role.tags, input.TagKeys, 'ignored') })
  },

  async ListRoleTags(input, call) {
    const { tags, roleId } = await requireRole(call, input.RoleName)
    const page = pageOfList(call, 'ListRoleTags', roleId, input, tags, ([key]) => key)
    return { Tags: wireTags(page.items), ...page.end }
  },
}

export const requireRole = (call: Call, name: string): Promise<RoleRecord> =>
  call.identities.require(call.place.account, 'role', name)

const trustPolicyOf = async (
  call: Call,
  text: string,
): Promise<Pick<RoleRecord, 'trustPolicy' | 'trustedIds'>> => {
  const trustedIds = await bindTrustPolicy(call, text)
  requireTrustPolicySize(text)
  return { trustPolicy: text, trustedIds }
}

const putRole = (call: Call, role: RoleRecord): void => {
  call.change.put('role', role.roleId, role, { parent: role.account })
}

/** What a new role is answered with; lists and GetRole say more. */
const roleView = (role: RoleRecord) => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.roleId,
  Arn: roleArn(role),
  CreateDate: role.createdAtMs,
  AssumeRolePolicyDocument: encodeDocument(role.trustPolicy),
})

const listedView = (role: RoleRecord) => ({
  ...roleView(role),
  Description: role.description,
  MaxSessionDuration: role.maxSessionSeconds,
})
