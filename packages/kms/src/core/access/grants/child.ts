import { contains, equals, foldContext } from './constraints.ts'
import type { Grant, GrantLimits } from './grant.ts'

/**
 * Whether a grant that is about to be made stays within the one that allows it to be made: none but
 * its operations, and constraints at least as strict. A child may add pairs to a subset, or turn it
 * into an equality, and not the reverse (Developer Guide, "Granting CreateGrant permission").
 */
export const isWithin = (child: GrantLimits, parent: Grant): boolean => {
  const { constraints } = child
  if (!child.operations.every((name) => parent.operations.has(name))) return false
  const { sourceArn } = parent.record.constraints
  if (sourceArn !== undefined && constraints.sourceArn !== sourceArn) return false
  const equality =
    constraints.encryptionContextEquals && foldContext(constraints.encryptionContextEquals)
  const subset =
    constraints.encryptionContextSubset && foldContext(constraints.encryptionContextSubset)
  if (parent.equals !== undefined)
    if (equality === undefined || !equals(equality, parent.equals)) return false
  if (parent.subset === undefined) return true
  return [equality, subset].some((own) => own !== undefined && contains(own, parent.subset!))
}
