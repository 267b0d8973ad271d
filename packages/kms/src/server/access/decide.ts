import { lookupIn } from '../../core/access/conditions/lookup.ts'
import type { CompiledPolicy } from '../../core/access/evaluate/compiled-policy.ts'
import { decide } from '../../core/access/evaluate/decide.ts'
import { type Decision, refuse } from '../../core/access/evaluate/decision.ts'
import { accessDenied } from '../../core/access/evaluate/denied.ts'
import type { AccessRequest } from '../../core/access/evaluate/request.ts'
import { principalOf } from '../../core/identity/access.ts'
import type { CallerPolicies } from '../../core/identity/policy-book.ts'
import type { Key } from '../../core/keys/key.ts'
import { type Soon, whenSoon } from '../../core/soon.ts'
import type { Question } from '../resolve.ts'
import { factsOf, type KeyFacts, type Subject } from './facts.ts'

/**
 * How the request points at a key: a refusal tells no more about it than the caller said. Of
 * another account's key it does not repeat even that.
 */
export type KeyNaming = 'byName' | 'byCiphertext'

/**
 * Decides a call about a key: by its policy and grants, and the policies of the caller. At once if
 * all of that is in memory. Throws AccessDeniedException.
 */
export const requireKeyAccess = (
  question: Question,
  subject: Subject,
  key: Key,
  naming: KeyNaming = 'byName',
): Soon<void> => {
  const { world, caller } = question
  const keyPolicy = world.directory.policy(key)
  const own = world.policyBook.of(caller)
  const decided = (resource: CompiledPolicy, policies: CallerPolicies): Soon<void> =>
    whenSoon(aliasesFor(question, policies, key), (aliases) => {
      const { account } = key.record
      const request = requestOf(question, subject, key.arn, account, { key, aliases })
      const decision = decide(request, { resource, ...policies })
      const what = account === caller.account ? ofKey[naming](key) : foreignText[naming]
      requireAllowed(question, request, decision, what)
    })
  if (keyPolicy instanceof Promise || own instanceof Promise)
    return Promise.all([keyPolicy, own]).then(([policy, policies]) => decided(policy, policies))
  return decided(keyPolicy, own)
}

/**
 * Refuses a call about a key or alias of another account that does not exist, or that may not be
 * asked about from outside, in the very words of one that is not shared.
 */
export const refuseForeign = (
  question: Question,
  subject: Subject,
  arn: string,
  owner: string,
): never => {
  const request = requestOf(question, subject, arn, owner)
  const refusal = refuse({ kind: 'notShared' })
  requireAllowed(question, request, refusal, foreignText.byName)
  throw new TypeError('a resource that is not shared was allowed')
}

/** Decides a call by the policies of the caller alone: what it is about has no policy of its own. */
export const requireIdentityAccess = (
  question: Question,
  subject: Subject,
  resource: string,
): Soon<void> =>
  whenSoon(question.world.policyBook.of(question.caller), (policies) => {
    const request = requestOf(question, subject, resource, question.place.account)
    const decision = decide(request, { resource: 'none', ...policies })
    requireAllowed(question, request, decision, `resource: ${resource}`)
  })

/** The call as the evaluator sees it. */
export const requestOf = (
  question: Question,
  subject: Subject,
  resource: string,
  owner: string,
  found?: KeyFacts,
): AccessRequest => ({
  principal: principalOf(question.caller),
  action: subject.action,
  resource,
  owner,
  lookup: lookupIn(factsOf(question, subject, owner, found)),
  encryptionContext: subject.context,
})

const requireAllowed = (
  question: Question,
  request: AccessRequest,
  decision: Decision,
  what: string,
): void => {
  question.onDecision(decision)
  if (!decision.allowed) throw accessDenied(request, decision.reason, what)
}

const noAliases: readonly string[] = []
const aliasesKey = 'kms:resourcealiases'

/** The aliases of the key, if a policy asks for them: a key policy may not. */
const aliasesFor = (
  { world }: Question,
  { identity, session = [] }: CallerPolicies,
  key: Key,
): Soon<readonly string[]> => {
  const isAsked = (policy: CompiledPolicy): boolean => policy.mentions(aliasesKey)
  return identity.some(isAsked) || session.some(isAsked)
    ? world.directory.aliasNames(key)
    : noAliases
}

/** AWS prints the ARN of a key that was named, and of no other. */
const ciphertextText = 'the resource associated with this ciphertext'
const ofKey: Readonly<Record<KeyNaming, (key: Key) => string>> = {
  byName: ({ arn }) => `resource: ${arn}`,
  byCiphertext: () => ciphertextText,
}
const foreignText: Readonly<Record<KeyNaming, string>> = {
  byName: 'this resource',
  byCiphertext: ciphertextText,
}
