import { KmsError } from '../../api/errors.ts'
import type { IdentityResource } from '../../api/operation.ts'
import {
  groupArn,
  iamRegion,
  oidcProviderArn,
  parseIamArn,
  policyArn,
  roleArn,
  userArn,
} from '../../core/identity/arn.ts'
import { rootArn } from '../../core/keys/arn.ts'
import type { Question, Resolver } from '../resolve.ts'
import { requireAccess, type Subject } from './decide.ts'

/**
 * Finds the ARNs that a call of IAM is about, and decides it. What does not exist is decided by the
 * ARN that it would have: whoever may not ask does not learn whether it does.
 */
export const resolveIdentities: Resolver = async (_name, row, input, question, onTarget) => {
  if (row.authorize.length > 0) refuseTemporaryUser(question)
  const targets = []
  for (const { action, resource } of row.authorize) {
    if (resource.of !== 'identity') throw new TypeError(`IAM has nothing of ${resource.of}`)
    const found = await find(resource, input, question)
    const owner = ownerOf(found.arn, question.place.account)
    await requireAccess(question, input, { action, ...found, owner })
    const target = { action }
    targets.push(target)
    onTarget(target)
  }
  return targets
}

/**
 * The credentials of GetSessionToken assume roles, and have no other business with IAM and STS: AWS
 * asks for MFA then, which there is not (STS API Reference, GetSessionToken).
 */
const refuseTemporaryUser = ({ caller }: Question): void => {
  if (caller.session === undefined || caller.kind === 'AssumedRole') return
  throw new KmsError(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  )
}

type Found = Pick<Subject, 'arn' | 'tags' | 'what'>

/** What an ARN of another account names belongs to that account, whether or not it exists. */
const ownerOf = (arn: string, account: string): string => {
  const named = parseIamArn(arn)?.account
  return named === undefined || named === 'aws' ? account : named
}

const find = async (
  resource: IdentityResource,
  input: { readonly [member: string]: unknown },
  question: Question,
): Promise<Found> => {
  const { kind, member, becomes } = resource
  const text = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : (input[name] as string | undefined)
  if (kind === undefined) return { arn: '*' }
  const named = text(member)
  if (kind === 'arn') return { arn: named ?? '*' }
  if (kind === 'access-key') return ownerOfKey(named ?? '', question)
  if (becomes === undefined)
    return named === undefined ? { arn: question.caller.arn } : findNamed(kind, named, question)
  const name = text(becomes.name)
  const path = text(becomes.path)
  const { account } = question.place
  const { identities } = question.world
  const before =
    named === undefined || (kind !== 'user' && kind !== 'group')
      ? undefined
      : await identities.byName(account, kind, named)
  const after = {
    account,
    name: name ?? before?.name ?? named ?? '',
    path: path ?? before?.path ?? '/',
  }
  return { arn: arnOf(kind, after) }
}

/** A key that is not the account's own is anybody's, and its refusal names the key alone. */
const ownerOfKey = async (
  accessKeyId: string,
  { world: { accessKeys, identities }, place: { account } }: Question,
): Promise<Found> => {
  const what = `access key ${accessKeyId}`
  const key = accessKeys.record(accessKeyId)
  if (key?.account !== account) return { arn: '*', what }
  if (key.userId === undefined) return { arn: rootArn({ region: iamRegion, account }), what }
  const owner = await identities.byId('user', key.userId)
  return owner === undefined ? { arn: '*', what } : { arn: userArn(owner), tags: owner.tags, what }
}

type NamedKind = Exclude<IdentityResource['kind'], 'arn' | 'access-key' | undefined>

const arnOf = (
  kind: NamedKind,
  named: { readonly account: string; readonly path: string; readonly name: string },
): string => {
  switch (kind) {
    case 'user':
      return userArn(named)
    case 'group':
      return groupArn(named)
    case 'role':
      return roleArn(named)
    case 'policy':
      return policyArn(named)
    case 'oidc-provider':
      return oidcProviderArn(named.account, named.name)
  }
}

const findNamed = async (
  kind: NamedKind,
  named: string,
  { world: { identities }, place: { account } }: Question,
): Promise<Found> => {
  // What these operations name by ARN has its account in it.
  if (kind === 'oidc-provider') return { arn: named }
  if (kind === 'policy') {
    const policy = await identities.policyByArn(named)
    return policy === undefined ? { arn: named } : { arn: named, tags: policy.tags }
  }
  const found = await identities.byName(account, kind, named)
  if (found === undefined) return { arn: arnOf(kind, { account, path: '/', name: named }) }
  return { arn: arnOf(kind, found), ...('tags' in found ? { tags: found.tags } : {}) }
}
