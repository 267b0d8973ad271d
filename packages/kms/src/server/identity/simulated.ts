import { KmsError } from '../../api/errors.ts'
import type { Facts } from '../../core/access/conditions/lookup.ts'
import {
  namesOfAnyone,
  type Principal,
  sessionPrincipal,
  userPrincipal,
} from '../../core/access/principals/principal.ts'
import { callerFact } from '../../core/identity/access.ts'
import { groupArn, parseIamArn, roleArn, sessionArn, userArn } from '../../core/identity/arn.ts'
import type { Tags } from '../../core/keys/tags.ts'
import type { Call } from '../call.ts'
import type { Owner } from './owners.ts'

/** A policy document, and where it comes from in the words of IAM. */
export type SourcedDocument = {
  readonly id: string
  readonly type: 'user' | 'group' | 'role' | 'user-managed' | 'none'
  readonly document: string
}

/** Whose policies are simulated, and what is known of it. */
export type Simulated = {
  readonly principal: Principal
  readonly caller: Facts['caller']
  readonly tags: Tags | undefined
  readonly documents: readonly SourcedDocument[]
}

/** What is simulated of a role is one of its sessions. */
const sessionName = 'simulation'

/**
 * The user, group or role of an ARN with its policies. Throws InvalidInputException for what is none,
 * NoSuchEntityException for one that does not exist.
 */
export const simulatedBy = async (call: Call, arn: string): Promise<Simulated> => {
  const parsed = parseIamArn(arn)
  const [, kind, name = ''] =
    /^(user|group|role)\/(?:.*\/)?([^/]+)$/s.exec(parsed?.resource ?? '') ?? []
  if (parsed === undefined || kind === undefined)
    throw new KmsError(
      'InvalidInputException',
      `Invalid Entity Arn: ${arn} does not clearly define entity type and name.`,
    )
  if (kind === 'user') return simulatedUser(call, arn, name)
  return kind === 'group' ? simulatedGroup(call, arn, name) : simulatedRole(call, arn, name)
}

const simulatedUser = async (call: Call, arn: string, name: string): Promise<Simulated> => {
  const { account } = call.place
  const user = await call.identities.require(account, 'user', name)
  if (userArn(user) !== arn) throw noEntity('user', name)
  const { userId, tags } = user
  const groups = await call.identities.groupsOf(userId)
  const owners: Owner[] = [
    { kind: 'user', id: userId, name: user.name },
    ...groups.map((group) => ({ kind: 'group', id: group.groupId, name: group.name }) as const),
  ]
  const caller = {
    kind: 'IAMUser',
    account,
    arn,
    accessKeyId: '',
    userId,
    userName: user.name,
    tags,
  } as const
  return {
    principal: userPrincipal(arn, userId),
    caller: callerFact(caller),
    tags,
    documents: await documentsOf(call, owners),
  }
}

/** A group never calls: its policies are simulated for somebody of whom nothing else is known. */
const simulatedGroup = async (call: Call, arn: string, name: string): Promise<Simulated> => {
  const { account } = call.place
  const group = await call.identities.require(account, 'group', name)
  if (groupArn(group) !== arn) throw noEntity('group', name)
  return {
    principal: { kind: 'User', account, arn, names: namesOfAnyone(account) },
    caller: (property) => (property === 'account' ? account : undefined),
    tags: undefined,
    documents: await documentsOf(call, [{ kind: 'group', id: group.groupId, name: group.name }]),
  }
}

const simulatedRole = async (call: Call, arn: string, name: string): Promise<Simulated> => {
  const { account, region } = call.place
  const role = await call.identities.require(account, 'role', name)
  if (roleArn(role) !== arn) throw noEntity('role', name)
  const session = sessionArn(account, role.name, sessionName, region)
  return {
    principal: sessionPrincipal(session, arn, role.roleId),
    // When its session begins, and what it is called, is not known.
    caller: (property) => {
      if (property === 'account') return account
      if (property === 'principalArn') return arn
      return property === 'principalType' ? 'AssumedRole' : undefined
    },
    tags: role.tags,
    documents: await documentsOf(call, [{ kind: 'role', id: role.roleId, name: role.name }]),
  }
}

const documentsOf = async (
  { identities }: Call,
  owners: readonly Owner[],
): Promise<readonly SourcedDocument[]> => {
  const documents: SourcedDocument[] = []
  for (const { kind, id, name } of owners) {
    for (const inline of await identities.inlinePolicies(id))
      documents.push({
        id: `${kind}_${name}_${inline.name}`,
        type: kind,
        document: inline.document,
      })
    for (const { policyId, defaultVersion, name: managed } of await identities.attachedPolicies(
      id,
    )) {
      const version = await identities.version(policyId, defaultVersion)
      if (version === undefined) throw new Error(`the policy ${policyId} has no version`)
      documents.push({ id: managed, type: 'user-managed', document: version.document })
    }
  }
  return documents
}

const noEntity = (kind: string, name: string): KmsError =>
  new KmsError('NoSuchEntityException', `The ${kind} with name ${name} cannot be found.`)
