import { readFile } from 'node:fs/promises'

/** The part of Stryker's JSON report (mutation-testing-report-schema) that is read here. */
type Report = {
  readonly files: Readonly<
    Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>
  >
}

type Mutant = {
  readonly mutatorName: string
  readonly replacement?: string
  readonly status: string
  readonly location: { readonly start: Place; readonly end: Place }
}

/** Lines and columns from 1. */
type Place = { readonly line: number; readonly column: number }

/** Each mutant that no test noticed, on a line: where, by which mutator, and what became of what. */
export const survivorsOf = async (path: string): Promise<readonly string[]> => {
  const report = JSON.parse(await readFile(path, 'utf8')) as Report
  return Object.entries(report.files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n')
    return mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map((mutant) => {
        const { start } = mutant.location
        const before = oneLine(textAt(lines, mutant.location))
        const after = oneLine(mutant.replacement ?? '')
        const covered = mutant.status === 'NoCoverage' ? ', not covered' : ''
        return `${file}:${start.line}:${start.column} ${mutant.mutatorName}${covered}: ${before} => ${after}`
      })
  })
}

const textAt = (lines: readonly string[], { start, end }: Mutant['location']): string =>
  lines
    .slice(start.line - 1, end.line)
    .map((line, index, { length }) => {
      const from = index === 0 ? start.column - 1 : 0
      return line.slice(from, index === length - 1 ? end.column - 1 : undefined)
    })
    .join(' ')

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 160)
