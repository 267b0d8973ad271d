import type { Grant } from './grant.ts'
import type { GrantName } from './token.ts'

/** Row of a grant: the key's, a slash, and the grant's id. Its parent: see `granteeParent`. */
export const grantRowId = ({ keyRowId, grantId }: GrantName): string => `${keyRowId}/${grantId}`

export const grantNameOf = (rowId: string): GrantName => {
  const at = rowId.lastIndexOf('/')
  return { keyRowId: rowId.slice(0, at), grantId: rowId.slice(at + 1) }
}

/** The parent of all grants on a key to a principal by one of its names. */
export const granteeParent = (keyRowId: string, name: string): string => `${keyRowId}/${name}`

/**
 * The parent of all rows of `grant_retiring` that name a principal, in one Region. Such a row has
 * the id of its grant, and says nothing itself.
 */
export const retiringParent = (region: string, name: string): string => `${region}/${name}`

/** Rows that stand and fall with a grant. */
export const rowsOfGrant = (
  keyRowId: string,
  { record, retiring }: Grant,
): readonly { readonly table: 'grant' | 'grant_retiring'; readonly id: string }[] => {
  const id = grantRowId({ keyRowId, grantId: record.grantId })
  return retiring === undefined
    ? [{ table: 'grant', id }]
    : [
        { table: 'grant', id },
        { table: 'grant_retiring', id },
      ]
}
