import { contains, equals, type FoldedContext, foldContext } from './constraints.ts'
import type { Grant, GrantLimits } from './grant.ts'
import { isWithin } from './child.ts'
import { type GrantOperation, takesContext } from './operations.ts'

/** A request as grants see it. */
export type GrantUse = {
  readonly operation: GrantOperation
  readonly keyArn: string
  /** No context and an empty one are the same. */
  readonly context: FoldedContext
  /** On whose behalf it is made, if a service of AWS made it: none does here. */
  readonly sourceArn: string | undefined
  /** What a CreateGrant asks for. */
  readonly child: GrantLimits | undefined
}

export const noContext: FoldedContext = foldContext([])

/** Whether a grant permits this, whoever asks: operation, key and constraints. */
export const permits = (grant: Grant, use: GrantUse): boolean => {
  const { record, operations } = grant
  if (record.keyArn !== use.keyArn || !operations.has(use.operation)) return false
  const { sourceArn } = record.constraints
  if (sourceArn !== undefined && sourceArn !== use.sourceArn) return false
  // The constraints on the context pass on to the child instead.
  if (use.operation === 'CreateGrant') return use.child !== undefined && isWithin(use.child, grant)
  return !takesContext(use.operation) || contextFits(grant, use.context)
}

const contextFits = (grant: Grant, context: FoldedContext): boolean =>
  (grant.equals === undefined || equals(context, grant.equals)) &&
  (grant.subset === undefined || contains(context, grant.subset))
