import type { Json, JsonObject } from '../client/json.ts'
import { isJsonObject } from '../client/json.ts'
import type { Paging } from './flags.ts'
import { failure } from './io.ts'

export type PageWishes = {
  readonly startingToken: string | undefined
  readonly pageSize: number | undefined
  readonly maxItems: number | undefined
}

/** The pages of a list operation, and the token to go on with when `maxItems` cut them short. */
export type Pages = {
  readonly paging: Paging
  pages(): AsyncGenerator<JsonObject>
  /** Known once the pages have been read. */
  resumeToken(): string | undefined
}

// `skip` undefined: the token begins a page, and says nothing of items to leave out.
type Place = { marker: string | null; skip: number | undefined }

/**
 * Reads page after page until there are no more, or `maxItems` items of the first list have been
 * seen; the other lists of a page are given whole, with its first part. Tokens are those of AWS's command line: the service's marker and how many items of that page were printed.
 */
export const paginate = (
  call: (input: JsonObject) => Promise<JsonObject>,
  input: JsonObject,
  paging: Paging,
  wishes: PageWishes,
): Pages => {
  const [counted, ...others] = paging.resultKeys
  const rest = (page: JsonObject, skip: number): JsonObject =>
    skip === 0 ? page : { ...page, ...Object.fromEntries(others.map((key) => [key, []])) }
  let resume: string | undefined
  async function* pages(): AsyncGenerator<JsonObject> {
    const start = decodeToken(wishes.startingToken, paging)
    const size = wishes.pageSize === undefined ? {} : { [paging.limitKey]: wishes.pageSize }
    let { marker } = start
    let skip = start.skip ?? 0
    let seen = 0
    for (;;) {
      const token = marker === null ? {} : { [paging.inputToken]: marker }
      const page = await call({ ...input, ...size, ...token })
      const items = itemsOf(page, counted).slice(skip)
      const room = wishes.maxItems === undefined ? items.length : wishes.maxItems - seen
      if (items.length > room) {
        yield { ...rest(page, skip), [counted]: items.slice(0, room) }
        resume = encodeToken(paging, { marker, skip: skip + room })
        return
      }
      yield skip === 0 ? page : { ...rest(page, skip), [counted]: items }
      seen += items.length
      const next = nextMarker(page, paging)
      if (next === null) return
      if (seen === wishes.maxItems) {
        resume = encodeToken(paging, { marker: next, skip: undefined })
        return
      }
      if (next === marker) throw failure(`The same next token was received twice: ${next}`)
      marker = next
      skip = 0
    }
  }
  return { paging, pages, resumeToken: () => resume }
}

/**
 * The pages joined to one answer, as it is printed: the items, what the first page says besides (the
 * group whose users are listed), and NextToken if there are more.
 */
export const joinPages = async (pages: Pages): Promise<JsonObject> => {
  const lists: Record<string, Json[]> = {}
  let besides: JsonObject | undefined
  for await (const page of pages.pages()) {
    besides ??= besidesLists(page, pages.paging)
    for (const key of pages.paging.resultKeys) {
      if (Array.isArray(page[key])) (lists[key] ??= []).push(...itemsOf(page, key))
    }
  }
  const token = pages.resumeToken()
  return { ...lists, ...besides, ...(token === undefined ? {} : { NextToken: token }) }
}

/** What a page says besides its lists and where they go on. */
export const besidesLists = (page: JsonObject, paging: Paging): JsonObject => {
  const known = new Set([...paging.resultKeys, paging.outputToken, paging.moreResults])
  return Object.fromEntries(Object.entries(page).filter(([name]) => !known.has(name)))
}

const itemsOf = (page: JsonObject, key: string): readonly Json[] => {
  const items = page[key]
  return Array.isArray(items) ? (items as readonly Json[]) : []
}

const nextMarker = (page: JsonObject, paging: Paging): string | null => {
  const marker = page[paging.outputToken]
  const more = page[paging.moreResults] === true
  return more && typeof marker === 'string' && marker !== '' ? marker : null
}

// Byte for byte what Python's json.dumps makes of the token, for scripts may compare them.
const encodeToken = (paging: Paging, place: Place): string => {
  const marker = place.marker === null ? 'null' : asciiJson(place.marker)
  const skip = place.skip === undefined ? '' : `, "boto_truncate_amount": ${place.skip}`
  return Buffer.from(`{"${paging.inputToken}": ${marker}${skip}}`).toString('base64')
}

const asciiJson = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const decodeToken = (token: string | undefined, paging: Paging): Place => {
  if (token === undefined) return { marker: null, skip: 0 }
  const decoded = parseToken(token)
  if (decoded === undefined) return decodeOldToken(token)
  const marker = decoded[paging.inputToken]
  const skip = decoded['boto_truncate_amount']
  return {
    marker: typeof marker === 'string' ? marker : null,
    skip: typeof skip === 'number' ? skip : 0,
  }
}

const parseToken = (token: string): JsonObject | undefined => {
  try {
    const json: unknown = JSON.parse(Buffer.from(token, 'base64').toString('utf8'))
    return isJsonObject(json) ? json : undefined
  } catch {
    return undefined
  }
}

/** Anything else is the service's own marker, with three underscores and a count at will. */
const decodeOldToken = (token: string): Place => {
  const counted = /^((?:(?!___).)*)___(\d+)$/s.exec(token)
  const marker = counted?.[1] ?? token
  return {
    marker: marker === 'None' || marker === '' ? null : marker,
    skip: Number(counted?.[2] ?? 0),
  }
}
