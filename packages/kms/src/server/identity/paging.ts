import { type NamedKind, nameRowId, type NameRecord } from '../../core/identity/records.ts'
import type { Call } from '../call.ts'

type PageRequest = {
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

type Page<T> = {
  readonly items: readonly T[]
  /** What goes into the answer beside the items. */
  readonly end: { readonly IsTruncated: boolean; readonly Marker: string | undefined }
}

const itemsDefault = 100

const listingOf = (call: Call, operation: string, filter: string): readonly string[] => [
  operation,
  call.place.account,
  filter,
]

const pageOf = <T>(
  call: Call,
  listing: readonly string[],
  found: readonly T[],
  max: number,
  idOf: (item: T) => string,
): Page<T> => {
  const items = found.slice(0, max)
  const last = items.at(-1)
  if (found.length <= max || last === undefined)
    return { items, end: { IsTruncated: false, Marker: undefined } }
  return { items, end: { IsTruncated: true, Marker: call.markers.encode(listing, idOf(last)) } }
}

/** One page of a list in the order of its ids. `filter` is what tells this listing from others. */
export const pageOfList = <T>(
  call: Call,
  operation: string,
  filter: string,
  request: PageRequest,
  list: readonly T[],
  idOf: (item: T) => string,
): Page<T> => {
  const listing = listingOf(call, operation, filter)
  const afterId = call.markers.decode(listing, request.Marker)
  const from = afterId === undefined ? list : list.filter((item) => idOf(item) > afterId)
  return pageOf(call, listing, from, request.MaxItems ?? itemsDefault, idOf)
}

const rowsAtOnce = 200

/**
 * One page of the users, groups, roles or policies of the account, by name. Those that `keep` does
 * not want are passed over, so that a page is full while there are any.
 */
export const pageOfNames = async <T extends { readonly name: string }>(
  call: Call,
  operation: string,
  kind: NamedKind,
  filter: string,
  request: PageRequest,
  find: (id: string) => T | undefined | Promise<T | undefined>,
  keep: (item: T) => boolean | Promise<boolean>,
): Promise<Page<T>> => {
  const { account } = call.place
  const listing = listingOf(call, operation, filter)
  const max = request.MaxItems ?? itemsDefault
  const idPrefix = nameRowId(account, kind, '')
  let afterId = call.markers.decode(listing, request.Marker) ?? idPrefix
  const found: T[] = []
  for (;;) {
    const rows = await call.state.list({
      table: 'identity_name',
      idPrefix,
      afterId,
      limit: rowsAtOnce,
    })
    for (const row of rows) {
      afterId = row.id
      const item = await find((row.value as NameRecord).id)
      if (item !== undefined && (await keep(item))) found.push(item)
      if (found.length > max) break
    }
    if (found.length > max || rows.length < rowsAtOnce) break
  }
  return pageOf(call, listing, found, max, ({ name }) => nameRowId(account, kind, name))
}
