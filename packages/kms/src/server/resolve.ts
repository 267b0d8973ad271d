import { KmsError } from '../api/errors.ts'
import type { Authorization, Operation, Resource } from '../api/operation.ts'
import { requireAllowed } from '../core/access/decision.ts'
import {
  type CommittedBlob,
  openCommitted,
  discardCommitted,
  materialIdHalf,
  parseBlob,
} from '../core/crypto/blob.ts'
import type { Caller } from '../core/identity/caller.ts'
import { requireAliasName } from '../core/keys/alias.ts'
import { aliasArn, keyArn, parseKeyReference, type Place } from '../core/keys/arn.ts'
import { type Key, requireState, requireUsage } from '../core/keys/key.ts'
import type { LoadedMaterial } from '../core/keys/material.ts'
import type { Origin } from './call-record.ts'
import type { Target, World } from './call.ts'

/** An input once decoded, seen by the names of its members, as a row refers to them. */
type NamedMembers = { readonly [member: string]: unknown }

export type Question = {
  readonly world: World
  readonly caller: Caller
  readonly place: Place
  readonly origin: Origin
}

/** Finds what a call is about, and decides it. */
export type Resolver = (
  name: string,
  row: Operation,
  input: NamedMembers,
  question: Question,
  onTarget: (target: Target) => void,
) => Promise<readonly Target[]>

/**
 * Finds what a call is about and decides it, in AWS's order: the key is looked up, the decision
 * made, then usage and state are checked. `onTarget` hears of each target as it is found, so that
 * a refusal's audit record can name the key.
 */
export const resolveTargets: Resolver = async (name, row, input, question, onTarget) => {
  refuseGrantTokens(input)
  const targets: Target[] = []
  try {
    for (const authorization of row.authorize) {
      const target = await resolveTarget(authorization, input, question)
      targets.push(target)
      onTarget(target)
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

const resolveTarget = (
  { action, resource }: Authorization,
  input: NamedMembers,
  question: Question,
): Promise<Target> => {
  switch (resource.of) {
    case 'account':
      decide(question, action, '*', question.place.account)
      return Promise.resolve({ action })
    case 'key':
      return resolveKey(action, resource, input[resource.member] as string, question)
    case 'ciphertext':
      return resolveCiphertext(action, resource, input, question)
    case 'alias':
      return resolveAlias(action, input[resource.member] as string, question)
    case 'newAlias': {
      const name = input[resource.member] as string
      requireAliasName(name)
      decide(question, action, aliasArn(question.place, name), question.place.account)
      return Promise.resolve({ action })
    }
    default:
      throw new TypeError(`the KMS API has nothing of the kind ${resource.of}`)
  }
}

const decide = (question: Question, action: string, resource: string, owner: string): void =>
  requireAllowed({ caller: question.caller, action, resource, owner })

const resolveKey = async (
  action: string,
  rule: { readonly aliases: boolean; readonly crossAccount: boolean },
  keyId: string,
  question: Question,
): Promise<Target> => {
  const reference = parseKeyReference(keyId, question.place, rule.aliases)
  // Whoever may not ask does not learn whether a key of another account exists.
  if (reference.account !== question.caller.account) {
    const arn =
      reference.kind === 'key'
        ? keyArn(reference, reference.keyId)
        : aliasArn(reference, reference.name)
    decide(question, action, arn, reference.account)
  }
  const key = await question.world.directory.requireKey(reference)
  decide(question, action, key.arn, key.record.account)
  return { action, key }
}

const resolveAlias = async (action: string, name: string, question: Question): Promise<Target> => {
  requireAliasName(name)
  const { world, place } = question
  const alias = await world.directory.requireAlias(place, name)
  decide(question, action, aliasArn(place, name), place.account)
  const key = await world.directory.requireKeyId(alias, alias.targetKeyId)
  decide(question, action, key.arn, key.record.account)
  return { action, alias, key }
}

const resolveCiphertext = async (
  action: string,
  rule: Extract<Resource, { of: 'ciphertext' }>,
  input: NamedMembers,
  question: Question,
): Promise<Target> => {
  const ciphertext = input[rule.member] as Uint8Array | undefined
  const keyId = input[rule.key] as string | undefined
  const anyForm = { aliases: true, crossAccount: true }
  const named = keyId === undefined ? undefined : await resolveKey(action, anyForm, keyId, question)
  if (ciphertext === undefined) return withoutCiphertext(input, rule.member, named)
  const opened = await openUnderAnyKey(ciphertext, question)
  // Unknown material and a commitment that does not hold are one answer, told to the caller alone.
  if (opened === undefined) throw new KmsError('InvalidCiphertextException')
  try {
    const key = named?.key ?? (await ownerOf(opened.material, question))
    if (opened.material.keyRowId !== key.rowId) throw wrongKey(opened.material.place, key)
    decide(question, action, key.arn, key.record.account)
    return { action, key, ...opened }
  } catch (error) {
    discardCommitted(opened.committed)
    throw error
  }
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
