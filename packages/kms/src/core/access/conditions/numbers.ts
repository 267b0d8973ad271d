import type { Operator } from './operator.ts'

/** Decimal, without an exponent. */
const form = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/
/** Digits that a double holds without rounding two different numbers into one. */
const digitsMax = 15

/** The number that a text is; `undefined` for none, or for one of more digits than can be compared. */
const parseNumber = (text: string): number | undefined => {
  if (!form.test(text)) return undefined
  const digits = text.replace(/^[+-]?0*/, '').replace('.', '')
  return digits.length > digitsMax ? undefined : Number(text)
}

const comparison = (holds: (actual: number, wanted: number) => boolean): Operator => ({
  negated: false,
  compile(value) {
    const wanted = parseNumber(value)
    if (wanted === undefined) return undefined
    return (text) => {
      const actual = parseNumber(text)
      return actual === undefined ? undefined : holds(actual, wanted)
    }
  },
})

export const numericEquals = comparison((actual, wanted) => actual === wanted)
export const numericLessThan = comparison((actual, wanted) => actual < wanted)
export const numericLessThanEquals = comparison((actual, wanted) => actual <= wanted)
export const numericGreaterThan = comparison((actual, wanted) => actual > wanted)
export const numericGreaterThanEquals = comparison((actual, wanted) => actual >= wanted)
