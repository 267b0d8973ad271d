import { parseArgv, type Parsed } from '../argv.ts'
import { parseGlobals, type Globals } from '../globals.ts'
import { CliError, exitCode, unknownOptions } from '../io.ts'
import { benchFlags } from './flag-table.ts'
import type { Loop } from './load.ts'
import type { BenchOperationName, Subject } from './operations.ts'

/** A command line of `keyhold bench`, read. */
export type BenchSettings = {
  readonly operation: BenchOperationName
  readonly subject: Subject
  readonly loop: Loop
  readonly connections: number
  readonly durationMs: number
  readonly warmUpMs: number
  readonly requestsMax: number
  readonly timeoutMs: number
  readonly isJson: boolean
  readonly isQuiet: boolean
  readonly globals: Globals
}

/** `undefined`: help is asked for. Throws CliError for what makes no sense. */
export const parseBench = (args: readonly string[]): BenchSettings | undefined => {
  const parsed = parseArgv(args, options)
  if (parsed.values.has('--help') || (args.length === 1 && /^(?:help|-h)$/.test(args[0]!)))
    return undefined
  if (parsed.rest.length > 0) throw unknownOptions(parsed.rest)
  const keyId = textOf(parsed, '--key-id')
  if (keyId === undefined || keyId === '') throw wrong('name the key to work with: --key-id')
  const operation = (textOf(parsed, '--operation') ?? 'encrypt') as BenchOperationName
  const context = contextOf(parsed)
  if (context !== undefined && operation === 'sign')
    throw wrong('--encryption-context means nothing to sign')
  const perSecond = numberOf(parsed, '--rate', whole(1, 1_000_000))
  return {
    operation,
    subject: {
      keyId,
      bytes: numberOf(parsed, '--bytes', whole(1, 4096)) ?? 32,
      context,
      algorithm: algorithmOf(parsed, operation),
    },
    loop: perSecond === undefined ? { kind: 'closed' } : { kind: 'open', perSecond },
    connections: numberOf(parsed, '--connections', whole(1, 4096)) ?? 16,
    durationMs: (numberOf(parsed, '--duration', seconds(0.1, 3600)) ?? 10) * 1000,
    warmUpMs: (numberOf(parsed, '--warm-up', seconds(0, 60)) ?? 4) * 1000,
    requestsMax: numberOf(parsed, '--requests', whole(1, 999_999_999)) ?? Number.POSITIVE_INFINITY,
    timeoutMs: (numberOf(parsed, '--timeout', seconds(0.1, 60)) ?? 10) * 1000,
    isJson: textOf(parsed, '--output') === 'json',
    isQuiet: parsed.values.has('--quiet'),
    globals: globalsOf(parsed),
  }
}

const options = benchFlags.map(({ name, value, choices, takesMany }) => ({
  name,
  values:
    value === undefined ? ('none' as const) : takesMany ? ('many' as const) : ('one' as const),
  ...(choices === undefined ? {} : { choices }),
}))

const wrong = (why: string): CliError =>
  new CliError(exitCode.usage, `keyhold bench: ${why}\n\nSee: keyhold bench --help`)

const textOf = ({ values }: Parsed, name: string): string | undefined => values.get(name)?.[0]

type Range = { readonly form: RegExp; readonly least: number; readonly most: number }
const whole = (least: number, most: number): Range => ({ form: /^[0-9]{1,9}$/, least, most })
const seconds = (least: number, most: number): Range => ({
  form: /^[0-9]{1,9}(?:\.[0-9]{1,3})?$/,
  least,
  most,
})

const numberOf = (parsed: Parsed, name: string, { form, least, most }: Range) => {
  const text = textOf(parsed, name)
  if (text === undefined) return undefined
  const value = form.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw wrong(`${name} has to be a number from ${least} to ${most}; not ${text}`)
}

const contextOf = ({ values }: Parsed): Subject['context'] => {
  const pairs = values.get('--encryption-context')
  if (pairs === undefined) return undefined
  return Object.fromEntries(
    pairs
      .flatMap((text) => text.split(','))
      .map((pair) => {
        const at = pair.indexOf('=')
        if (at < 1) throw wrong(`--encryption-context has to be NAME=VALUE; not ${pair}`)
        return [pair.slice(0, at), pair.slice(at + 1)]
      }),
  )
}

const algorithmOf = (parsed: Parsed, operation: BenchOperationName): string | undefined => {
  const algorithm = textOf(parsed, '--algorithm')
  if (algorithm !== undefined && operation === 'generate-data-key')
    throw wrong('--algorithm means nothing to generate-data-key')
  return algorithm
}

/** The flags that every command has: read where every command reads them. */
const globalsOf = ({ values }: Parsed): Globals => {
  const passedOn = ['--endpoint-url', '--region', '--profile', '--ca-bundle', '--no-verify-ssl']
  const words = passedOn.flatMap((name) => {
    const given = values.get(name)
    if (given === undefined) return []
    return given[0] === undefined ? [name] : [`${name}=${given[0]}`]
  })
  return parseGlobals(words).globals
}
