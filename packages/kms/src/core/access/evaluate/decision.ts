import type { Grant } from '../grants/grant.ts'
import type { Found } from './compiled-policy.ts'
import type { Tier } from './search.ts'

/** What lets the principal in on the side of the resource: its policy, or a grant. */
export type Opening = (
  | { readonly kind: 'resource'; readonly found: Found }
  | { readonly kind: 'grant'; readonly grant: Grant }
) & { readonly tier: Tier }

/** What allows it on the caller's side: an identity policy, or being the account's root. */
export type IdentityAllowance = Found | 'root'

/**
 * What allowed it. Either side may be absent: a key policy that names its own account's user needs
 * no identity policy, and a resource without a policy has only identity policies.
 */
export type Allowance = {
  readonly opening: Opening | undefined
  readonly identity: IdentityAllowance | undefined
}

/** What did not allow it. */
export type Refusal =
  /** `crossAccount`: it is another account's policy, of which the caller learns nothing. */
  | { readonly kind: 'explicitDeny'; readonly found: Found; readonly crossAccount: boolean }
  /** The policy of the resource neither allows it nor leaves it to the account; no grant does. */
  | { readonly kind: 'noResourceAllow' }
  /** No identity policy allows it; `opening` is what would have let one count. */
  | { readonly kind: 'noIdentityAllow'; readonly opening: Opening | undefined }
  | { readonly kind: 'noBoundaryAllow' }
  | { readonly kind: 'noSessionAllow' }
  /** The resource is another account's, and nothing there lets this principal in. */
  | { readonly kind: 'notShared' }

export type Decision =
  | { readonly allowed: true; readonly reason: Allowance }
  | { readonly allowed: false; readonly reason: Refusal }

export const allow = (opening: Opening | undefined, identity?: IdentityAllowance): Decision => ({
  allowed: true,
  reason: { opening, identity },
})

export const refuse = (reason: Refusal): Decision => ({ allowed: false, reason })
