import type { Glob } from './template.ts'

export type TextTest = (text: string) => boolean

/** What stands between two `*`: literal runs, and `undefined` for each `?`. */
type Run = readonly (string | undefined)[]

/**
 * A test for the texts that a pattern matches, as a whole and case-sensitively. Works without
 * regular expressions, and never takes more steps than the two lengths multiplied.
 */
export const globTest = (glob: Glob): TextTest => {
  const runs = runsOf(glob)
  const [first = [], ...rest] = runs
  if (rest.length === 0) return wholeTest(first)
  const last = rest.pop() ?? []
  if (rest.length === 0 && last.length === 0 && isLiteral(first)) {
    const prefix = first[0] ?? ''
    return (text) => text.startsWith(prefix)
  }
  return (text) => {
    let at = endOf(first, text, 0)
    for (const run of rest) {
      if (at === undefined) return false
      at = nextEnd(run, text, at)
    }
    return at !== undefined && endsWith(last, text, at)
  }
}

/** The runs between the `*`, one more than there are of these; neighbouring literals are joined. */
const runsOf = (glob: Glob): readonly Run[] => {
  const runs: (string | undefined)[][] = [[]]
  for (const piece of glob) {
    const run = runs.at(-1)!
    if (typeof piece === 'object') {
      if (piece.wildcard === '*') runs.push([])
      else run.push(undefined)
    } else if (piece !== '') {
      const before = run.at(-1)
      if (before === undefined) run.push(piece)
      else run[run.length - 1] = before + piece
    }
  }
  return runs
}

const isLiteral = (run: Run): boolean =>
  run.length === 0 || (run.length === 1 && run[0] !== undefined)

const wholeTest = (run: Run): TextTest => {
  if (!isLiteral(run)) return (text) => endOf(run, text, 0) === text.length
  const exact = run[0] ?? ''
  return (text) => text === exact
}

/** Where the run ends if it stands at `at`; `undefined` if it does not. */
const endOf = (run: Run, text: string, at: number): number | undefined => {
  let end = at
  for (const piece of run) {
    if (piece === undefined) {
      if (end >= text.length) return undefined
      end += widthAt(text, end)
    } else {
      if (!text.startsWith(piece, end)) return undefined
      end += piece.length
    }
  }
  return end
}

/** Where the run ends at its first place from `at` on: the leftmost one leaves most to the rest. */
const nextEnd = (run: Run, text: string, at: number): number | undefined => {
  if (isLiteral(run)) {
    const found = text.indexOf(run[0] ?? '', at)
    return found < 0 ? undefined : found + (run[0] ?? '').length
  }
  for (let start = at; start < text.length; start += widthAt(text, start)) {
    const end = endOf(run, text, start)
    if (end !== undefined) return end
  }
  return undefined
}

const endsWith = (run: Run, text: string, from: number): boolean => {
  if (isLiteral(run)) {
    const suffix = run[0] ?? ''
    return text.length - suffix.length >= from && text.endsWith(suffix)
  }
  for (let start = from; start < text.length; start += widthAt(text, start))
    if (endOf(run, text, start) === text.length) return true
  return false
}

/** UTF-16 units of the character there: a `?` never stands for half of one. */
const widthAt = (text: string, at: number): number => (text.codePointAt(at)! > 0xffff ? 2 : 1)
