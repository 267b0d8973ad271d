import type { Authorization, Operation } from '../api/operation.ts'
import type { Decision } from '../core/access/evaluate/decision.ts'
import { discardCommitted } from '../core/crypto/blob.ts'
import type { Recipient } from '../core/attestation/verify.ts'
import type { Caller } from '../core/identity/caller.ts'
import { requireAliasName } from '../core/keys/alias.ts'
import { aliasArn, keyArn, type Place } from '../core/keys/arn.ts'
import { requireOrigin, requireUsage } from '../core/keys/key.ts'
import { requireState } from '../core/keys/key-state.ts'
import { type Soon, whenSoon } from '../core/soon.ts'
import { requireIdentityAccess } from './access/decide.ts'
import type { Subject } from './access/facts.ts'
import type { Origin } from './call-record.ts'
import type { Target, World } from './call.ts'
import { hasTwoKeys, resolveCiphertext, sameKeyOf } from './resolve/ciphertexts.ts'
import { requireGrantTokens, resolveGrant } from './resolve/grants.ts'
import { resolveAlias, resolveKey } from './resolve/keys.ts'
import { resolveRelated, resolveReplica } from './resolve/replicas.ts'

/** An input once decoded, seen by the names of its members, as a row refers to them. */
export type NamedMembers = { readonly [member: string]: unknown }

export type Question = {
  readonly world: World
  readonly caller: Caller
  readonly place: Place
  readonly origin: Origin
  /** Whom the answer is for, if not the caller. */
  readonly recipient?: Recipient | undefined
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
) => Soon<readonly Target[]>

/** A question, and what one entry of the row's `authorize` asks. */
export type Asking = {
  readonly question: Question
  readonly subject: Subject
  readonly onTarget: (target: Target) => void
}

/**
 * Finds what a call is about and decides it, in AWS's order: the key is looked up, the decision
 * made, then usage and state are checked. `onTarget` hears of each target as it is found, so that
 * a refusal's audit record can name the key: another account's only once the caller may use it.
 */
export const resolveTargets: Resolver = (name, row, input, question, onTarget) => {
  const only = row.authorize.length === 1 ? row.authorize[0] : undefined
  if (only === undefined || !isAsked(only, input) || input['GrantTokens'] !== undefined)
    return resolveEach(name, row, input, question, onTarget)
  // Most calls by far; nothing of them waits if the key is in memory.
  const subject = subjectOf(only, row, input)
  const target = resolveTarget(only, none, { question, subject, onTarget })
  return target instanceof Promise
    ? target.then((later) => requireUsable(name, row, [later], question))
    : requireUsable(name, row, [target], question)
}

const none: readonly Target[] = []

const resolveEach = async (
  ...[name, row, input, question, onTarget]: Parameters<Resolver>
): Promise<readonly Target[]> => {
  if (input['GrantTokens'] !== undefined) await requireGrantTokens(input, question)
  const targets: Target[] = []
  try {
    const isSameKey = hasTwoKeys(row) ? await sameKeyOf(row, input, question) : undefined
    for (const authorization of row.authorize) {
      if (!isAsked(authorization, input)) continue
      const subject = { ...subjectOf(authorization, row, input), isSameKey }
      targets.push(await resolveTarget(authorization, targets, { question, subject, onTarget }))
    }
  } catch (error) {
    discardCiphertexts(targets)
    throw error
  }
  return requireUsable(name, row, targets, question)
}

const subjectOf = (
  { action, context }: Authorization,
  row: Operation,
  input: NamedMembers,
): Subject => ({
  action,
  row,
  input,
  context: context === undefined ? undefined : (input[context] as Subject['context']),
})

const requireUsable = (
  name: string,
  row: Operation,
  targets: readonly Target[],
  { world }: Question,
): readonly Target[] => {
  try {
    for (const { key } of targets) {
      if (key === undefined) continue
      if (row.usage !== undefined) requireUsage(row.usage, key, name)
      if (row.origin !== undefined) requireOrigin(row.origin, key)
      requireState(row.keyState, key, world.keyStores.keyState(key))
    }
    return targets
  } catch (error) {
    discardCiphertexts(targets)
    throw error
  }
}

const discardCiphertexts = (targets: readonly Target[]): void => {
  for (const { committed } of targets) if (committed !== undefined) discardCommitted(committed)
}

/** An empty list asks for nothing, and needs no permission. */
const isAsked = ({ onlyWith }: Authorization, input: NamedMembers): boolean => {
  const value = onlyWith === undefined ? true : input[onlyWith]
  return Array.isArray(value) ? value.length > 0 : value !== undefined
}

const resolveTarget = (
  { action, resource }: Authorization,
  targets: readonly Target[],
  asking: Asking,
): Soon<Target> => {
  const { question, subject } = asking
  const { place } = question
  const { input } = subject
  switch (resource.of) {
    case 'account':
      return whenSoon(requireIdentityAccess(question, subject, '*'), () => ({ action }))
    case 'newKey': {
      const arn = keyArn(place, '*')
      return whenSoon(requireIdentityAccess(question, subject, arn), () => ({ action }))
    }
    case 'key':
      return resolveKey(resource, input[resource.member] as string, asking)
    case 'ciphertext':
      return resolveCiphertext(resource, asking)
    case 'alias':
      return resolveAlias(input[resource.member] as string, asking)
    case 'newAlias': {
      const name = input[resource.member] as string
      requireAliasName(name)
      const arn = aliasArn(place, name)
      return whenSoon(requireIdentityAccess(question, subject, arn), () => ({ action }))
    }
    case 'grant':
      return resolveGrant(resource, asking)
    case 'replica':
      return resolveReplica(resource, targets, asking)
    case 'related':
      return resolveRelated(resource, targets, asking)
    default:
      throw new TypeError(`the KMS API has nothing of the kind ${resource.of}`)
  }
}
