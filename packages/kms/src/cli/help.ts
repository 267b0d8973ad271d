import type { Members, Shape } from '../api/shapes.ts'
import { commandNames, findCommand, negated, type Command, type Flag } from './flags.ts'
import { globalOptions } from './globals.ts'
import type { CliService } from './services/service.ts'

/** What `keyhold help` prints. */
export const mainHelp = (commands: readonly (readonly [string, string])[]): string =>
  paragraphs([
    'keyhold - a key management service that speaks the AWS KMS API, and its command line',
    section('Usage', ['keyhold <command> [parameters]']),
    section('Commands', columns(commands)),
    'Each command teaches itself: keyhold <command> help, keyhold kms <operation> help.',
  ])

/** What `keyhold kms help` prints: the operations, and the flags that all of them take. */
export const operationsHelp = (service: CliService): string => {
  const line = `keyhold ${service.name}`
  const rows = commandNames(service).map((name) => {
    const command = findCommand(service, name)
    return [name, command === undefined ? '' : command.row.doc] as const
  })
  return paragraphs([
    `${line} - ${service.doc}`,
    section('Usage', [`${line} <operation> [flags]`, `${line} <operation> help`]),
    section(`Operations (${rows.length})`, columns(rows)),
    section('Flags of every operation', columns(globalRows())),
  ])
}

/** What `keyhold kms encrypt help` prints; all of it is read from the operation's row. */
export const commandHelp = (command: Command): string => {
  const { operation, row, paging } = command
  const line = lineOf(command)
  const parts = [
    wrap(`${line} - ${row.doc}`).join('\n'),
    section('Usage', wrapWords([line, ...command.flags.map((flag) => synopsis(flag))], 2)),
  ]
  if (command.flags.length > 0)
    parts.push(
      section(
        'Flags',
        command.flags.flatMap((f) => describe(f)),
      ),
    )
  if (paging !== undefined) parts.push(section('Pages', columns(pagingRows)))
  parts.push(
    section('Answer', row.output === undefined ? ['Nothing.'] : describeOutput(row.output)),
    section('Errors', wrap(row.errors.join(', '))),
    section('Example', example(command)),
    `In the API: ${operation}. Flags of every operation: keyhold ${command.service.name} help.`,
  )
  return paragraphs(parts)
}

const lineOf = ({ service, name }: Command): string => `keyhold ${service.name} ${name}`

const pagingRows = [
  ['--max-items <integer>', 'Prints this many items at most, and a NextToken if there are more.'],
  ['--starting-token <text>', 'Goes on from the NextToken of an earlier answer.'],
  ['--page-size <integer>', 'Items of each call; the number of items printed does not change.'],
] as const

const globalRows = (): (readonly [string, string])[] => [
  ...globalOptions.map((option) => {
    const values = option.choices === undefined ? '<text>' : option.choices.join('|')
    return [
      option.values === 'none' ? option.name : `${option.name} ${values}`,
      option.doc,
    ] as const
  }),
  ['--cli-input-json <text>', 'The whole input in JSON, or file:// and its path; flags win.'],
  ['--cli-input-yaml <text>', 'The same in YAML.'],
  [
    '--generate-cli-skeleton [input|yaml-input|output]',
    'Prints a blank input, or a made-up answer.',
  ],
]

const synopsis = (flag: Flag): string => {
  const usage =
    flag.shape.kind === 'flag'
      ? `${flag.name}|${negated(flag)}`
      : `${flag.name} <${typeOf(flag.shape)}>`
  return flag.presence === 'required' ? usage : `[${usage}]`
}

const describe = (flag: Flag): string[] => {
  const name = flag.shape.kind === 'flag' ? `${flag.name} | ${negated(flag)}` : flag.name
  const marks = [typeOf(flag.shape), ...boundsOf(flag.shape)]
  if (flag.presence === 'required') marks.push('required')
  if (flag.presence === 'unbuilt') marks.push('not built yet: the service refuses it')
  return [
    `${name} (${marks.join(', ')})`,
    ...wrap(flag.doc, 4),
    ...howToGive(flag).flatMap((line) => wrap(line, 4)),
  ]
}

const typeOf = (shape: Shape): string => {
  switch (shape.kind) {
    case 'enum':
      return 'name'
    case 'flag':
      return 'boolean'
    case 'list':
      return `list of ${typeOf(shape.member)}`
    default:
      return shape.kind
  }
}

const boundsOf = (shape: Shape): string[] => {
  switch (shape.kind) {
    case 'text':
      if (shape.max === undefined) return []
      return [`${shape.min ?? 0} to ${shape.max} characters`]
    case 'blob':
      if (shape.max === undefined) return []
      return [`${shape.min ?? 0} to ${shape.max} bytes`]
    case 'integer':
      return shape.max === undefined ? [] : [`${shape.min ?? 0} to ${shape.max}`]
    case 'list':
      return shape.max === undefined ? [] : [`at most ${shape.max}`]
    default:
      return []
  }
}

