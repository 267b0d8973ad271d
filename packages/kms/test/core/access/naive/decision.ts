/**
 * A second evaluator, for comparison: it reads the raw JSON of policies and grants on every question
 * and knows nothing of the product's code. Written from IAM's and KMS's documentation, one rule
 * after the other, with no thought for speed.
 */
import { conditionsFit } from './conditions.ts'
import { grantPermits } from './grants.ts'
import { fill, globRegex, resourceRegex } from './patterns.ts'
import { principalWays, type Way, wayOf } from './principals.ts'
import { many, type RawPolicy, type RawQuestion, type RawStatement } from './question.ts'

export type NaiveAnswer =
  | 'allowed'
  | 'explicit deny'
  | 'no resource-based policy'
  | 'no identity-based policy'
  | 'no permissions boundary'
  | 'no session policy'
  | 'not shared'

export const naiveDecision = (q: RawQuestion): NaiveAnswer => {
  const { caller } = q
  const foreign = caller.type !== 'web' && caller.account !== q.owner
  const deniedThere =
    typeof q.resourcePolicy === 'object' && says(q.resourcePolicy, 'Deny', q, true).length > 0
  const callers = [...q.identity, ...(q.boundary ? [q.boundary] : []), ...(q.session ?? [])]
  const deniedHere = callers.some((policy) => says(policy, 'Deny', q, false).length > 0)

  const ways = typeof q.resourcePolicy === 'object' ? says(q.resourcePolicy, 'Allow', q, true) : []
  const grants = q.grants.filter((grant) => grantPermits(grant, q))
  const grantWays = grants.flatMap((grant) => wayOf(grant.grantee, q))
  const allWays = [...ways, ...grantWays]

  const identityAllows =
    caller.type === 'root' ||
    q.identity.some((policy) => says(policy, 'Allow', q, false).length > 0)
  const boundaryAllows = !q.boundary || says(q.boundary, 'Allow', q, false).length > 0
  const sessionAllows =
    !q.session || q.session.some((policy) => says(policy, 'Allow', q, false).length > 0)
  const limited = (): NaiveAnswer =>
    !boundaryAllows ? 'no permissions boundary' : !sessionAllows ? 'no session policy' : 'allowed'

  if (foreign) {
    // Both accounts have to consent, and the other one says nothing of itself.
    if (deniedThere || allWays.length === 0) return 'not shared'
    if (deniedHere) return 'explicit deny'
    const ownGrant = grants.some(
      (grant) =>
        grant.issuer === caller.account &&
        wayOf(grant.grantee, q).some((way) => way !== 'its account'),
    )
    if (!identityAllows && !ownGrant) return 'no identity-based policy'
    return limited()
  }
  if (deniedThere || deniedHere) return 'explicit deny'
  if (q.resourcePolicy === 'none') return identityAllows ? limited() : 'no identity-based policy'
  // What speaks of the very user or session is not limited.
  if (allWays.includes('itself')) return 'allowed'
  if (allWays.includes('its role')) return limited()
  if (!allWays.includes('its account')) return 'no resource-based policy'
  return identityAllows ? limited() : 'no identity-based policy'
}

/** How the policy's statements of an effect that apply speak of the caller. */
const says = (
  policy: RawPolicy,
  effect: 'Allow' | 'Deny',
  q: RawQuestion,
  isResourcePolicy: boolean,
): Way[] => {
  const hasVariables = policy.Version === '2012-10-17'
  const statements: RawStatement[] = [policy.Statement].flat()
  return statements.flatMap((statement): Way[] => {
    if (statement.Effect !== effect) return []
    if (!actionFits(statement, q)) return []
    const isOfRole = isResourcePolicy && q.isTrust
    if (!isOfRole && !resourceFits(statement, q, hasVariables)) return []
    if (!conditionsFit(statement, q, hasVariables)) return []
    if (!isResourcePolicy) return ['itself']
    return principalWays(statement, q)
  })
}

const actionFits = (statement: RawStatement, { action }: RawQuestion): boolean => {
  const isListed = (list: readonly string[]): boolean =>
    list.some((pattern) => globRegex(pattern, 'i').test(action))
  if (statement.Action !== undefined) return isListed(many(statement.Action))
  return statement.NotAction !== undefined && !isListed(many(statement.NotAction))
}

const resourceFits = (statement: RawStatement, q: RawQuestion, hasVariables: boolean): boolean => {
  const fits = (pattern: string): boolean | null => {
    if (pattern === '*') return true
    const filled = fill(pattern, q, hasVariables)
    return filled === null ? null : resourceRegex(filled).test(q.resource)
  }
  if (statement.Resource !== undefined)
    return many(statement.Resource).some((pattern) => fits(pattern) === true)
  if (statement.NotResource === undefined) return false
  const results = many(statement.NotResource).map(fits)
  // A variable without a value never widens an Allow nor narrows a Deny.
  return statement.Effect === 'Deny'
    ? !results.includes(true)
    : results.every((result) => result === false)
}
