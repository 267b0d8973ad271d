import type { Resource } from '../../api/operation.ts'
import type { Grant } from '../../core/access/grants/grant.ts'
import { grantNotFound, requireGrantId } from '../../core/access/grants/grant-id.ts'
import { type GrantName, invalidGrantToken } from '../../core/access/grants/token.ts'
import { parseKeyReference, type Place } from '../../core/keys/arn.ts'
import type { Key } from '../../core/keys/key.ts'
import { refuseForeign, requireRetireAccess } from '../access/decide.ts'
import type { Target, World } from '../call.ts'
import type { Asking, NamedMembers, Question } from '../resolve.ts'
import { arnOf, findKey } from './keys.ts'

/**
 * A token is no permission, for a grant counts as soon as it is made: but one that is none, or whose
 * grant is gone, is refused. Which key it is for makes no difference: ReEncrypt has two.
 */
export const requireGrantTokens = async (
  input: NamedMembers,
  { world, place }: Question,
): Promise<void> => {
  const tokens = (input['GrantTokens'] ?? []) as readonly string[]
  for (const token of tokens) await requireGrant(world, world.grantTokens.decode(token), place)
}

const requireGrant = async (
  { grants, directory }: World,
  name: GrantName,
  { region }: Place,
): Promise<{ readonly key: Key; readonly grant: Grant }> => {
  const isHere = name.keyRowId.startsWith(`${region}/`)
  const key = isHere ? await directory.key(name.keyRowId) : undefined
  const grant = key && (await grants.find(name))
  if (key === undefined || grant === undefined) throw invalidGrantToken()
  return { key, grant }
}

/** A grant that another account learns nothing of is refused as one that does not exist. */
export const resolveGrant = async (
  rule: Extract<Resource, { of: 'grant' }>,
  asking: Asking,
): Promise<Target> => {
  const { question, subject, onTarget } = asking
  const { world, caller, place } = question
  const { action, input } = subject
  const token = input[rule.token] as string | undefined
  const { key, grant } =
    token === undefined
      ? await grantNamedBy(rule, asking)
      : await requireGrant(world, world.grantTokens.decode(token), place)
  const isOwn = key.record.account === caller.account
  if (isOwn) onTarget({ action, key })
  await requireRetireAccess(question, subject, key, grant)
  if (!isOwn) onTarget({ action, key })
  return { action, key, grant }
}

const grantNamedBy = async (
  rule: Extract<Resource, { of: 'grant' }>,
  { question, subject }: Asking,
): Promise<{ readonly key: Key; readonly grant: Grant }> => {
  const { world, caller, place } = question
  const grantId = requireGrantId(subject.input[rule.grantId] as string)
  const reference = parseKeyReference(subject.input[rule.key] as string, place, false)
  const isOwn = reference.account === caller.account
  const key = isOwn
    ? await world.directory.requireKey(reference)
    : await findKey(reference, question)
  const grant = key && (await world.grants.find({ keyRowId: key.rowId, grantId }))
  if (key !== undefined && grant !== undefined) return { key, grant }
  if (isOwn) throw grantNotFound(grantId)
  return refuseForeign(question, subject, arnOf(reference), reference.account)
}
