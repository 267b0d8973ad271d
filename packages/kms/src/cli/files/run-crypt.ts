import type { Io } from '../io.ts'
import { cryptJob, type Crypting } from './crypt.ts'
import { findInputs } from './inputs.ts'
import { openManager } from './keyrings.ts'
import { type FileArgs, fileUsage } from './parse.ts'
import { readJobs } from './pool.ts'
import { runJobs, type WritingCommand } from './run-jobs.ts'
import { readMessageSettings, valueOf, valuesOf } from './settings.ts'
import { nameTargets, type Naming } from './targets.ts'
import { readKeyGroups } from './wrapping-keys.ts'

/** Encrypts or decrypts everything that a command line names. Resolves to the exit code. */
export const runCrypt = async (
  command: 'encrypt' | 'decrypt',
  args: FileArgs,
  io: Io,
): Promise<number> => {
  const settings = readMessageSettings(command, args)
  const groups = readKeyGroups(command, args)
  const atOnce = readJobs(command, args)
  const found = await findInputs(inputPaths(command, args, io), findingOf(args, io))
  const named = await nameTargets(found, namingOf(command, args, io))
  const use = command === 'encrypt' ? 'wrap' : 'unwrap'
  try {
    return await runJobs(
      { command, atOnce, found, named, isInPlace: false },
      args,
      io,
      async (services) => {
        const manager = await openManager(use, groups, services, settings.caching, io)
        const crypting: Crypting = {
          command,
          manager,
          settings,
          encode: args.flags.has('--encode'),
          decode: args.flags.has('--decode'),
          buffer: args.flags.has('--buffer'),
          io,
        }
        return {
          mode: modeOf(crypting),
          manager,
          do: (job, progress) => cryptJob(job, crypting, progress),
        }
      },
    )
  } finally {
    settings.caching?.cache[Symbol.dispose]()
  }
}

/** The paths of -i and those that stand alone; without any, stdin, unless it is a terminal. */
export const inputPaths = (
  command: Parameters<typeof fileUsage>[0],
  args: FileArgs,
  io: Io,
): readonly string[] => {
  const paths = [...valuesOf(args, '--input'), ...args.paths]
  // What a script meant to put there is missing.
  if (paths.includes('')) throw fileUsage(command, 'the name of an input is empty.')
  if (paths.length > 0) return paths
  if (!('isTTY' in io.stdin && io.stdin.isTTY === true)) return ['-']
  throw fileUsage(command, 'name a file, or - for stdin.')
}

export const findingOf = (args: FileArgs, io: Io) => ({
  cwd: io.cwd,
  recursive: args.flags.has('--recursive') || args.flags.has('-R'),
  symlinks: (valueOf(args, '--symlinks') ?? 'follow') as 'follow' | 'skip' | 'fail',
})

export const namingOf = (command: WritingCommand, args: FileArgs, io: Io): Naming => ({
  command,
  cwd: io.cwd,
  output: outputOf(command, args),
  suffix: suffixOf(command, args),
  isAwsStyle: args.flags.has('--input') && args.flags.has('--output'),
  mayReplace:
    !args.flags.has('--no-overwrite') &&
    (args.flags.has('--output') || args.flags.has('--force') || args.flags.has('--interactive')),
})

/** By its other name, stdout would be replaced where it leads to a file: what is in there already, too. */
const outputOf = (command: WritingCommand, args: FileArgs): string | undefined => {
  const output = valueOf(args, '--output')
  if (output === '') throw fileUsage(command, 'the name of the output is empty.')
  return output === '/dev/stdout' ? '-' : output
}

const suffixOf = (command: WritingCommand, args: FileArgs): string | undefined => {
  if (!args.flags.has('--suffix')) return undefined
  const suffix = valueOf(args, '--suffix') ?? ''
  if (/[/\\]/.test(suffix)) throw fileUsage(command, '--suffix is the end of a name, and no path.')
  return suffix
}

/** As AWS's command line names it in the metadata. */
const modeOf = ({ command, settings }: Crypting): string =>
  command === 'decrypt' && !settings.allowSigned ? 'decrypt-unsigned' : command
