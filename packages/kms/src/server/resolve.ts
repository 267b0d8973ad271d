import { KmsError } from '../api/errors.ts'
import type { Authorization, Operation, Resource } from '../api/operation.ts'
import type { Decision } from '../core/access/evaluate/decision.ts'
import {
  type CommittedBlob,
  openCommitted,
  discardCommitted,
  materialIdHalf,
  parseBlob,
} from '../core/crypto/blob.ts'
import type { Caller } from '../core/identity/caller.ts'
import { requireAliasName } from '../core/keys/alias.ts'
import {
  aliasArn,
  keyArn,
  type KeyReference,
  parseKeyReference,
  type Place,
} from '../core/keys/arn.ts'
import { type Key, requireState, requireUsage } from '../core/keys/key.ts'
import type { LoadedMaterial } from '../core/keys/material.ts'
import { refuseForeign, requireIdentityAccess, requireKeyAccess } from './access/decide.ts'
import type { Subject } from './access/facts.ts'
import type { Origin } from './call-record.ts'
import type { Target, World } from './call.ts'

/** An input once decoded, seen by the names of its members, as a row refers to them. */
export type NamedMembers = { readonly [member: string]: unknown }

export type Question = {
  readonly world: World
  readonly caller: Caller
  readonly place: Place
  readonly origin: Origin
  /** Hears of each decision as it is made, for the audit record. */
  readonly onDecision: (decision: Decision) => void
}

/** Finds what a call is about, and decides it. */
export type Resolver = (
  name: string,
  row: Operation,
  input: NamedMembers,
  question: Question,
  onTarget: (target: Target) => void,
) => Promise<readonly Target[]>

/** A question with what one entry of the row's `authorize` asks. */
type Asking = Question & {
  readonly subject: Subject
  readonly onTarget: (target: Target) => void
}

/**
 * Finds what a call is about and decides it, in AWS's order: the key is looked up, the decision
 * made, then usage and state are checked. `onTarget` hears of each target as it is found, so that
 * a refusal's audit record can name the key: another account's only once the caller may use it.
 */
export const resolveTargets: Resolver = async (name, row, input, question, onTarget) => {
  refuseGrantTokens(input)
  const targets: Target[] = []
  try {
    const isSameKey = await sameKeyOf(row, input, question)
    for (const authorization of row.authorize) {
      if (!isAsked(authorization, input)) continue
      const { action, context } = authorization
      const subject = {
        action,
        row,
        input,
        context: context === undefined ? undefined : (input[context] as Subject['context']),
        isSameKey,
      }
      targets.push(await resolveTarget(authorization, { ...question, subject, onTarget }))
    }
    for (const { key } of targets) {
      if (key === undefined) continue
      if (row.usage !== undefined) requireUsage(row.usage, key, name)
      requireState(row.keyState, key)
    }
  } catch (error) {
    for (const { committed } of targets) if (committed !== undefined) discardCommitted(committed)
    throw error
  }
  return targets
}

/** There are no grants yet, so no token can be one of theirs. */
const refuseGrantTokens = (input: NamedMembers): void => {
  const tokens = input['GrantTokens']
  if (Array.isArray(tokens) && tokens.length > 0)
    throw new KmsError('InvalidGrantTokenException', 'A grant token is not valid.')
}

/** An empty list asks for nothing, and needs no permission. */
const isAsked = ({ onlyWith }: Authorization, input: NamedMembers): boolean => {
  const value = onlyWith === undefined ? true : input[onlyWith]
  return Array.isArray(value) ? value.length > 0 : value !== undefined
}

const resolveTarget = async (
  { action, resource }: Authorization,
  asking: Asking,
): Promise<Target> => {
  const { subject, place } = asking
  const { input } = subject
  switch (resource.of) {
    case 'account':
      await requireIdentityAccess(asking, subject, '*')
      return { action }
    case 'newKey':
      await requireIdentityAccess(asking, subject, keyArn(place, '*'))
      return { action }
    case 'key':
      return resolveKey(resource, input[resource.member] as string, asking)
    case 'ciphertext':
      return resolveCiphertext(resource, asking)
    case 'alias':
      return resolveAlias(input[resource.member] as string, asking)
    case 'newAlias': {
      const name = input[resource.member] as string
      requireAliasName(name)
      await requireIdentityAccess(asking, subject, aliasArn(place, name))
      return { action }
    }
    default:
      throw new TypeError(`the KMS API has nothing of the kind ${resource.of}`)
  }
}

/**
 * Within an account everyone learns whether a key exists. Whether another account has it is told to
 * those alone whom it lets in.
 */
const resolveKey = async (
  rule: { readonly aliases: boolean; readonly crossAccount: boolean },
  keyId: string,
  asking: Asking,
): Promise<Target> => {
  const { world, caller, place, onTarget } = asking
  const reference = parseKeyReference(keyId, place, rule.aliases)
  const requestAlias = reference.kind === 'alias' ? reference.name : undefined
  const subject = requestAlias === undefined ? asking.subject : { ...asking.subject, requestAlias }
  const { action } = subject
  if (reference.account !== caller.account) {
    const foreign = rule.crossAccount ? await findKey(reference, asking) : undefined
    if (foreign === undefined)
      return refuseForeign(asking, subject, arnOf(reference), reference.account)
    await requireKeyAccess(asking, subject, foreign)
    onTarget({ action, key: foreign })
    return { action, key: foreign }
  }
  const found = world.directory.requireKey(reference)
  const key = found instanceof Promise ? await found : found
  onTarget({ action, key })
  const allowed = requireKeyAccess(asking, subject, key)
  if (allowed instanceof Promise) await allowed
  return { action, key }
}

