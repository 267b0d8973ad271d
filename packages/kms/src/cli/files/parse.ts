import { CliError, exitCode } from '../io.ts'
import { type FileCommand, type FileFlag, fileFlags } from './flag-table.ts'

/** A command line for files, taken apart. */
export type FileArgs = {
  /** By the flag's long name: the values of each time it was given, in their order. */
  readonly flags: ReadonlyMap<string, readonly (readonly string[])[]>
  /** What no flag took. */
  readonly paths: readonly string[]
}

/** A command line for files that cannot be read. */
export const fileUsage = (command: string, why: string): CliError =>
  new CliError(exitCode.usage, `keyhold ${command}: ${why}\n\nSee: keyhold ${command} --help`)

/**
 * Reads flags as Python's argparse does, for scripts of AWS's command line rely on it: long ones
 * also by an unambiguous beginning and with `=`, short ones also joined (`-rv`, `-ofile`). A list
 * of pairs ends at the first word that cannot be one, so that a file may follow.
 */
export const parseFileArgs = (command: FileCommand, args: readonly string[]): FileArgs => {
  const known = fileFlags.filter(({ on, ignoredOn }) =>
    [...on, ...(ignoredOn ?? [])].includes(command),
  )
  const flags = new Map<string, string[][]>()
  const paths: string[] = []
  const give = (flag: FileFlag, values: string[]): void => {
    const earlier = flags.get(flag.name)
    if (earlier !== undefined && flag.values !== 'none' && flag.repeats === undefined)
      throw fileUsage(command, `${flag.name} is given twice.`)
    const wrong = values.find((value) => flag.choices?.includes(value) === false)
    if (wrong !== undefined)
      throw fileUsage(command, `${flag.name} is ${flag.choices?.join(', or ')}; not ${wrong}.`)
    flags.set(flag.name, [...(earlier ?? []), values])
  }
  // With -i no file stands alone: a list takes every word, as AWS's command line has it.
  const takesAll = args.some((arg) => /^(?:-i|--input(?:=|$))/.test(arg))
  let at = 0
  const take = (flag: FileFlag, inline: string | undefined): void => {
    if (inline !== undefined) {
      if (flag.values === 'none') throw fileUsage(command, `${flag.name} takes no value.`)
      return give(flag, [inline])
    }
    const values: string[] = []
    const most = { none: 0, optional: 1, one: 1, many: Number.POSITIVE_INFINITY }[flag.values]
    while (values.length < most && at < args.length && isValue(args[at] ?? '')) {
      if (values.length > 0 && !takesAll && isPast(flag, args[at] ?? '')) break
      values.push(args[at++] ?? '')
    }
    if (values.length === 0 && (flag.values === 'one' || flag.values === 'many'))
      throw fileUsage(command, `${flag.name} needs a value.`)
    give(flag, values)
  }
  while (at < args.length) {
    const arg = args[at++] ?? ''
    if (arg === '--') {
      paths.push(...args.slice(at))
      break
    }
    if (arg.startsWith('--')) {
      const equals = arg.indexOf('=')
      const name = equals < 0 ? arg : arg.slice(0, equals)
      take(longFlag(command, name, known), equals < 0 ? undefined : arg.slice(equals + 1))
    } else if (arg.startsWith('-') && arg !== '-') {
      shortFlags(command, arg, known, take)
    } else paths.push(arg)
  }
  return { flags, paths }
}

const isValue = (arg: string): boolean =>
  arg === '-' || !arg.startsWith('-') || /^-\d+$/.test(arg) || arg.includes(' ')

/** Whether a word after the first one cannot belong to a list of pairs any more: a file follows. */
const isPast = (flag: FileFlag, word: string): boolean =>
  flag.name !== '--input' && !word.includes('=')

const longFlag = (command: FileCommand, name: string, known: readonly FileFlag[]): FileFlag => {
  const exact = known.find((flag) => flag.name === name)
  if (exact !== undefined) return exact
  const begins = known.filter((flag) => flag.name.startsWith(name))
  const [only, ...others] = begins
  if (only !== undefined && others.length === 0) return only
  if (only !== undefined)
    throw fileUsage(command, `${name} could be ${begins.map((flag) => flag.name).join(' or ')}.`)
  const elsewhere = fileFlags.find((flag) => flag.name === name)
  if (elsewhere !== undefined)
    throw fileUsage(command, `${name} belongs to keyhold ${elsewhere.on.join(', ')}.`)
  throw fileUsage(command, `there is no ${name}.`)
}

const shortFlags = (
  command: FileCommand,
  arg: string,
  known: readonly FileFlag[],
  take: (flag: FileFlag, inline: string | undefined) => void,
): void => {
  // A single dash before a long name is a slip: read as short flags it would mean something else.
  const slip = known.find((flag) => flag.name === `-${arg.split('=')[0]}`)
  if (slip !== undefined) throw fileUsage(command, `there is no ${arg}; is it -${arg}?`)
  for (let at = 1; at < arg.length; at++) {
    const name = `-${arg[at]}`
    const flag = known.find((candidate) => candidate.short === name || candidate.name === name)
    if (flag === undefined) throw fileUsage(command, `there is no ${name}.`)
    const left = arg.slice(at + 1)
    if (flag.values === 'none') {
      take(flag, undefined)
      continue
    }
    return take(flag, left === '' ? undefined : left.replace(/^=/, ''))
  }
}
