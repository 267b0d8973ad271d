import { exitCode } from '../io.ts'
import { type BenchFlag, benchFlags, benchGroups } from './flag-table.ts'

const column = 30
const width = 96

/** What `keyhold bench --help` prints. The flags are read from their table. */
export const benchHelp = (): string =>
  `${[
    'keyhold bench - measures how fast a service answers',
    section('Usage', ['keyhold bench --key-id KEY [flags]']),
    about.map((paragraph) => wrap(paragraph, 0).join('\n')).join('\n\n'),
    section(
      'Examples',
      examples.flatMap(([line, what]) => [`# ${what}`, line]),
    ),
    ...benchGroups.map((group) =>
      section(group, benchFlags.filter((flag) => flag.group === group).flatMap(describe)),
    ),
    section('Exit codes', exitCodes),
  ].join('\n\n')}\n`

const about = [
  'Sends signed requests over connections that stay open, and tells the rate and the latencies of ' +
    'the answers. Requests are signed before the clock runs. Every one of them is a real call: it is ' +
    'authorized, audited, and counts against what limits the caller has.',
  'Without --rate each connection sends its next request when it has its answer: that finds the ' +
    'highest rate, and latencies that only hold at that rate. With --rate requests fall due at their ' +
    'own pace, as those of many independent clients do, and a latency counts from when its request ' +
    'was due: a stall of the service is seen by all that were due in it. Measure latencies so, at half ' +
    'of the highest rate or less.',
  'Measure from another machine. On the same one the load generator takes a CPU from the service, ' +
    'and with --rate it takes that one whole.',
]

const examples = [
  ['keyhold bench --key-id alias/app', 'the highest rate of Encrypt, 16 connections'],
  [
    'keyhold bench --key-id alias/app --connections 64 --rate 5000 --duration 60',
    'latencies at 5,000 requests a second',
  ],
  [
    'keyhold bench --key-id alias/sign --operation sign --output json',
    'Sign, for a program that reads it',
  ],
] as const

const exitCodes = [
  `${exitCode.done}    measured, and every answer was the one that was asked for`,
  `${exitCode.usage}  the command line is wrong; nothing was sent`,
  `${exitCode.configuration}  credentials, the Region or the endpoint are missing or wrong`,
  `${exitCode.service}  the first call was refused; nothing was measured`,
  `${exitCode.failure}  the service did not answer, or some requests failed: the report tells which`,
]

const section = (title: string, lines: readonly string[]): string =>
  [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n')

const describe = ({ name, value, choices, doc }: BenchFlag): readonly string[] => {
  const head = value === undefined ? name : `${name} ${value}`
  const told = wrap(choices === undefined ? doc : `${doc} ${choices.join(', ')}.`, column)
  const indented = told.map((line) => ' '.repeat(column) + line)
  if (head.length >= column - 1) return [head, ...indented]
  return [head.padEnd(column) + told[0]!, ...indented.slice(1)]
}

const wrap = (text: string, indent: number): string[] => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && indent + last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