const arnOf = (reference: KeyReference): string =>
  reference.kind === 'key'
    ? keyArn(reference, reference.keyId)
    : aliasArn(reference, reference.name)

const findKey = async (reference: KeyReference, { world }: Question): Promise<Key | undefined> =>
  unlessNotFound(() => world.directory.requireKey(reference))

const unlessNotFound = async <T>(find: () => T | Promise<T>): Promise<T | undefined> => {
  try {
    return await find()
  } catch (error) {
    if (error instanceof KmsError && error.code === 'NotFoundException') return undefined
    throw error
  }
}

/** The alias is decided by its name, so that nobody learns of it who may not change it. */
const resolveAlias = async (name: string, asking: Asking): Promise<Target> => {
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

const anyForm = { aliases: true, crossAccount: true }

const resolveCiphertext = async (
  rule: Extract<Resource, { of: 'ciphertext' }>,
  asking: Asking,
): Promise<Target> => {
  const { subject, onTarget, caller } = asking
  const { action, input } = subject
  const ciphertext = input[rule.member] as Uint8Array | undefined
  const keyId = input[rule.key] as string | undefined
  const named = keyId === undefined ? undefined : await resolveKey(anyForm, keyId, asking)
  if (ciphertext === undefined) return withoutCiphertext(input, rule.member, named)
  const opened = await openUnderAnyKey(ciphertext, asking)
  // Unknown material and a commitment that does not hold are one answer, told to the caller alone.
  if (opened === undefined) throw new KmsError('InvalidCiphertextException')
  try {
    if (named?.key !== undefined) {
      if (opened.material.keyRowId !== named.key.rowId)
        throw wrongKey(opened.material.place, named.key)
      return { ...named, ...opened }
    }
    const key = await ownerOf(opened.material, asking)
    const isOwn = key.record.account === caller.account
    if (isOwn) onTarget({ action, key })
    await requireKeyAccess(asking, subject, key, 'byCiphertext')
    if (!isOwn) onTarget({ action, key })
    return { action, key, ...opened }
  } catch (error) {
    discardCommitted(opened.committed)
    throw error
  }
}

/**
 * Of an operation with two keys, whether both are the same: conditions on the first may ask about it
 * before the second is looked up. What is wrong with either is told in its turn.
 */
const sameKeyOf = async (
  row: Operation,
  input: NamedMembers,
  { place, world }: Question,
): Promise<boolean | undefined> => {
  const [first, second] = row.authorize
  if (first?.resource.of !== 'ciphertext' || second?.resource.of !== 'key') return undefined
  const keyNamedBy = (member: string): Promise<string | undefined> =>
    unlessNotFound(async () => {
      const reference = parseKeyReference(input[member] as string, place, true)
      return (await world.directory.requireKey(reference)).rowId
    })
  const { member, key } = first.resource
  const ciphertext = input[member] as Uint8Array | undefined
  const parsed = ciphertext && parseBlob(ciphertext)
  const material = parsed && (await world.directory.material(place.region, materialIdHalf(parsed)))
  const from = input[key] === undefined ? material?.keyRowId : await keyNamedBy(key)
  const to = await keyNamedBy(second.resource.member)
  return to !== undefined && from === to
}

const openUnderAnyKey = async (
  ciphertext: Uint8Array,
  { world, place }: Question,
): Promise<{ committed: CommittedBlob; material: LoadedMaterial } | undefined> => {
  const parsed = parseBlob(ciphertext)
  if (parsed === undefined) return undefined
  const material = await world.directory.material(place.region, materialIdHalf(parsed))
  if (material === undefined) return undefined
  const committed = openCommitted(material.material, parsed)
  return committed && { committed, material }
}

/** A key whose waiting period has ended counts as unknown, though its material is still there. */
const ownerOf = async (material: LoadedMaterial, { world }: Question): Promise<Key> => {
  const key = await world.directory.key(material.keyRowId)
  if (key === undefined) throw new KmsError('InvalidCiphertextException')
  return key
}

/** Within an account AWS says that the key is another one; across accounts it says nothing. */
const wrongKey = (owner: Place, named: Key): KmsError =>
  owner.account === named.record.account
    ? new KmsError(
        'IncorrectKeyException',
        'The key ID in the request does not identify a CMK that can perform this operation.',
      )
    : new KmsError('InvalidCiphertextException')

/** Only a DryRun that asks about permissions alone may leave out the ciphertext. */
const withoutCiphertext = (
  input: NamedMembers,
  member: string,
  named: Target | undefined,
): Target => {
  const modifiers = input['DryRunModifiers'] as readonly string[] | undefined
  const isPermissionCheck = input['DryRun'] === true && modifiers?.includes('IGNORE_CIPHERTEXT')
  if (isPermissionCheck === true && named !== undefined) return named
  const path = member.charAt(0).toLowerCase() + member.slice(1)
  throw new KmsError(
    'ValidationException',
    isPermissionCheck === true
      ? 'A KeyId is required when the ciphertext is ignored.'
      : `1 validation error detected: Value null at '${path}' failed to satisfy constraint: ` +
          'Member must not be null',
  )
}
