import { lookupIn } from '../../core/access/conditions/lookup.ts'
import type { CompiledPolicy } from '../../core/access/evaluate/compiled-policy.ts'
import { decide } from '../../core/access/evaluate/decide.ts'
import { type Allowance, type Decision, refuse } from '../../core/access/evaluate/decision.ts'
import { accessDenied } from '../../core/access/evaluate/denied.ts'
import type {
  AccessRequest,
  GrantSource,
  Lookup,
  Policies,
} from '../../core/access/evaluate/request.ts'
import { decideRetire } from '../../core/access/evaluate/retire.ts'
import type { Grant } from '../../core/access/grants/grant.ts'
import { grantOperationOf } from '../../core/access/grants/operations.ts'
import type { Principal } from '../../core/access/principals/principal.ts'
import { principalOf } from '../../core/identity/access.ts'
import type { CallerPolicies } from '../../core/identity/policy-book.ts'
import type { Key } from '../../core/keys/key.ts'
import type { KeyUse } from '../../core/keys/key-uses.ts'
import { type Soon, whenSoon } from '../../core/soon.ts'
import type { Question } from '../resolve.ts'
import { factsOf, type KeyFacts, type Subject } from './facts.ts'
import { limitsOf } from './grant-request.ts'

/** How the request points at a key: a refusal tells no more about it than the caller said. */
export type KeyNaming = 'byName' | 'byCiphertext'

/** What is known for a decision about a key, and everything that has a say in it. */
type Known = KeyFacts & Policies & { readonly resource: CompiledPolicy }

/**
 * Decides a call about a key: by its policy and grants, and the policies of the caller. At once if
 * all of that is in memory. Returns the grant that it takes to allow it, if it takes one. Throws
 * AccessDeniedException.
 */
export const requireKeyAccess = (
  question: Question,
  subject: Subject,
  key: Key,
  naming: KeyNaming = 'byName',
): Soon<Grant | undefined> => {
  const known = knownOf(question, subject, key, principalOf(question.caller))
  return known instanceof Promise
    ? known.then((later) => requireAllowedKey(question, subject, naming, later))
    : requireAllowedKey(question, subject, naming, known)
}

const requireAllowedKey = (
  question: Question,
  subject: Subject,
  naming: KeyNaming,
  known: Known,
): Grant | undefined => {
  const { key } = known
  const request = requestOf(question, subject, key.arn, key.record.account, known)
  const decision = decide(request, known)
  const { opening } = requireAllowed(question, request, decision, whatOf(question, key, naming))
  return opening?.kind === 'grant' ? opening.grant : undefined
}

/** Decides RetireGrant, which the grant allows rather than a policy. Throws AccessDeniedException. */
export const requireRetireAccess = (
  question: Question,
  subject: Subject,
  key: Key,
  grant: Grant,
): Soon<void> =>
  whenSoon(knownOf(question, subject, key, undefined), (known) => {
    const request = requestOf(question, subject, key.arn, key.record.account, known)
    const decision = decideRetire(grant, request, known)
    requireAllowed(question, request, decision, whatOf(question, key, 'byName'))
  })

/** Looks up what decides about a key. Without a principal no grants are looked for. */
export const knownOf = (
  question: Question,
  { action }: Subject,
  key: Key,
  principal: Principal | undefined,
): Soon<Known> => {
  const { world, caller } = question
  const policy = world.directory.policy(key)
  const own = world.policyBook.of(caller)
  const grants =
    principal === undefined || grantOperationOf(action) === undefined
      ? undefined
      : world.grants.of(key.rowId, principal.names.all)
  return policy instanceof Promise || own instanceof Promise || grants instanceof Promise
    ? Promise.all([policy, own, grants]).then((all) => withFacts(question, action, key, ...all))
    : withFacts(question, action, key, policy, own, grants)
}

const withFacts = (
  question: Question,
  action: string,
  key: Key,
  resource: CompiledPolicy,
  own: CallerPolicies,
  grants: GrantSource | undefined,
): Soon<Known> => {
  const { identity, session } = own
  const aliases = aliasesFor(question, own, key)
  const use = lastUseFor(question, action, key, resource, own)
  return aliases instanceof Promise || use instanceof Promise
    ? Promise.all([aliases, use]).then(([names, last]) => {
        return { key, aliases: names, lastUseAtMs: last?.atMs, resource, identity, session, grants }
      })
    : { key, aliases, lastUseAtMs: use?.atMs, resource, identity, session, grants }
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
  requireAllowed(question, request, refusal, foreignText)
  throw new TypeError('a resource that is not shared was allowed')
}

/**
 * Decides a call by the policies of the caller alone: what it is about has no policy of its own.
 * `becomes`: the key that is made, where conditions can ask about it.
 */
export const requireIdentityAccess = (
  question: Question,
  subject: Subject,
  resource: string,
  becomes?: KeyFacts,
): Soon<void> =>
  whenSoon(question.world.policyBook.of(question.caller), (policies) => {
    const request = requestOf(question, subject, resource, question.place.account, becomes)
    const decision = decide(request, { resource: 'none', ...policies })
    requireAllowed(question, request, decision)
  })

/** The call as the evaluator sees it. */
export const requestOf = (
  question: Question,
  subject: Subject,
  resource: string,
  owner: string,
  found?: KeyFacts,
): AccessRequest => {
  // Most policies ask nothing, and then there is nothing to make ready.
  let lookup: Lookup | undefined
  return {
    principal: principalOf(question.caller),
    action: subject.action,
    resource,
    owner,
    lookup: (name) => (lookup ??= lookupIn(factsOf(question, subject, owner, found)))(name),
    encryptionContext: subject.context,
    childGrant: subject.action === 'kms:CreateGrant' ? limitsOf(subject.input) : undefined,
  }
}

const requireAllowed = (
  question: Question,
  request: AccessRequest,
  decision: Decision,
  what?: string,
): Allowance => {
  question.onDecision(decision)
  if (!decision.allowed) throw accessDenied(request, decision.reason, what)
  return decision.reason
}

const noAliases: readonly string[] = []

/** The aliases of the key, if a policy asks for them: a key policy may not. */
const aliasesFor = ({ world }: Question, own: CallerPolicies, key: Key): Soon<readonly string[]> =>
  mention(own, 'kms:resourcealiases') ? world.directory.aliasNames(key) : noAliases

/** The actions that policies can make depend on how long a key was not used. */
const stopping: ReadonlySet<string> = new Set(['kms:DisableKey', 'kms:ScheduleKeyDeletion'])

const lastUseFor = (
  { world }: Question,
  action: string,
  key: Key,
  resource: CompiledPolicy,
  own: CallerPolicies,
): Soon<KeyUse | undefined> => {
  if (!stopping.has(action)) return undefined
  const name = 'kms:trailingdayswithoutkeyusage'
  return resource.mentions(name) || mention(own, name) ? world.keyUses.last(key.rowId) : undefined
}

const mention = ({ identity, session }: CallerPolicies, conditionKey: string): boolean => {
  for (const policy of identity) if (policy.mentions(conditionKey)) return true
  if (session !== undefined)
    for (const policy of session) if (policy.mentions(conditionKey)) return true
  return false
}

/**
 * What a refusal calls the key; absent: its ARN, which AWS prints of a key that was named in its own
 * account, and of no other.
 */
const whatOf = ({ caller }: Question, { record }: Key, naming: KeyNaming): string | undefined => {
  if (naming === 'byCiphertext') return 'the resource associated with this ciphertext'
  return record.account === caller.account ? undefined : foreignText
}

const foreignText = 'this resource'
