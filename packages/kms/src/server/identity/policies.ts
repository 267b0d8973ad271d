import { KmsError } from '../../api/errors.ts'
import { requireManagedPolicySize } from '../../core/access/language/limits.ts'
import { policyArn } from '../../core/identity/arn.ts'
import { noSuchEntity } from '../../core/identity/identities.ts'
import {
  type AttachmentRecord,
  newUniqueId,
  type PolicyRecord,
  versionRowId,
} from '../../core/identity/records.ts'
import type { Call } from '../call.ts'
import { requireIdentityPolicy } from './documents.ts'
import type { IamFamily } from './family.ts'
import { putName, removeName, requireRoom } from './names.ts'
import { pageOfList, pageOfNames } from './paging.ts'
import { requireTags, tagsIfAny, wireTags, withoutTags, withTags } from './tags.ts'

export const policiesMax = 1500

export const policyHandlers: IamFamily<
  | 'CreatePolicy'
  | 'GetPolicy'
  | 'ListPolicies'
  | 'DeletePolicy'
  | 'TagPolicy'
  | 'UntagPolicy'
  | 'ListPolicyTags'
  | 'ListEntitiesForPolicy'
> = {
  async CreatePolicy(input, call) {
    const { account } = call.place
    const name = input.PolicyName
    const tags = requireTags(input.Tags, 'kept')
    requirePolicyDocument(input.PolicyDocument)
    if ((await call.identities.idOfName(account, 'policy', name)) !== undefined)
      throw new KmsError(
        'EntityAlreadyExistsException',
        `A policy called ${name} already exists. Duplicate names are not allowed.`,
      )
    await requireRoom(call, 'policy', policiesMax, 'PoliciesPerAccount')
    const nowMs = call.clock.nowMs()
    const policy: PolicyRecord = {
      account,
      policyId: newUniqueId('policy', call.random),
      name,
      path: input.Path ?? '/',
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      ...(input.Description === undefined ? {} : { description: input.Description }),
      defaultVersion: 1,
      newestVersion: 1,
      tags,
    }
    putPolicy(call, policy)
    putVersion(call, policy.policyId, 1, input.PolicyDocument)
    putName(call, 'policy', name, policy.policyId)
    return { Policy: { ...policyView(policy, 0), ...tagsIfAny(tags) } }
  },

  async GetPolicy(input, call) {
    const policy = await requirePolicy(call, input.PolicyArn)
    const attachments = await call.identities.attachmentsOf(policy.policyId)
    return {
      Policy: {
        ...policyView(policy, attachments.length),
        Description: policy.description,
        Tags: wireTags(policy.tags),
      },
    }
  },

  async ListPolicies(input, call) {
    const { PathPrefix: prefix = '/', Scope: scope = 'All', OnlyAttached: attached } = input
    const isBoundary = input.PolicyUsageFilter === 'PermissionsBoundary'
    // None is managed by AWS here, and none limits others.
    const isEmpty = scope === 'AWS' || isBoundary
    const counts = new Map<string, number>()
    const { items, end } = await pageOfNames(
      call,
      'ListPolicies',
      'policy',
      [prefix, scope, String(attached), String(isBoundary)].join(' '),
      input,
      (id) => call.identities.byId('policy', id),
      async ({ policyId, path }) => {
        if (isEmpty || !path.startsWith(prefix)) return false
        const { length } = await call.identities.attachmentsOf(policyId)
        counts.set(policyId, length)
        return attached !== true || length > 0
      },
    )
    return {
      Policies: items.map((each) => policyView(each, counts.get(each.policyId) ?? 0)),
      ...end,
    }
  },

  async DeletePolicy(input, call) {
    const policy = await requirePolicy(call, input.PolicyArn)
    const { policyId, defaultVersion } = policy
    if ((await call.identities.attachmentsOf(policyId)).length > 0)
      throw new KmsError('DeleteConflictException', 'Cannot delete a policy attached to entities.')
    if ((await call.identities.versionsOf(policyId)).length > 1)
      throw new KmsError(
        'DeleteConflictException',
        'This policy has more than one version. Before you delete a policy, you must delete the ' +
          "policy's versions. The default version is deleted with the policy.",
      )
    call.change.remove('managed_policy', policyId)
    call.change.remove('policy_version', versionRowId(policyId, defaultVersion))
    removeName(call, 'policy', policy.name)
  },

  async TagPolicy(input, call) {
    const policy = await requirePolicy(call, input.PolicyArn)
    const added = requireTags(input.Tags, 'kept')
    putPolicy(call, { ...policy, tags: withTags(policy.tags, added, 'kept') })
  },

  async UntagPolicy(input, call) {
    const policy = await requirePolicy(call, input.PolicyArn)
    putPolicy(call, { ...policy, tags: withoutTags(policy.tags, input.TagKeys, 'kept') })
  },

  async ListPolicyTags(input, call) {
    const { tags, policyId } = await requirePolicy(call, input.PolicyArn)
    const page = pageOfList(call, 'ListPolicyTags', policyId, input, tags, ([key]) => key)
    return { Tags: wireTags(page.items), ...page.end }
  },

  async ListEntitiesForPolicy(input, call) {
    const { policyId } = await requirePolicy(call, input.PolicyArn)
    const { PathPrefix: prefix = '/', EntityFilter: only, PolicyUsageFilter: usage } = input
    const holders: Holder[] = []
    for (const attachment of await call.identities.attachmentsOf(policyId)) {
      const holder = await holderOf(call, attachment)
      if (holder?.path.startsWith(prefix) !== true) continue
      if (only !== undefined && holder.kind !== only.toLowerCase()) continue
      if (usage !== 'PermissionsBoundary') holders.push(holder)
    }
    holders.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    const filter = [policyId, prefix, only, usage].join(' ')
    const page = pageOfList(call, 'ListEntitiesForPolicy', filter, input, holders, keyOf)
    const of = (kind: Holder['kind']) => page.items.filter((holder) => holder.kind === kind)
    return {
      PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...page.end,
    }
  },
}

