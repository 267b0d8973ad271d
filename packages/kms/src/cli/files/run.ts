import { exitCode, type Io } from '../io.ts'
import { expandArgFiles } from './arg-files.ts'
import type { FileCommand } from './flag-table.ts'
import { type FileArgs, parseFileArgs } from './parse.ts'

/** `keyhold encrypt`, `decrypt`, `inspect`, `verify` and `rewrap`. Resolves to the exit code. */
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
  rewrap: async (args, io) => (await import('./run-rewrap.ts')).runRewrap(args, io),
}
