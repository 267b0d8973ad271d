import type { Grant } from '../grants/grant.ts'
import { permits } from '../grants/permits.ts'
import { type Decision, type IdentityAllowance, refuse } from './decision.ts'
import type { CompiledPolicy, Found } from './compiled-policy.ts'
import type { Evaluation } from './evaluation.ts'
import type { Policies } from './request.ts'
import { findAllow, findDeny, type Tier } from './search.ts'

/** The Deny of the resource's own policy, if one applies. */
export const findDenyOfResource = (
  evaluation: Evaluation,
  { resource }: Policies,
): Found | undefined => (typeof resource === 'string' ? undefined : findDeny(resource, evaluation))

/** The Deny of any policy on the caller's side, if one applies. */
export const findDenyOfCaller = (
  evaluation: Evaluation,
  { identity, session, boundary }: Policies,
): Found | undefined =>
  firstIn(identity, evaluation, findDeny) ??
  (boundary && findDeny(boundary, evaluation)) ??
  (session && firstIn(session, evaluation, findDeny))

/** What allows it on the caller's side. The root of an account needs no policy. */
export const findIdentity = (
  evaluation: Evaluation,
  { identity }: Policies,
): IdentityAllowance | undefined =>
  evaluation.principal.kind === 'Root' ? 'root' : firstIn(identity, evaluation, findAllow)

/** The refusal by what only ever limits: a boundary, or the policies of the session. */
export const limitOf = (
  evaluation: Evaluation,
  { session, boundary }: Policies,
): Decision | undefined => {
  if (boundary !== undefined && findAllow(boundary, evaluation) === undefined)
    return refuse({ kind: 'noBoundaryAllow' })
  if (session !== undefined && firstIn(session, evaluation, findAllow) === undefined)
    return refuse({ kind: 'noSessionAllow' })
  return undefined
}

/**
 * The first grant that permits the request to a principal by one of its names, and passes `also`, if
 * that is given.
 */
export const findGrant = (
  tier: Tier,
  evaluation: Evaluation,
  { grants }: Policies,
  also?: (grant: Grant) => boolean,
): Grant | undefined => {
  if (grants === undefined) return undefined
  const use = evaluation.grantUse
  if (use === undefined) return undefined
  for (const grant of grants.candidates(namesOf(tier, evaluation), use))
    if (permits(grant, use) && also?.(grant) !== false) return grant
  return undefined
}

const namesOf = (tier: Tier, { principal }: Evaluation): readonly string[] => {
  const { direct, role, account } = principal.names
  if (tier === 'direct') return direct
  if (tier === 'role') return role
  return account === undefined ? [] : [account]
}

const firstIn = (
  policies: readonly CompiledPolicy[],
  evaluation: Evaluation,
  find: (policy: CompiledPolicy, evaluation: Evaluation) => Found | undefined,
): Found | undefined => {
  for (const policy of policies) {
    const found = find(policy, evaluation)
    if (found !== undefined) return found
  }
  return undefined
}
