import { CliError, exitCode, usageError, type Io } from './io.ts'
import type { CliService } from './services/service.ts'

type Command = {
  readonly doc: string
  readonly run: (args: string[], io: Io) => Promise<number>
}

const ofService =
  (load: () => Promise<CliService>): Command['run'] =>
  async (args, io) =>
    (await import('./service-command.ts')).runService(await load(), args, io)

/** The commands. Each is loaded when it is called: what a command does not need costs it nothing. */
const commands: { readonly [name: string]: Command } = {
  kms: {
    doc: 'Calls an operation of the service, with the flags that "aws kms" has.',
    run: ofService(async () => (await import('./services/kms.ts')).kmsService),
  },
  iam: {
    doc: 'Manages users, groups, roles and policies, with the flags that "aws iam" has.',
    run: ofService(async () => (await import('./services/iam.ts')).iamService),
  },
  sts: {
    doc: 'Opens sessions, and tells who calls, with the flags that "aws sts" has.',
    run: ofService(async () => (await import('./services/sts.ts')).stsService),
  },
  account: {
    doc: 'Makes, lists, disables and enables accounts.',
    run: ofService(async () => (await import('./services/account.ts')).accountService),
  },
  access: {
    doc: 'Tells what a principal may do, and what decides it.',
    run: ofService(async () => (await import('./services/access.ts')).accessService),
  },
  encrypt: {
    doc: 'Encrypts files under a key of the service, or one of your own.',
    run: async (args, io) => (await import('./files/run.ts')).run('encrypt', args, io),
  },
  decrypt: {
    doc: 'Decrypts files, and writes nothing that is not verified.',
    run: async (args, io) => (await import('./files/run.ts')).run('decrypt', args, io),
  },
  inspect: {
    doc: 'Tells what an encrypted file says about itself. Needs no key.',
    run: async (args, io) => (await import('./files/run.ts')).run('inspect', args, io),
  },
  verify: {
    doc: 'Verifies encrypted files as decryption would, and writes nothing.',
    run: async (args, io) => (await import('./files/run.ts')).run('verify', args, io),
  },
  rewrap: {
    doc: 'Gives encrypted files new keys, and checks them on the way.',
    run: async (args, io) => (await import('./files/run.ts')).run('rewrap', args, io),
  },
  serve: {
    doc: 'Runs the service.',
    run: async (args, io) => (await import('./serve.ts')).run(args, io),
  },
  init: {
    doc: 'Makes the data directory of a production service, and prints its root credential.',
    run: async (args, io) => (await import('./init.ts')).run(args, io),
  },
  env: {
    doc: 'Prints the environment by which any AWS client reaches the service of this machine.',
    run: async (args, io) => (await import('./env.ts')).run(args, io),
  },
  bench: {
    doc: 'Measures how fast a service answers, with signed requests.',
    run: async (args, io) => (await import('./bench/run.ts')).run(args, io),
  },
  completion: {
    doc: 'Prints the completion script of bash, zsh or fish.',
    run: async (args, io) => (await import('./completion/run.ts')).run(args, io, commandRows()),
  },
  version: {
    doc: 'Prints the version.',
    run: async (_args, io) => {
      io.stdout.write((await import('./version.ts')).versionLine())
      return exitCode.done
    },
  },
  help: {
    doc: 'Prints this.',
    run: async (_args, io) => {
      io.stdout.write((await import('./help.ts')).mainHelp(commandRows()))
      return exitCode.done
    },
  },
}

const commandRows = (): (readonly [string, string])[] =>
  Object.entries(commands).map(([name, { doc }]) => [name, doc] as const)

/** Runs a command line. Resolves to the exit code; what failed is told on stderr. */
export const main = async (args: readonly string[], io: Io): Promise<number> => {
  try {
    return await dispatch(args, io)
  } catch (error) {
    return report(error, io)
  }
}

const dispatch = async (args: readonly string[], io: Io): Promise<number> => {
  const [first = ''] = args
  if (first === '--help' || first === '-h') return runCommand('help', [], io)
  if (first === '--version') return runCommand('version', [], io)
  // A file encryption line of AWS's begins with flags, or with a file of them: `keyhold -e -i …`.
  if (/^[-@]/.test(first)) {
    const { isModeLine, runModeLine } = await import('./files/mode-line.ts')
    if (isModeLine(args)) return runModeLine(args, io)
  }
  if (!first.startsWith('-')) return runCommand(first, args.slice(1), io)
  // Global flags may stand before the command: `keyhold --region eu-west-1 kms list-keys`.
  const { parseGlobals } = await import('./globals.ts')
  const command = parseGlobals(args).rest.find((arg) => !arg.startsWith('-')) ?? ''
  const at = args.indexOf(command)
  return runCommand(command, [...args.slice(0, at), ...args.slice(at + 1)], io)
}

const runCommand = async (name: string, args: string[], io: Io): Promise<number> => {
  if (name === '') throw usageError('the following arguments are required: command')
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command !== undefined) return command.run(args, io)
  const { invalidChoice } = await import('./names.ts')
  throw usageError(`argument command: ${invalidChoice(name, Object.keys(commands))}`)
}

const report = (error: unknown, io: Io): number => {
  if (error instanceof CliError) {
    io.stderr.write(`\n${error.message}\n`)
    return error.exitCode
  }
  const message = error instanceof Error ? error.message : String(error)
  io.stderr.write(`\n${message}\n`)
  return error instanceof Error && error.name === 'UsageError' ? exitCode.usage : exitCode.failure
}
