import { allow, type Decision, type Opening, refuse } from './decision.ts'
import { Evaluation } from './evaluation.ts'
import type { AccessRequest, Policies } from './request.ts'
import { findAllowFor, type Tier } from './search.ts'
import { findDenyOfCaller, findDenyOfResource, findGrant, findIdentity, limitOf } from './sides.ts'

/**
 * Decides a request as IAM and KMS do (IAM User Guide, "Policy evaluation logic"; KMS Developer
 * Guide, "Troubleshooting key access"). A Deny wins over everything. A key needs its key policy, or
 * a grant, to let the principal in; identity policies count only where one of these leaves it to
 * the account. Another account's key needs the consent of both accounts.
 */
export const decide = (request: AccessRequest, policies: Policies): Decision => {
  const evaluation = new Evaluation(request, policies.boundary !== undefined)
  const { principal, owner } = request
  // A web identity belongs to no account yet: only the trust policy of the role has a say.
  if (principal.kind !== 'WebIdentity' && principal.account !== owner)
    return decideAcross(evaluation, policies)
  const found = findDenyOfResource(evaluation, policies) ?? findDenyOfCaller(evaluation, policies)
  if (found !== undefined) return refuse({ kind: 'explicitDeny', found, crossAccount: false })
  return policies.resource === 'none'
    ? decideByIdentity(evaluation, policies)
    : decideWithin(evaluation, policies)
}

/** A resource without a policy of its own: an identity policy has to allow it. */
const decideByIdentity = (evaluation: Evaluation, policies: Policies): Decision => {
  const identity = findIdentity(evaluation, policies)
  if (identity === undefined) return refuse({ kind: 'noIdentityAllow', opening: undefined })
  return limitOf(evaluation, policies) ?? allow(undefined, identity)
}

/**
 * A resource of the caller's own account. What names the user or the session itself is limited by
 * neither boundary nor session policies; what names the role behind a session is; what names the
 * account needs an identity policy as well.
 */
const decideWithin = (evaluation: Evaluation, policies: Policies): Decision => {
  const direct = findOpening('direct', evaluation, policies)
  if (direct !== undefined) return allow(direct)
  const limit = limitOf(evaluation, policies)
  const role = findOpening('role', evaluation, policies)
  if (role !== undefined) return limit ?? allow(role)
  const account = findOpening('account', evaluation, policies)
  if (account === undefined) return refuse({ kind: 'noResourceAllow' })
  const identity = findIdentity(evaluation, policies)
  if (identity === undefined) return refuse({ kind: 'noIdentityAllow', opening: account })
  return limit ?? allow(account, identity)
}

/**
 * Another account's resource. Its owner is asked first, and if it does not let the caller in, the
 * answer depends on nothing else: so it is the same for a resource that does not exist.
 */
const decideAcross = (evaluation: Evaluation, policies: Policies): Decision => {
  const foreign = findDenyOfResource(evaluation, policies)
  if (foreign !== undefined)
    return refuse({ kind: 'explicitDeny', found: foreign, crossAccount: true })
  const opening =
    findOpening('direct', evaluation, policies) ??
    findOpening('role', evaluation, policies) ??
    findOpening('account', evaluation, policies)
  if (opening === undefined) return refuse({ kind: 'notShared' })
  const found = findDenyOfCaller(evaluation, policies)
  if (found !== undefined) return refuse({ kind: 'explicitDeny', found, crossAccount: false })
  const identity = findIdentity(evaluation, policies)
  if (identity !== undefined) return limitOf(evaluation, policies) ?? allow(opening, identity)
  const issued = findGrantOfOwnAccount(evaluation, policies)
  if (issued === undefined) return refuse({ kind: 'noIdentityAllow', opening })
  return limitOf(evaluation, policies) ?? allow(issued)
}

const findOpening = (
  tier: Tier,
  evaluation: Evaluation,
  policies: Policies,
): Opening | undefined => {
  const { resource } = policies
  const found = typeof resource === 'string' ? undefined : findAllowFor(resource, tier, evaluation)
  if (found !== undefined) return { kind: 'resource', found, tier }
  const grant = findGrant(tier, evaluation, policies)
  return grant && { kind: 'grant', grant, tier }
}

/**
 * A grant that the caller's own account made on the other account's key is consent of both: its
 * owner let that account make grants, and the account chose the grantee. (So AWS has it: "you can
 * feel confident about using KMS keys in a different account if a grant or IAM policy in your
 * account allows you to"; and Auto Scaling's role, which has no permission for KMS, needs the grant
 * to come from its own account.)
 */
const findGrantOfOwnAccount = (evaluation: Evaluation, policies: Policies): Opening | undefined => {
  for (const tier of ['direct', 'role'] as const) {
    const grant = findGrant(
      tier,
      evaluation,
      policies,
      ({ record }) => record.issuingAccount === evaluation.principal.account,
    )
    if (grant !== undefined) return { kind: 'grant', grant, tier }
  }
  return undefined
}
