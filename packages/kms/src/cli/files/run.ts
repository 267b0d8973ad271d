import { exitCode, type Io } from '../io.ts'
import { expandArgFiles } from './arg-files.ts'
import type { FileCommand } from './flag-table.ts'
import { type FileArgs, fileUsage, parseFileArgs } from './parse.ts'

/** `keyhold encrypt`, `decrypt`, `inspect` and `verify`. Resolves to the exit code. */
export const run = async (
  command: FileCommand,
  words: readonly string[],
  io: Io,
): Promise<number> => {
  const args = parseFileArgs(command, await expandArgFiles(words, io))
  if (args.flags.has('--help') || (args.paths.length === 1 && args.paths[0] === 'help')) {
    io.stdout.write((await import('./help.ts')).fileHelp(command))
    return exitCode.done
  }
  return await runners[command](args, io)
}

type Runner = (args: FileArgs, io: Io) => Promise<number>

const crypt =
  (command: 'encrypt' | 'decrypt'): Runner =>
  async (args, io) => {
    if (args.flags.has('--range')) return (await import('./range.ts')).runRange(args, io)
    return (await import('./run-crypt.ts')).runCrypt(command, args, io)
  }

const runners: { readonly [C in FileCommand]: Runner } = {
  encrypt: crypt('encrypt'),
  decrypt: crypt('decrypt'),
  inspect: async (args, io) => (await import('./inspect.ts')).runInspect(args, io),
  verify: async (args, io) => (await import('./verify.ts')).runVerify(args, io),
}

const modes: { readonly [word: string]: 'encrypt' | 'decrypt' } = {
  '-e': 'encrypt',
  '--encrypt': 'encrypt',
  '-d': 'decrypt',
  '--decrypt': 'decrypt',
  '--decrypt-unsigned': 'decrypt',
}

/** Whether a command line begins as AWS's: with flags, or a file of them, instead of a command. */
export const isModeLine = (args: readonly string[]): boolean => {
  const [first = ''] = args
  if (first.startsWith('@')) return true
  return first.startsWith('-') && args.some((arg) => Object.hasOwn(modes, arg))
}

/** `keyhold -e …` and `keyhold -d …`: the same commands, with the flags of AWS's command line. */
export const runModeLine = async (args: readonly string[], io: Io): Promise<number> => {
  const words = await expandArgFiles(args, io)
  const given = words.filter((word) => Object.hasOwn(modes, word))
  const [mode = '', ...others] = given
  const command = Object.hasOwn(modes, mode) ? modes[mode] : undefined
  if (command === undefined)
    throw fileUsage('encrypt', 'give -e to encrypt, or -d or --decrypt-unsigned to decrypt.')
  if (others.length > 0) throw fileUsage(command, `${given.join(' and ')} exclude each other.`)
  const rest = words.filter((word) => word !== mode || word === '--decrypt-unsigned')
  return await run(command, rest, io)
}
