import type { CompiledPolicy, Found, StatementsByPrincipal } from './compiled-policy.ts'
import { type CompiledStatement, conditionsHold } from './compiled-statement.ts'
import type { Evaluation } from './evaluation.ts'

/**
 * How a policy of a resource speaks of a principal: as itself (its user or session, or everyone),
 * as the role behind its session, or as its account, which leaves the rest to identity policies.
 */
export type Tier = 'direct' | 'role' | 'account'

/** The Deny of a policy that applies to the request, if any does. */
export const findDeny = (policy: CompiledPolicy, evaluation: Evaluation): Found | undefined => {
  const { Deny } = policy.statementsOf(evaluation.request.action)
  const { direct, role, account } = evaluation.principal.names
  return (
    firstThat(Deny.everyone, evaluation) ??
    firstNamed(Deny, direct, evaluation) ??
    firstNamed(Deny, role, evaluation) ??
    (account === undefined ? undefined : firstThat(Deny.named.get(account), evaluation)) ??
    firstNotExempting(Deny.excepting, evaluation)
  )
}

/** The Allow of an identity policy, a session policy or a boundary, if one applies. */
export const findAllow = (policy: CompiledPolicy, evaluation: Evaluation): Found | undefined => {
  const { Allow } = policy.statementsOf(evaluation.request.action)
  return firstThat(Allow.everyone, evaluation)
}

/** The Allow of a resource's policy that speaks of the principal in this way, if one applies. */
export const findAllowFor = (
  policy: CompiledPolicy,
  tier: Tier,
  evaluation: Evaluation,
): Found | undefined => {
  const { Allow } = policy.statementsOf(evaluation.request.action)
  const { kind, names } = evaluation.principal
  if (tier === 'role') return firstNamed(Allow, names.role, evaluation)
  if (tier === 'account')
    return names.account === undefined
      ? undefined
      : firstThat(Allow.named.get(names.account), evaluation)
  // Everyone means everyone with a signature: a token of an identity provider is none.
  const forEveryone = kind === 'WebIdentity' ? undefined : firstThat(Allow.everyone, evaluation)
  return forEveryone ?? firstNamed(Allow, names.direct, evaluation)
}

const firstNamed = (
  { named }: StatementsByPrincipal,
  names: readonly string[],
  evaluation: Evaluation,
): Found | undefined => {
  for (const name of names) {
    const found = firstThat(named.get(name), evaluation)
    if (found !== undefined) return found
  }
  return undefined
}

const firstThat = (
  statements: readonly Found[] | undefined,
  evaluation: Evaluation,
): Found | undefined => {
  if (statements === undefined) return undefined
  for (const each of statements) if (applies(each.statement, evaluation)) return each
  return undefined
}

const firstNotExempting = (
  statements: readonly Found[],
  evaluation: Evaluation,
): Found | undefined => {
  for (const each of statements)
    if (!isExempt(each.statement, evaluation) && applies(each.statement, evaluation)) return each
  return undefined
}

const applies = (statement: CompiledStatement, evaluation: Evaluation): boolean =>
  statement.matchesResource(evaluation) && conditionsHold(statement, evaluation)

/**
 * Whether NotPrincipal exempts the principal. IAM asks for all that it is: the user or the session,
 * the role behind it, and the account; and exempts nobody who has a permissions boundary (IAM User
 * Guide, "NotPrincipal").
 */
export const isExempt = ({ principals }: CompiledStatement, evaluation: Evaluation): boolean => {
  const { direct, role, account } = evaluation.principal.names
  if (principals === undefined || evaluation.isBounded) return false
  if (principals.everyone) return true
  const isListed = (names: readonly string[]): boolean =>
    names.length === 0 || names.some((name) => principals.names.has(name))
  return (
    isListed(direct) && isListed(role) && (account === undefined || principals.names.has(account))
  )
}
