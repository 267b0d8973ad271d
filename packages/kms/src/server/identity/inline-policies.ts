import { requireInlinePolicySize } from '../../core/access/language/limits.ts'
import { noSuchEntity } from '../../core/identity/identities.ts'
import type { InlinePolicyRecord, OwnerKind } from '../../core/identity/records.ts'
import type { Call } from '../call.ts'
import { encodeDocument, requireIdentityPolicy } from './documents.ts'
import type { IamFamily } from './family.ts'
import { type Owner, requireOwner } from './owners.ts'
import { pageOfList } from './paging.ts'

export const inlinePolicyHandlers: IamFamily<
  | 'PutUserPolicy'
  | 'GetUserPolicy'
  | 'ListUserPolicies'
  | 'DeleteUserPolicy'
  | 'PutGroupPolicy'
  | 'GetGroupPolicy'
  | 'ListGroupPolicies'
  | 'DeleteGroupPolicy'
  | 'PutRolePolicy'
  | 'GetRolePolicy'
  | 'ListRolePolicies'
  | 'DeleteRolePolicy'
> = {
  PutUserPolicy: (input, call) => putPolicy(call, 'user', input.UserName, input),
  PutGroupPolicy: (input, call) => putPolicy(call, 'group', input.GroupName, input),
  PutRolePolicy: (input, call) => putPolicy(call, 'role', input.RoleName, input),

  async GetUserPolicy(input, call) {
    const policy = await getPolicy(call, 'user', input.UserName, input)
    return { UserName: input.UserName, ...policy }
  },
  async GetGroupPolicy(input, call) {
    const policy = await getPolicy(call, 'group', input.GroupName, input)
    return { GroupName: input.GroupName, ...policy }
  },
  async GetRolePolicy(input, call) {
    const policy = await getPolicy(call, 'role', input.RoleName, input)
    return { RoleName: input.RoleName, ...policy }
  },

  ListUserPolicies: (input, call) => listPolicies(call, 'user', input.UserName, input),
  ListGroupPolicies: (input, call) => listPolicies(call, 'group', input.GroupName, input),
  ListRolePolicies: (input, call) => listPolicies(call, 'role', input.RoleName, input),

  DeleteUserPolicy: (input, call) => deletePolicy(call, 'user', input.UserName, input),
  DeleteGroupPolicy: (input, call) => deletePolicy(call, 'group', input.GroupName, input),
  DeleteRolePolicy: (input, call) => deletePolicy(call, 'role', input.RoleName, input),
}

type PolicyName = { readonly PolicyName: string }

const rowId = (owner: Owner, name: string): string => `${owner.id}/${name}`

const putPolicy = async (
  call: Call,
  kind: OwnerKind,
  ownerName: string,
  { PolicyName: name, PolicyDocument: document }: PolicyName & { readonly PolicyDocument: string },
): Promise<void> => {
  const owner = await requireOwner(call, kind, ownerName)
  requireIdentityPolicy(document)
  const policies = await call.identities.inlinePolicies(owner.id)
  const others = policies.filter((other) => other.name !== name)
  const texts = [document, ...others.map((other) => other.document)]
  requireInlinePolicySize(kind, ownerName, texts)
  const record: InlinePolicyRecord = { name, document }
  call.change.put('inline_policy', rowId(owner, name), record, { parent: owner.id })
}

const requirePolicy = async (
  call: Call,
  kind: OwnerKind,
  ownerName: string,
  { PolicyName: name }: PolicyName,
): Promise<{ readonly owner: Owner; readonly policy: InlinePolicyRecord }> => {
  const owner = await requireOwner(call, kind, ownerName)
  const policies = await call.identities.inlinePolicies(owner.id)
  const policy = policies.find((each) => each.name === name)
  if (policy !== undefined) return { owner, policy }
  throw noSuchEntity(`The ${kind} policy with name ${name} cannot be found.`)
}

const getPolicy = async (call: Call, kind: OwnerKind, ownerName: string, input: PolicyName) => {
  const { policy } = await requirePolicy(call, kind, ownerName, input)
  return { PolicyName: policy.name, PolicyDocument: encodeDocument(policy.document) }
}

const listPolicies = async (
  call: Call,
  kind: OwnerKind,
  ownerName: string,
  request: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
) => {
  const owner = await requireOwner(call, kind, ownerName)
  const names = (await call.identities.inlinePolicies(owner.id)).map(({ name }) => name)
  const page = pageOfList(call, 'ListPolicies', owner.id, request, names, (name) => name)
  return { PolicyNames: page.items, ...page.end }
}

const deletePolicy = async (
  call: Call,
  kind: OwnerKind,
  ownerName: string,
  input: PolicyName,
): Promise<void> => {
  const { owner, policy } = await requirePolicy(call, kind, ownerName, input)
  call.change.remove('inline_policy', rowId(owner, policy.name))
}
