import { KmsError } from '../../api/errors.ts'
import { parseIamArn } from '../../core/identity/arn.ts'
import type { Question, Resolver } from '../resolve.ts'
import { requireAccess } from './decide.ts'
import { resolveIdentities } from './resolve.ts'

/**
 * Decides the calls of STS. A role is for its trust policy to give, and for the caller's own
 * policies to take; whether it exists is told to nobody who may not assume it.
 */
export const resolveSessions: Resolver = async (name, row, input, question, onTarget) => {
  if (!name.startsWith('AssumeRole')) return resolveIdentities(name, row, input, question, onTarget)
  const { caller, place, world } = question
  const { account: owner, arn } = requireRoleArn(input['RoleArn'] as string, place.region)
  if (caller.kind === 'Root')
    throw new KmsError('AccessDeniedException', 'Roles may not be assumed by root accounts.')
  const account = await world.identities.account(owner)
  const found =
    account === undefined || account.isDisabled === true
      ? undefined
      : await world.identities.roleByArn(arn)
  const trust = found === undefined ? 'unknown' : world.policyBook.trustOf(found)
  const [action = ''] = row.authorize.map((each) => each.action)
  for (const each of [action, ...furtherActions(input, question)])
    await requireAccess(question, input, { action: each, arn, owner, tags: found?.tags, trust })
  if (found === undefined) throw new TypeError('a role that does not exist was allowed')
  const target = { action, role: found }
  onTarget(target)
  return [target]
}

/** What else the caller has to be allowed, for what the session is to carry; inherited or given. */
const furtherActions = (
  input: { readonly [member: string]: unknown },
  { caller }: Question,
): readonly string[] => {
  const inherited = caller.session?.transitiveTagKeys ?? []
  const tags = (input['Tags'] as readonly unknown[] | undefined) ?? []
  const sourceIdentity = input['SourceIdentity'] ?? caller.session?.sourceIdentity
  const tagged = tags.length > 0 || inherited.length > 0
  return [
    ...(tagged ? ['sts:TagSession'] : []),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ]
}

/**
 * The role that an ARN names, by the ARN that IAM has for it: a request may say the partition of its
 * own Region, and must not come by that to a name that no policy mentions. Throws
 * ValidationException for any other text.
 */
export const requireRoleArn = (
  arn: string,
  region: string,
): { readonly account: string; readonly arn: string } => {
  const { account = '', resource = '' } = parseIamArn(arn, region) ?? parseIamArn(arn) ?? {}
  if (/^[0-9]{12}$/.test(account) && /^role\/./.test(resource))
    return { account, arn: `arn:aws:iam::${account}:${resource}` }
  throw new KmsError('ValidationException', `${arn.slice(0, 256)} is invalid`)
}
