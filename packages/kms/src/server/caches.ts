import type { ChangedRow } from '../core/access/grants/grant-book.ts'
import type { World } from './call.ts'

/** What is kept in memory of the state. */
export type Caches = Pick<
  World,
  'directory' | 'grants' | 'identities' | 'policyBook' | 'principals' | 'keyStores'
>

/** Brings up to date at once what a commit of the rows made untrue. `refresh` has to follow. */
export const forgetRows = (caches: Caches, rows: readonly ChangedRow[]): void => {
  const { directory, grants, identities, policyBook } = caches
  directory.forget(rows)
  grants.apply(rows)
  identities.forget(rows)
  policyBook.forget(rows)
}

/**
 * Forgets everything, for a commit that failed: it may have taken effect all the same, so nothing is
 * known to be usable any more. `refresh` has to follow.
 */
export const forgetAll = ({ directory, grants, identities, policyBook }: Caches): void => {
  directory.clear()
  grants.clear()
  identities.clear()
  policyBook.clear()
}

/**
 * Reads anew what a commit of the rows touched of who may call, and of key stores. What cannot be
 * read again is out of use, and reported.
 */
export const refresh = async (
  { principals, keyStores }: Caches,
  rows: readonly ChangedRow[],
  onFault: (error: unknown) => void,
): Promise<void> => {
  for (const book of [principals, keyStores]) await book.refresh(rows).catch(onFault)
}