const howToGive = (flag: Flag): string[] => {
  const { shape } = flag
  switch (shape.kind) {
    case 'enum':
      return [`One of ${shape.values.join(', ')}.`]
    case 'blob':
      return ['Base64, or fileb:// and the path of a file that holds the bytes.']
    case 'map':
      return [`Shorthand: ${flag.name} name=value,name2=value2; or JSON: '{"name": "value"}'.`]
    case 'list':
      if (shape.member.kind === 'structure') {
        return [`Shorthand: ${flag.name} ${shorthandOf(shape.member)} …; or a JSON list.`]
      }
      if (shape.member.kind === 'enum') return [`Of ${shape.member.values.join(', ')}.`]
      return ['Several values are separated by spaces; or a JSON list.']
    case 'structure':
      return [`Shorthand: ${flag.name} ${shorthandOf(shape)}; or JSON.`]
    default:
      return []
  }
}

const shorthandOf = (shape: Shape): string =>
  shape.kind === 'structure'
    ? Object.entries(shape.members)
        .map(([name, member]) => `${name}=<${typeOf(member.shape)}>`)
        .join(',')
    : ''

const describeOutput = (members: Members, indent = 0): string[] =>
  Object.entries(members).flatMap(([name, member]) => {
    const nested = member.shape.kind === 'list' ? member.shape.member : member.shape
    const lines = wrap(`${name} (${typeOf(member.shape)}): ${member.doc}`, 2).map(
      (line, i) => ' '.repeat(indent) + (i === 0 ? line : line),
    )
    if (nested.kind !== 'structure') return lines
    return [...lines, ...describeOutput(nested.members, indent + 2)]
  })

/** A command that would run: the required flags, with values that say what they stand for. */
const example = (command: Command): string[] => {
  const required = command.flags.filter((flag) => flag.presence === 'required')
  const parts = required.map((flag) => `${flag.name} ${sample(flag)}`)
  const line = [lineOf(command), ...parts].join(' ')
  if (line.length <= width) return [line]
  return [lineOf(command), ...parts.map((part) => `  ${part}`)].map((part, i) =>
    i === parts.length ? part : `${part} \\`,
  )
}

const sample = (flag: Flag): string => sampleOf(flag.shape, flag.name)

const sampleOf = (shape: Shape, name: string): string => {
  switch (shape.kind) {
    case 'enum':
      return shape.values[0] ?? ''
    case 'blob':
      return `fileb://${name.slice(2)}.bin`
    case 'integer':
      return String(shape.min ?? 1)
    case 'map':
      return 'name=value'
    case 'structure':
      return Object.entries(shape.members)
        .filter(([, member]) => member.presence === 'required')
        .map(([member, { shape: inner }]) => `${member}=${sampleOf(inner, member)}`)
        .join(',')
    case 'list':
      return sampleOf(shape.member, name)
    default:
      return sampleText(name)
  }
}

const sampleText = (name: string): string => {
  if (name === '--alias-name') return 'alias/app'
  if (name.endsWith('key-id')) return '1234abcd-12ab-34cd-56ef-1234567890ab'
  if (name === '--policy' || name.endsWith('-policy-document') || name === '--policy-document')
    return 'file://policy.json'
  return 'text'
}

const width = 96

const wrap = (text: string, indent = 0): string[] => wrapWords(text.split(' '), indent)

/** Fills lines with words; an indent of 4 is for whole paragraphs, 2 for all lines but the first. */
const wrapWords = (words: readonly string[], indent: number): string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    const room = width - indent
    if (line !== '' && line.length + word.length + 1 > room) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines.map((each, i) => (i === 0 && indent !== 4 ? each : ' '.repeat(indent) + each))
}

const columns = (rows: readonly (readonly [string, string])[]): string[] => {
  const first = Math.min(36, Math.max(...rows.map(([name]) => name.length)))
  return rows.flatMap(([name, text]) => {
    const lines = text === '' ? [''] : wrap(text)
    if (name.length > first) return [name, ...lines.map((line) => ' '.repeat(first + 2) + line)]
    return lines.map((line, i) => `${(i === 0 ? name : '').padEnd(first)}  ${line}`.trimEnd())
  })
}

const section = (title: string, lines: readonly string[]): string =>
  [title, ...lines.map((line) => `  ${line}`)].join('\n')

const paragraphs = (parts: readonly string[]): string => `${parts.join('\n\n')}\n`
