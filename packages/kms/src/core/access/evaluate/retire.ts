import type { Grant, GrantParty } from '../grants/grant.ts'
import { allow, type Decision, type Opening, refuse } from './decision.ts'
import { Evaluation } from './evaluation.ts'
import type { AccessRequest, Policies } from './request.ts'
import { findDenyOfCaller, findDenyOfResource, findIdentity, limitOf } from './sides.ts'
import type { Tier } from './search.ts'

/**
 * Decides RetireGrant, of which the grant itself says who may: its retiring principal, its grantee
 * if RetireGrant is among its operations, and the accounts that issued it and that own the key. An
 * account may leave it to its users by identity policies; a key policy cannot allow it. A Deny wins
 * here too (Developer Guide, "Retiring and revoking grants"). `request` is about the grant's key,
 * its action `kms:RetireGrant`.
 */
export const decideRetire = (
  grant: Grant,
  request: AccessRequest,
  policies: Policies,
): Decision => {
  const evaluation = new Evaluation(request, policies.boundary !== undefined)
  const crossAccount = request.principal.account !== request.owner
  const foreign = findDenyOfResource(evaluation, policies)
  if (foreign !== undefined) return refuse({ kind: 'explicitDeny', found: foreign, crossAccount })
  const opening = openingOf(grant, request)
  // Within the owner's account there is always one: the account itself.
  if (opening === undefined) return refuse({ kind: 'notShared' })
  const found = findDenyOfCaller(evaluation, policies)
  if (found !== undefined) return refuse({ kind: 'explicitDeny', found, crossAccount: false })
  if (opening.tier === 'direct') return allow(opening)
  const identity = opening.tier === 'account' ? findIdentity(evaluation, policies) : undefined
  if (opening.tier === 'account' && identity === undefined)
    return refuse({ kind: 'noIdentityAllow', opening })
  return limitOf(evaluation, policies) ?? allow(opening, identity)
}

const openingOf = (grant: Grant, { principal, owner }: AccessRequest): Opening | undefined => {
  const { direct, role, account } = principal.names
  const mayRetire = (names: readonly string[]): boolean =>
    partiesOf(grant).some(({ name }) => names.includes(name))
  const by = (tier: Tier): Opening => ({ kind: 'grant', grant, tier })
  if (mayRetire(direct)) return by('direct')
  if (mayRetire(role)) return by('role')
  if (account === undefined) return undefined
  const accounts = [grant.record.issuingAccount, owner]
  return accounts.includes(account) || mayRetire([account]) ? by('account') : undefined
}

const partiesOf = ({ retiring, grantee, operations }: Grant): readonly GrantParty[] => [
  ...(retiring === undefined ? [] : [retiring]),
  ...(operations.has('RetireGrant') ? [grantee] : []),
]
