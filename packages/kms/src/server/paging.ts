import type { ListQuery } from '../core/ports.ts'
import { invalidMarker } from '../core/marker.ts'
import type { StoredValue } from '../core/state/row-check.ts'
import type { Call } from './call.ts'
import { outOfBounds } from './input-checks.ts'

/** What AWS documents in prose for a listing, and enforces beyond the shape. */
export type PageRule = { readonly limitDefault: number; readonly limitMax: number }

export type PageRequest = {
  readonly Limit?: number | undefined
  readonly Marker?: string | undefined
}

export type Page<T> = {
  readonly items: readonly T[]
  readonly NextMarker: string | undefined
  readonly Truncated: boolean
}

const requireLimit = (limit: number | undefined, rule: PageRule): number => {
  if (limit === undefined) return rule.limitDefault
  if (limit <= rule.limitMax) return limit
  throw outOfBounds('limit', limit, `less than or equal to ${rule.limitMax}`)
}

const listingOf = (call: Call, operation: string, filter: string): readonly string[] => [
  operation,
  call.place.account,
  call.place.region,
  filter,
]

/** One page of rows of the store. `filter` is what else tells this listing from others. */
export const pageOfRows = async (
  call: Call,
  operation: string,
  request: PageRequest,
  rule: PageRule,
  query: Omit<ListQuery, 'limit' | 'afterId'>,
): Promise<Page<StoredValue>> => {
  const limit = requireLimit(request.Limit, rule)
  const listing = listingOf(call, operation, query.parent ?? '')
  const afterId = call.markers.decode(listing, request.Marker)
  const rows = await call.state.list({
    ...query,
    ...(afterId === undefined ? {} : { afterId }),
    limit: limit + 1,
  })
  return cut(call, listing, rows, limit, (row) => row.id)
}

/** Rows that are looked through at a time. */
const scannedRows = 500

/** As `pageOfRows`, of the rows that match; `filter` has to tell every such listing from others. */
export const pageOfMatchingRows = async (
  call: Call,
  operation: string,
  filter: string,
  request: PageRequest,
  rule: PageRule,
  query: Omit<ListQuery, 'limit' | 'afterId'>,
  matches: (row: StoredValue) => boolean,
): Promise<Page<StoredValue>> => {
  const limit = requireLimit(request.Limit, rule)
  const listing = listingOf(call, operation, filter)
  const found: StoredValue[] = []
  let afterId = call.markers.decode(listing, request.Marker)
  for (;;) {
    const rows = await call.state.list({
      ...query,
      ...(afterId === undefined ? {} : { afterId }),
      limit: scannedRows,
    })
    for (const row of rows) if (found.length <= limit && matches(row)) found.push(row)
    if (rows.length < scannedRows || found.length > limit) break
    afterId = rows.at(-1)?.id
  }
  return cut(call, listing, found, limit, (row) => row.id)
}

/** One page of a list that is in memory, such as the tags of a key. `idOf` tells items apart. */
export const pageOfList = <T>(
  call: Call,
  operation: string,
  filter: string,
  request: PageRequest,
  rule: PageRule,
  list: readonly T[],
  idOf: (item: T) => string,
): Page<T> => {
  const limit = requireLimit(request.Limit, rule)
  const listing = listingOf(call, operation, filter)
  const afterId = call.markers.decode(listing, request.Marker)
  const from = afterId === undefined ? 0 : list.findIndex((item) => idOf(item) === afterId) + 1
  // The item that the last page ended with is gone: where to go on cannot be told.
  if (afterId !== undefined && from === 0) throw invalidMarker()
  return cut(call, listing, list.slice(from, from + limit + 1), limit, idOf)
}

const cut = <T>(
  call: Call,
  listing: readonly string[],
  found: readonly T[],
  limit: number,
  idOf: (item: T) => string,
): Page<T> => {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  if (found.length <= limit || last === undefined)
    return { items, NextMarker: undefined, Truncated: false }
  return { items, NextMarker: call.markers.encode(listing, idOf(last)), Truncated: true }
}
