import { KmsError } from '../../api/errors.ts'
import type { Grant } from '../../core/access/grants/grant.ts'
import { requireAliasName } from '../../core/keys/alias.ts'
import { aliasArn, keyArn, type KeyReference, parseKeyReference } from '../../core/keys/arn.ts'
import type { Key } from '../../core/keys/key.ts'
import { type Soon, whenSoon } from '../../core/soon.ts'
import {
  type KeyNaming,
  refuseForeign,
  requireIdentityAccess,
  requireKeyAccess,
} from '../access/decide.ts'
import type { Target } from '../call.ts'
import type { Asking, Question } from '../resolve.ts'

/** A target that is a key. */
export type KeyTarget = Target & { readonly key: Key }

/**
 * Within an account everyone learns whether a key exists. Whether another account has it is told to
 * those alone whom it lets in.
 */
export const resolveKey = (
  rule: { readonly aliases: boolean; readonly crossAccount: boolean },
  keyId: string,
  asking: Asking,
): Soon<KeyTarget> => {
  const { world, caller, place } = asking.question
  const known = world.directory.named(place, keyId)
  if (known !== undefined)
    return requireTarget({ action: asking.subject.action, key: known }, asking)
  const reference = parseKeyReference(keyId, place, rule.aliases)
  const asked =
    reference.kind === 'alias'
      ? { ...asking, subject: { ...asking.subject, requestAlias: reference.name } }
      : asking
  if (reference.account !== caller.account)
    return resolveForeign(rule.crossAccount, reference, asked)
  return whenSoon(world.directory.requireKey(reference), (key) =>
    requireTarget({ action: asked.subject.action, key }, asked),
  )
}

const resolveForeign = async (
  isShareable: boolean,
  reference: KeyReference,
  asking: Asking,
): Promise<KeyTarget> => {
  const { question, subject } = asking
  const key = isShareable ? await findKey(reference, question) : undefined
  if (key === undefined)
    return refuseForeign(question, subject, arnOf(reference), reference.account)
  return requireTarget({ action: subject.action, key }, asking)
}

/** The target, once the caller may use its key. */
export const requireTarget = (
  target: KeyTarget,
  asking: Asking,
  naming?: KeyNaming,
): Soon<KeyTarget> => {
  const { question, subject, onTarget } = asking
  const { key } = target
  if (key.record.account !== question.caller.account)
    return requireForeignTarget(target, asking, naming)
  onTarget(target)
  const allowedBy = requireKeyAccess(question, subject, key, naming)
  return allowedBy === undefined ? target : withGrant(target, allowedBy)
}

/** Another account's key is told of once it may be used. */
const requireForeignTarget = async (
  target: KeyTarget,
  { question, subject, onTarget }: Asking,
  naming?: KeyNaming,
): Promise<KeyTarget> => {
  const allowedBy = await requireKeyAccess(question, subject, target.key, naming)
  onTarget(target)
  return withGrant(target, allowedBy)
}

const withGrant = (target: KeyTarget, allowedBy: Soon<Grant | undefined>): Soon<KeyTarget> =>
  whenSoon(allowedBy, (grant) => ({ ...target, allowedBy: grant }))

export const arnOf = (reference: KeyReference): string =>
  reference.kind === 'key'
    ? keyArn(reference, reference.keyId)
    : aliasArn(reference, reference.name)

export const findKey = async (
  reference: KeyReference,
  { world }: Question,
): Promise<Key | undefined> => unlessNotFound(() => world.directory.requireKey(reference))

export const unlessNotFound = async <T>(find: () => T | Promise<T>): Promise<T | undefined> => {
  try {
    return await find()
  } catch (error) {
    if (error instanceof KmsError && error.code === 'NotFoundException') return undefined
    throw error
  }
}

/** The alias is decided by its name, so that nobody learns of it who may not change it. */
export const resolveAlias = async (name: string, asking: Asking): Promise<Target> => {
  requireAliasName(name)
  const { question, subject, onTarget } = asking
  const { world, place } = question
  const { action } = subject
  await requireIdentityAccess(question, subject, aliasArn(place, name))
  const alias = await world.directory.requireAlias(place, name)
  const key = await world.directory.requireKeyId(alias, alias.targetKeyId)
  onTarget({ action, alias, key })
  await requireKeyAccess(question, subject, key)
  return { action, alias, key }
}
