import type { GrantLimits } from '../../core/access/grants/grant.ts'
import type { GrantOperation } from '../../core/access/grants/operations.ts'

type Pairs = ReadonlyMap<string, string> | undefined

type GrantInput = {
  readonly Operations?: readonly GrantOperation[] | undefined
  readonly Constraints?:
    | {
        readonly EncryptionContextEquals?: Pairs
        readonly EncryptionContextSubset?: Pairs
        readonly SourceArn?: string | undefined
      }
    | undefined
}

/** How far the grant is to reach that CreateGrant asks for. */
export const limitsOf = ({ Operations = [], Constraints = {} }: GrantInput): GrantLimits => {
  const { EncryptionContextEquals: equal, EncryptionContextSubset: subset, SourceArn } = Constraints
  return {
    operations: [...new Set(Operations)],
    constraints: {
      ...(equal === undefined ? {} : { encryptionContextEquals: [...equal] }),
      ...(subset === undefined ? {} : { encryptionContextSubset: [...subset] }),
      ...(SourceArn === undefined ? {} : { sourceArn: SourceArn }),
    },
  }
}
