import { policyArn } from '../../core/identity/arn.ts'
import { noSuchEntity } from '../../core/identity/identities.ts'
import type { AttachmentRecord, OwnerKind } from '../../core/identity/records.ts'
import type { Call } from '../call.ts'
import { type IamFamily, overQuota } from './family.ts'
import { requireOwner } from './owners.ts'
import { pageOfList } from './paging.ts'
import { findPolicy } from './policies.ts'
import { notAttachable } from './policy-versions.ts'

export const attachedPoliciesMax = 10

const quota = {
  user: 'PoliciesPerUser',
  group: 'PoliciesPerGroup',
  role: 'PoliciesPerRole',
} as const satisfies Record<OwnerKind, string>

export const attachmentHandlers: IamFamily<
  | 'AttachUserPolicy'
  | 'DetachUserPolicy'
  | 'ListAttachedUserPolicies'
  | 'AttachGroupPolicy'
  | 'DetachGroupPolicy'
  | 'ListAttachedGroupPolicies'
  | 'AttachRolePolicy'
  | 'DetachRolePolicy'
  | 'ListAttachedRolePolicies'
> = {
  AttachUserPolicy: (input, call) => attach(call, 'user', input.UserName, input.PolicyArn),
  AttachGroupPolicy: (input, call) => attach(call, 'group', input.GroupName, input.PolicyArn),
  AttachRolePolicy: (input, call) => attach(call, 'role', input.RoleName, input.PolicyArn),

  DetachUserPolicy: (input, call) => detach(call, 'user', input.UserName, input.PolicyArn),
  DetachGroupPolicy: (input, call) => detach(call, 'group', input.GroupName, input.PolicyArn),
  DetachRolePolicy: (input, call) => detach(call, 'role', input.RoleName, input.PolicyArn),

  ListAttachedUserPolicies: (input, call) => listAttached(call, 'user', input.UserName, input),
  ListAttachedGroupPolicies: (input, call) => listAttached(call, 'group', input.GroupName, input),
  ListAttachedRolePolicies: (input, call) => listAttached(call, 'role', input.RoleName, input),
}

const rowId = (policyId: string, ownerId: string): string => `${policyId}/${ownerId}`

const attach = async (call: Call, kind: OwnerKind, name: string, arn: string): Promise<void> => {
  const owner = await requireOwner(call, kind, name)
  const policy = await findPolicy(call, arn)
  if (policy === undefined) throw notAttachable(arn)
  const attached = await call.identities.attachedPolicies(owner.id)
  if (attached.some(({ policyId }) => policyId === policy.policyId)) return
  if (attached.length >= attachedPoliciesMax) throw overQuota(quota[kind], attachedPoliciesMax)
  const record: AttachmentRecord = {
    policyId: policy.policyId,
    ownerId: owner.id,
    ownerKind: kind,
  }
  const parent = owner.id
  call.change.put('policy_attachment', rowId(policy.policyId, owner.id), record, { parent })
}

const detach = async (call: Call, kind: OwnerKind, name: string, arn: string): Promise<void> => {
  const owner = await requireOwner(call, kind, name)
  const policy = await findPolicy(call, arn)
  const attached = await call.identities.attachedPolicies(owner.id)
  if (policy === undefined || attached.every(({ policyId }) => policyId !== policy.policyId))
    throw noSuchEntity(`Policy ${arn} was not found.`)
  call.change.remove('policy_attachment', rowId(policy.policyId, owner.id))
}

type ListRequest = {
  readonly PathPrefix?: string | undefined
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

const listAttached = async (call: Call, kind: OwnerKind, name: string, input: ListRequest) => {
  const owner = await requireOwner(call, kind, name)
  const prefix = input.PathPrefix ?? '/'
  const policies = (await call.identities.attachedPolicies(owner.id)).filter(({ path }) =>
    path.startsWith(prefix),
  )
  const filter = `${owner.id} ${prefix}`
  const idOf = (policy: { readonly name: string }): string => policy.name.toLowerCase()
  const page = pageOfList(call, 'ListAttachedPolicies', filter, input, policies, idOf)
  return {
    AttachedPolicies: page.items.map((policy) => ({
      PolicyName: policy.name,
      PolicyArn: policyArn(policy),
    })),
    ...page.end,
  }
}
