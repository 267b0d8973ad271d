import { dataKeyPairSpecShape, keySpecShape, keyUsageShape } from '../src/api/members.ts'
import type { Operation } from '../src/api/operation.ts'
import { operations } from '../src/api/operations.ts'
import { requireImportable } from '../src/core/import/importable.ts'
import { requireKeySpec } from '../src/core/keys/key-spec.ts'

/** Between these comments of the page, everything follows from the rows. */
const [begin, end] = ['<!-- from the rows: -->', '<!-- :from the rows -->']

/** The page with its tables as the rows have them now. Throws where it has no place for them. */
export const withTables = (page: string): string => {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`no place for the tables: ${begin} … ${end}`)
  const tables = [begin, operationTable(), keySpecTable()].join('\n\n')
  return `${page.slice(0, from)}${tables}\n\n${page.slice(to)}`
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, ...rows]
    .map((cells) => `|${cells.map((cell) => (cell === '' ? ' ' : ` ${cell} `)).join('|')}|`)
    .toSpliced(1, 0, `|${'---|'.repeat(head.length)}`)
    .join('\n')

const yes = (is: boolean): string => (is ? 'yes' : '')
const code = (name: string | undefined): string => (name === undefined ? '' : `\`${name}\``)

const operationTable = (): string =>
  table(
    [
      'operation',
      'what it does',
      'with keys of',
      'by alias',
      'other accounts',
      'dry run',
      'not built',
    ],
    Object.entries(operations as Readonly<Record<string, Operation>>)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, row]) => {
        const resources = row.authorize.map(({ resource }) => resource)
        const named = resources.filter((resource) => resource.of === 'key')
        const byCiphertext = resources.some(({ of }) => of === 'ciphertext')
        return [
          name,
          row.doc,
          code(row.usage ?? row.origin),
          yes(byCiphertext || named.some(({ aliases }) => aliases)),
          yes(byCiphertext || named.some(({ crossAccount }) => crossAccount)),
          yes(row.input['DryRun'] !== undefined),
          Object.keys(row.input)
            .filter((member) => row.input[member]?.presence === 'unbuilt')
            .map(code)
            .join(', '),
        ]
      }),
  )

const isImportable = (name: string): boolean => {
  try {
    return requireImportable(name) !== undefined
  } catch {
    return false
  }
}

const keySpecTable = (): string =>
  table(
    ['key spec', 'usage', 'algorithms', 'material can be imported', 'as a data key pair'],
    keySpecShape.values
      .filter((name) => name !== 'SM2')
      .flatMap((name) => {
        const { algorithms } = requireKeySpec(name)
        return keyUsageShape.values
          .filter((usage) => algorithms[usage] !== undefined)
          .map((usage) => [
            name,
            code(usage),
            (algorithms[usage] ?? []).map(code).join(', '),
            yes(isImportable(name)),
            yes((dataKeyPairSpecShape.values as readonly string[]).includes(name)),
          ])
      }),
  )
