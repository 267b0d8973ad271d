import { KmsError } from '../../api/errors.ts'
import { requireAliasName } from '../../core/keys/alias.ts'
import { aliasArn, keyArn, type KeyReference, parseKeyReference } from '../../core/keys/arn.ts'
import type { Key } from '../../core/keys/key.ts'
import { type Soon, whenSoon } from '../../core/soon.ts'
import { refuseForeign, requireIdentityAccess, requireKeyAccess } from '../access/decide.ts'
import type { Target } from '../call.ts'
import type { Asking, Question } from '../resolve.ts'

/**
 * Within an account everyone learns whether a key exists. Whether another account has it is told to
 * those alone whom it lets in.
 */
export const resolveKey = (
  rule: { readonly aliases: boolean; readonly crossAccount: boolean },
  keyId: string,
  asking: Asking,
): Soon<Target> => {
  const { world, caller, place, onTarget } = asking
  const reference = parseKeyReference(keyId, place, rule.aliases)
  const requestAlias = reference.kind === 'alias' ? reference.name : undefined
  const subject = requestAlias === undefined ? asking.subject : { ...asking.subject, requestAlias }
  const { action } = subject
  if (reference.account !== caller.account)
    return resolveForeign(rule.crossAccount, reference, { ...asking, subject })
  return whenSoon(world.directory.requireKey(reference), (key) => {
    onTarget({ action, key })
    const allowed = requireKeyAccess(asking, subject, key)
    return whenSoon(allowed, (allowedBy) => ({ action, key, allowedBy }))
  })
}

const resolveForeign = async (
  isShareable: boolean,
  reference: KeyReference,
  asking: Asking,
): Promise<Target> => {
  const { subject, onTarget } = asking
  const { action } = subject
  const key = isShareable ? await findKey(reference, asking) : undefined
  if (key === undefined) return refuseForeign(asking, subject, arnOf(reference), reference.account)
  const allowedBy = await requireKeyAccess(asking, subject, key)
  onTarget({ action, key })
  return { action, key, allowedBy }
}

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
  const { world, place, subject, onTarget } = asking
  const { action } = subject
  await requireIdentityAccess(asking, subject, aliasArn(place, name))
  const alias = await world.directory.requireAlias(place, name)
  const key = await world.directory.requireKeyId(alias, alias.targetKeyId)
  onTarget({ action, alias, key })
  await requireKeyAccess(asking, subject, key)
  return { action, alias, key }
}
