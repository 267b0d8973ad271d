import type { PrincipalReference } from '../principals/reference.ts'
import { parsePrincipal } from '../principals/reference.ts'
import { boundName } from '../principals/principal.ts'
import { type FoldedContext, foldContext, type GrantConstraints } from './constraints.ts'
import type { GrantOperation } from './operations.ts'

/** How far a grant reaches: what it allows, and under which constraints. */
export type GrantLimits = {
  readonly operations: readonly GrantOperation[]
  readonly constraints: GrantConstraints
}

/** What the store holds of a grant. */
export type GrantRecord = GrantLimits & {
  /** Hex, 64 digits. */
  readonly grantId: string
  readonly keyArn: string
  /** Absent: the caller gave none, and every such call makes a grant of its own. */
  readonly name?: string | undefined
  /** ARN, as the caller gave it. */
  readonly granteePrincipal: string
  /** The unique id of the user or role, so that a later one of the same name inherits nothing. */
  readonly granteeId?: string | undefined
  readonly retiringPrincipal?: string | undefined
  readonly retiringId?: string | undefined
  /** The account whose principal made the grant. */
  readonly issuingAccount: string
  readonly createdAtMs: number
  /** The grant that allowed its maker to make it, if it was not a policy. */
  readonly parentGrantId?: string | undefined
}

/** A grant as decisions use it: its record, and what is derived from it once. */
export type Grant = {
  readonly record: GrantRecord
  readonly operations: ReadonlySet<GrantOperation>
  readonly grantee: GrantParty
  readonly retiring: GrantParty | undefined
  readonly equals: FoldedContext | undefined
  readonly subset: FoldedContext | undefined
}

/** A principal that a grant names; `name` is what it is looked up by (see `PrincipalNames`). */
export type GrantParty = { readonly kind: PrincipalReference['kind']; readonly name: string }

/** Throws TypeError if the record names what is no principal: CreateGrant lets none pass. */
export const grantOf = (record: GrantRecord): Grant => {
  const { encryptionContextEquals, encryptionContextSubset } = record.constraints
  return {
    record,
    operations: new Set(record.operations),
    grantee: partyOf(record.granteePrincipal, record.granteeId),
    retiring:
      record.retiringPrincipal === undefined
        ? undefined
        : partyOf(record.retiringPrincipal, record.retiringId),
    equals: encryptionContextEquals && foldContext(encryptionContextEquals),
    subset: encryptionContextSubset && foldContext(encryptionContextSubset),
  }
}

const partyOf = (arn: string, id: string | undefined): GrantParty => {
  const reference = parsePrincipal(arn)
  if (reference === undefined) throw new TypeError('a grant that names no principal')
  const { kind, name } = reference
  return { kind, name: id === undefined ? name : boundName(reference, id) }
}
