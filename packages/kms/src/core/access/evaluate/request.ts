import type { Grant, GrantLimits } from '../grants/grant.ts'
import type { GrantUse } from '../grants/permits.ts'
import type { Principal } from '../principals/principal.ts'
import type { CompiledPolicy } from './compiled-policy.ts'

/**
 * The values of a condition key in this request; `undefined` or an empty list if it has none. The
 * key's name is case folded. Asked only when a policy needs it, and once for each key.
 */
export type Lookup = (key: string) => readonly string[] | undefined

/** What is asked: may this principal do this, with this? */
export type AccessRequest = {
  readonly principal: Principal
  /** `kms:Decrypt`, say; in any case. */
  readonly action: string
  /** ARN of the key, alias or identity; `*` where there is none. */
  readonly resource: string
  /** The account that the resource belongs to. */
  readonly owner: string
  readonly lookup: Lookup
  /** The encryption context of a cryptographic operation, for grant constraints. */
  readonly encryptionContext?: ReadonlyMap<string, string> | undefined
  /** What a CreateGrant asks for: a grant may allow it only within its own limits. */
  readonly childGrant?: GrantLimits | undefined
}

/** Where a decision finds the grants of a key. */
export type GrantSource = {
  /** The grants to any of these names that may permit the use: none is left out, some may not help. */
  candidates(names: readonly string[], use: GrantUse): Iterable<Grant>
}

/** Everything that has a say. What is absent here does not exist for this request. */
export type Policies = {
  /**
   * The policy of the resource: the key policy, or the trust policy of the role to be assumed.
   * `none`: resources of this kind have no policy (aliases, users, `*`). `unknown`: it should have
   * one, and there is no such resource, or none that may be told of.
   */
  readonly resource: CompiledPolicy | 'none' | 'unknown'
  /** Inline and managed policies of the user and its groups, or of the role. */
  readonly identity: readonly CompiledPolicy[]
  /** The policies that a session was made with: what none of them allows, the session may not do. */
  readonly session?: readonly CompiledPolicy[] | undefined
  readonly boundary?: CompiledPolicy | undefined
  readonly grants?: GrantSource | undefined
}
