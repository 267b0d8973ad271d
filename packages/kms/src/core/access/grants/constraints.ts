import { foldCase } from '../matching/fold-case.ts'

export type ContextPairs = readonly (readonly [key: string, value: string])[]

/** What a grant asks of the requests that it permits; all that is present has to hold. */
export type GrantConstraints = {
  /** The request's encryption context is this, and nothing more. */
  readonly encryptionContextEquals?: ContextPairs | undefined
  /** The request's encryption context contains this. */
  readonly encryptionContextSubset?: ContextPairs | undefined
  /** The request is made on behalf of this resource of AWS. */
  readonly sourceArn?: string | undefined
}

/**
 * An encryption context as grants compare it: "the key in each key-value pair is not case sensitive,
 * but the value is" (GrantConstraints). Where keys differ by case alone they have one entry, whose
 * value is `undefined` if theirs are not all the same: then it equals nothing.
 */
export type FoldedContext = {
  readonly pairs: ReadonlyMap<string, string | undefined>
  /** No two keys differ by case alone. */
  readonly isDistinct: boolean
}

export const foldContext = (context: Iterable<readonly [string, string]>): FoldedContext => {
  const pairs = new Map<string, string | undefined>()
  let isDistinct = true
  for (const [key, value] of context) {
    const folded = foldCase(key)
    if (pairs.has(folded)) {
      isDistinct = false
      if (pairs.get(folded) !== value) pairs.set(folded, undefined)
    } else pairs.set(folded, value)
  }
  return { pairs, isDistinct }
}

/** Whether every pair of `part` stands in `whole`. */
export const contains = (whole: FoldedContext, part: FoldedContext): boolean => {
  for (const [key, value] of part.pairs)
    if (value === undefined || whole.pairs.get(key) !== value) return false
  return true
}

/**
 * Whether two contexts are the same. Contexts with keys that differ by case alone are the same as
 * none: the cryptography tells them apart, and a grant could not.
 */
export const equals = (left: FoldedContext, right: FoldedContext): boolean =>
  left.isDistinct &&
  right.isDistinct &&
  left.pairs.size === right.pairs.size &&
  contains(left, right)
