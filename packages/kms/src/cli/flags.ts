import type { Operation } from '../api/operation.ts'
import type { Member, Members, Shape } from '../api/shapes.ts'
import type { Option } from './argv.ts'
import { kebab } from './names.ts'
import type { CliService } from './services/service.ts'

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
  /** The output members that hold items; the first one is what `--max-items` counts. */
  readonly resultKeys: readonly [string, ...string[]]
}

export type Command = {
  readonly service: CliService
  /** `list-keys`. */
  readonly name: string
  /** `ListKeys`. */
  readonly operation: string
  readonly row: Operation
  readonly flags: readonly Flag[]
  readonly paging: Paging | undefined
}

/** Built operations by their names on the command line, sorted. */
export const commandNames = (service: CliService): string[] =>
  Object.keys(service.service.operations)
    .map((name) => service.commandName(name))
    .sort()

export const findCommand = (service: CliService, name: string): Command | undefined => {
  const { operations } = service.service
  const operation = Object.keys(operations).find((each) => service.commandName(each) === name)
  const row = operation === undefined ? undefined : operations[operation]
  if (operation === undefined || row === undefined) return undefined
  const paging = pagingOf(row)
  return { service, name, operation, row, flags: flagsOf(row, paging), paging }
}

/** A member whose flag would be one of those for pages has none: that one says it. */
const flagsOf = (row: Operation, paging: Paging | undefined): Flag[] =>
  Object.entries(row.input)
    .map(([member, { shape, presence, doc }]) => ({
      name: `--${kebab(member)}`,
      member,
      shape,
      presence,
      doc,
    }))
    .filter(
      ({ name }) => paging === undefined || pagingOptions.every((option) => option.name !== name),
    )

/** The two ways in which AWS's services page: that of KMS, and that of IAM. */
const pagingStyles = [
  { inputToken: 'Marker', limitKey: 'Limit', outputToken: 'NextMarker', moreResults: 'Truncated' },
  { inputToken: 'Marker', limitKey: 'MaxItems', outputToken: 'Marker', moreResults: 'IsTruncated' },
] as const

/** `undefined`: the operation does not page. */
const pagingOf = (row: Operation): Paging | undefined => {
  const output: Members = row.output ?? {}
  const [first, ...others] = Object.keys(output).filter(
    (name) => output[name]?.shape.kind === 'list',
  )
  const style = pagingStyles.find(
    ({ inputToken, limitKey, outputToken, moreResults }) =>
      inputToken in row.input &&
      limitKey in row.input &&
      outputToken in output &&
      moreResults in output,
  )
  if (style === undefined || first === undefined) return undefined
  return { ...style, resultKeys: [first, ...others] }
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