type Holder = {
  readonly kind: AttachmentRecord['ownerKind']
  readonly id: string
  readonly name: string
  readonly path: string
}

const keyOf = ({ kind, name }: Holder): string => `${kind}/${name.toLowerCase()}`

const holderOf = async (
  call: Call,
  { ownerKind, ownerId }: AttachmentRecord,
): Promise<Holder | undefined> => {
  const found = await call.identities.byId(ownerKind, ownerId)
  return found && { kind: ownerKind, id: ownerId, name: found.name, path: found.path }
}

/** The policy that an ARN names, of the account alone; `undefined` for any other ARN of a policy. */
export const findPolicy = async (call: Call, arn: string): Promise<PolicyRecord | undefined> => {
  if (!/^arn:[a-z-]+:iam::(?:[0-9]{12}|aws):policy\/./.test(arn))
    throw new KmsError('ValidationException', `ARN ${arn} is not valid.`)
  const policy = await call.identities.policyByArn(arn)
  return policy?.account === call.place.account ? policy : undefined
}

const requirePolicy = async (call: Call, arn: string): Promise<PolicyRecord> => {
  const policy = await findPolicy(call, arn)
  if (policy !== undefined) return policy
  throw noSuchEntity(`Policy ${arn} was not found.`)
}

export const requirePolicyDocument = (text: string): void => {
  requireIdentityPolicy(text)
  requireManagedPolicySize(text)
}

export const putPolicy = (call: Call, policy: PolicyRecord): void => {
  call.change.put('managed_policy', policy.policyId, policy, { parent: policy.account })
}

export const putVersion = (
  call: Call,
  policyId: string,
  version: number,
  document: string,
): number => {
  const createdAtMs = call.clock.nowMs()
  const row = versionRowId(policyId, version)
  call.change.put('policy_version', row, { version, document, createdAtMs }, { parent: policyId })
  return createdAtMs
}

/** What operations tell of a policy; its tags and description are for some of them alone. */
const policyView = (policy: PolicyRecord, attachments: number) => ({
  PolicyName: policy.name,
  PolicyId: policy.policyId,
  Arn: policyArn(policy),
  Path: policy.path,
  DefaultVersionId: `v${policy.defaultVersion}`,
  AttachmentCount: attachments,
  PermissionsBoundaryUsageCount: 0,
  IsAttachable: true,
  CreateDate: policy.createdAtMs,
  UpdateDate: policy.updatedAtMs,
})
