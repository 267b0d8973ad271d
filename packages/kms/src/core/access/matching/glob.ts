import { type Run, searchRun } from './run-search.ts'
import type { Glob } from './template.ts'

export type TextTest = (text: string) => boolean

/**
 * A test for the texts that a pattern matches, as a whole and case-sensitively. Works without
 * regular expressions, and no pattern makes it take long.
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
  if ((text.length - at) * run.length > stepsMax) return searchRun(run, text, at)
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
  // A run always matches as many characters, so there is one place where it can stand.
  let start = text.length
  for (const piece of run.toReversed())
    start -= piece === undefined ? widthBefore(text, start) : piece.length
  return start >= from && endOf(run, text, start) === text.length
}

/** Above this, trying the run at each place of the text takes longer than making ready to search. */
const stepsMax = 4096

/** UTF-16 units of the character that ends there. */
const widthBefore = (text: string, end: number): number =>
  end > 1 && text.codePointAt(end - 2)! > 0xffff ? 2 : 1

/** UTF-16 units of the character there: a `?` never stands for half of one. */
const widthAt = (text: string, at: number): number => (text.codePointAt(at)! > 0xffff ? 2 : 1)
