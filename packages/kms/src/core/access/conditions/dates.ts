import type { Operator } from './operator.ts'

/** W3C's profile of ISO 8601 (NOTE-datetime); a time without a zone is read as UTC. */
const isoForm =
  /^(?<year>[0-9]{4})(?:-(?<month>[0-9]{2})(?:-(?<day>[0-9]{2})(?:[Tt](?<hour>[0-9]{2}):(?<minute>[0-9]{2})(?::(?<second>[0-9]{2})(?:\.(?<fraction>[0-9]{1,9}))?)?(?<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?)?)?)?$/
/** Seconds since the epoch. Four digits alone are a year. */
const epochForm = /^[0-9]{1,12}(?:\.[0-9]{1,9})?$/

/** Milliseconds since the epoch; `undefined` if the text is no date, as `2026-02-30` is none. */
export const parseDate = (text: string): number | undefined => {
  const parts = isoForm.exec(text)?.groups
  if (parts !== undefined) return isoMs(parts)
  return epochForm.test(text) ? Math.round(Number(text) * 1000) : undefined
}

const isoMs = (parts: { readonly [part: string]: string | undefined }): number | undefined => {
  const month = Number(parts['month'] ?? 1)
  const day = Number(parts['day'] ?? 1)
  const hour = Number(parts['hour'] ?? 0)
  const minute = Number(parts['minute'] ?? 0)
  const second = Number(parts['second'] ?? 0)
  if (minute > 59 || second > 59) return undefined
  const atMs = Date.UTC(Number(parts['year']), month - 1, day, hour, minute, second)
  const date = new Date(atMs)
  // Date.UTC carries an hour, day or month that does not exist over into another day or year; and
  // reads 0099 as 1999.
  if (date.getUTCFullYear() !== Number(parts['year']) || date.getUTCDate() !== day) return undefined
  const offset = offsetMinutes(parts['zone'])
  if (offset === undefined) return undefined
  const fractionMs = Math.round(Number(`0.${parts['fraction'] ?? 0}`) * 1000)
  return atMs + fractionMs - offset * 60_000
}

const offsetMinutes = (zone: string | undefined): number | undefined => {
  if (zone === undefined) return 0
  // `Z` has no digits, which is zero.
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4, 6))
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

const comparison = (holds: (actualMs: number, wantedMs: number) => boolean): Operator => ({
  negated: false,
  compile(value) {
    const wantedMs = parseDate(value)
    if (wantedMs === undefined) return undefined
    return (text) => {
      const actualMs = parseDate(text)
      return actualMs === undefined ? undefined : holds(actualMs, wantedMs)
    }
  },
})

export const dateEquals = comparison((actual, wanted) => actual === wanted)
export const dateLessThan = comparison((actual, wanted) => actual < wanted)
export const dateLessThanEquals = comparison((actual, wanted) => actual <= wanted)
export const dateGreaterThan = comparison((actual, wanted) => actual > wanted)
export const dateGreaterThanEquals = comparison((actual, wanted) => actual >= wanted)
