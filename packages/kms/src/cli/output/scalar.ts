import type { Json } from '../../client/json.ts'

/** A scalar as the text and table outputs print it: in Python's spelling, as scripts know it. */
export const showScalar = (value: Json | undefined): string => {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

/** Sorted as Python sorts texts: by code points. */
export const sorted = (names: Iterable<string>): string[] =>
  [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
