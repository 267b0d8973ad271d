import type { Operation } from '../api/operation.ts'
import { operationNames } from '../api/operation-names.ts'
import { operations, type BuiltName } from '../api/operations.ts'
import type { Member, Shape } from '../api/shapes.ts'
import type { Option } from './argv.ts'
import { kebab } from './names.ts'

/** One input member as the command line shows it. */
export type Flag = {
  /** `--key-id`; a boolean has `--no-…` besides. */
  readonly name: string
  readonly member: string
  readonly shape: Shape
  readonly presence: Member['presence']
  readonly doc: string
}

/** How a list operation is read page by page. */
export type Paging = {
  readonly inputToken: string
  readonly limitKey: string
  readonly outputToken: string
  readonly moreResults: string
  /** The output member that holds the items. */
  readonly resultKey: string
}

export type Command = {
  /** `list-keys`. */
  readonly name: string
  /** `ListKeys`. */
  readonly operation: BuiltName
  readonly row: Operation
  readonly flags: readonly Flag[]
  readonly paging: Paging | undefined
}

/** Built operations by their names on the command line, sorted. */
export const commandNames = (): string[] =>
  Object.keys(operations)
    .map((name) => kebab(name))
    .sort()

export const findCommand = (name: string): Command | undefined => {
  const operation = operationNames.find((candidate) => kebab(candidate) === name)
  if (operation === undefined || !Object.hasOwn(operations, operation)) return undefined
  const built = operation as BuiltName
  const row: Operation = operations[built]
  return { name, operation: built, row, flags: flagsOf(row), paging: pagingOf(row) }
}

/** Whether the API has this operation although nothing here can do it yet. */
export const isUnbuiltCommand = (name: string): boolean =>
  operationNames.some((candidate) => kebab(candidate) === name) && findCommand(name) === undefined

export const flagsOf = (row: Operation): Flag[] =>
  Object.entries(row.input).map(([member, { shape, presence, doc }]) => ({
    name: `--${kebab(member)}`,
    member,
    shape,
    presence,
    doc,
  }))

/** `undefined`: the operation does not page. The model pages every operation in the same way. */
export const pagingOf = (row: Operation): Paging | undefined => {
  const output = row.output ?? {}
  const items = Object.entries(output).find(([, member]) => member.shape.kind === 'list')
  const pages = 'Marker' in row.input && 'NextMarker' in output && 'Truncated' in output
  if (!pages || items === undefined) return undefined
  return {
    inputToken: 'Marker',
    limitKey: 'Limit',
    outputToken: 'NextMarker',
    moreResults: 'Truncated',
    resultKey: items[0],
  }
}

export const pagingOptions: readonly Option[] = [
  { name: '--starting-token', values: 'one' },
  { name: '--page-size', values: 'one' },
  { name: '--max-items', values: 'one' },
]

export const documentOptions: readonly Option[] = [
  { name: '--cli-input-json', values: 'one' },
  { name: '--cli-input-yaml', values: 'one' },
]

/** Every option that an operation takes besides the global ones, in the order of its row. */
export const optionsOf = (command: Command): Option[] => [
  ...command.flags.flatMap((flag) => optionsOfFlag(flag)),
  ...(command.paging === undefined ? [] : pagingOptions),
  ...documentOptions,
]

const optionsOfFlag = (flag: Flag): Option[] => {
  if (flag.shape.kind === 'flag') {
    return [
      { name: flag.name, values: 'none' },
      { name: negated(flag), values: 'none' },
    ]
  }
  return [{ name: flag.name, values: flag.shape.kind === 'list' ? 'many' : 'one' }]
}

export const negated = (flag: Flag): string => `--no-${flag.name.slice(2)}`
