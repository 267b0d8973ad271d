import type { CachingStats, MaterialsManager } from '@keyhold/envelope'
import { dirname, relative } from 'node:path'
import { exitCode, type Io } from '../io.ts'
import { cryptJob, type Crypting, type Done } from './crypt.ts'
import { explain } from './explain.ts'
import { findInputs, type Input } from './inputs.ts'
import { openManager } from './keyrings.ts'
import {
  headerAuthLine,
  headerLine,
  type MetadataLog,
  openMetadata,
  skippedLine,
} from './metadata.ts'
import { metadataPath } from './metadata-path.ts'
import { type FileArgs, fileUsage } from './parse.ts'
import { cleaningUp } from './pending.ts'
import { requireFree } from './overwriting.ts'
import { eachAtOnce, readJobs } from './pool.ts'
import { Report } from './report.ts'
import { Services } from './service.ts'
import { readMessageSettings, valueOf, valuesOf } from './settings.ts'
import { syncFolders } from './sink.ts'
import { type Job, nameTargets, type Naming } from './targets.ts'
import { readKeyGroups } from './wrapping-keys.ts'

type Command = 'encrypt' | 'decrypt'

/** Encrypts or decrypts everything that a command line names. Resolves to the exit code. */
export const runCrypt = async (command: Command, args: FileArgs, io: Io): Promise<number> => {
  const settings = readMessageSettings(command, args)
  const groups = readKeyGroups(command, args)
  const atOnce = readJobs(command, args)
  const found = await findInputs(inputPaths(command, args, io), findingOf(args, io))
  const named = await nameTargets(found, namingOf(command, args, io))
  requireReadableTerminal(command, args, named.jobs, io)
  const metadataTo = await metadataPath(command, args, named.jobs, io)
  const report = openReport(command, args, named.jobs, io)
  for (const { shown, why } of [...found.skipped, ...named.skipped]) report.skipped(shown, why)
  const jobs = await requireFree(named.jobs, args.flags.has('--interactive'), report, io)
  if (jobs.length === 0) {
    if (report.faults === 0) report.warn(`there is nothing to ${command}`)
    return finished(report, undefined)
  }
  const services = new Services(args, io)
  const metadata = await openMetadata(metadataTo, args.flags.has('--overwrite-metadata'), io)
  try {
    const manager = await openManager(command, groups, services, settings.caching, io)
    const crypting: Crypting = {
      command,
      manager,
      settings,
      encode: args.flags.has('--encode'),
      decode: args.flags.has('--decode'),
      buffer: args.flags.has('--buffer'),
      io,
    }
    report.start(jobs.length, totalBytes(jobs.map(({ input }) => input)))
    const goOn = args.flags.has('--continue-on-error')
    await cleaningUp(() =>
      eachAtOnce(jobs, atOnce, (job) => runJob(job, crypting, report, metadata, goOn)),
    )
    await syncFolders(jobs.flatMap(({ target }) => outputFolder(target)))
    return finished(report, manager)
  } finally {
    await metadata?.close()
    await services.close()
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
  if (paths.length > 0) return paths
  if (!('isTTY' in io.stdin && io.stdin.isTTY === true)) return ['-']
  throw fileUsage(command, 'name a file, or - for stdin.')
}

export const findingOf = (args: FileArgs, io: Io) => ({
  cwd: io.cwd,
  recursive: args.flags.has('--recursive') || args.flags.has('-R'),
  symlinks: (valueOf(args, '--symlinks') ?? 'follow') as 'follow' | 'skip' | 'fail',
})

export const namingOf = (command: Command, args: FileArgs, io: Io): Naming => ({
  command,
  cwd: io.cwd,
  output: valueOf(args, '--output'),
  suffix: args.flags.has('--suffix') ? (valueOf(args, '--suffix') ?? '') : undefined,
  isAwsStyle: args.flags.has('--input') && args.flags.has('--output'),
  mayReplace:
    !args.flags.has('--no-overwrite') &&
    (args.flags.has('--output') || args.flags.has('--force') || args.flags.has('--interactive')),
})

/** A terminal takes no binary message, unless -o - says so. */
const requireReadableTerminal = (
  command: Command,
  args: FileArgs,
  jobs: readonly Job[],
  io: Io,
): void => {
  const isAsked = args.flags.has('--output') || args.flags.has('--encode')
  if (command === 'decrypt' || isAsked || io.stdout.isTTY !== true) return
  if (jobs.some(({ target }) => target.kind === 'stdout'))
    throw fileUsage(command, 'a message is binary, and stdout is a terminal: give -o or --encode.')
}

export const openReport = (
  command: Command,
  args: FileArgs,
  jobs: readonly Job[],
  io: Io,
): Report => {
  const usesStdout =
    jobs.some(({ target }) => target.kind === 'stdout') ||
    valueOf(args, '--metadata-output') === '-'
  const events = usesStdout ? io.stderr : io.stdout
  return new Report({
    stderr: io.stderr,
    events: args.flags.has('--json') ? events : undefined,
    quiet: args.flags.has('--quiet'),
    verbosity: args.flags.get('--verbose')?.length ?? 0,
    nowMs: () => performance.now(),
    past: command === 'encrypt' ? 'encrypted' : 'decrypted',
  })
}

const runJob = async (
  job: Job,
  crypting: Crypting,
  report: Report,
  metadata: MetadataLog | undefined,
  goOn: boolean,
): Promise<boolean> => {
  const { input, target } = job
  const output = target.kind === 'file' ? shownPath(target.path, crypting.io) : undefined
  const about = {
    mode: modeOf(crypting),
    input: input.kind === 'file' ? input.path : '<stdin>',
    output: target.kind === 'file' ? target.path : '<stdout>',
  }
  try {
    const done = await cryptJob(job, crypting, (bytes) => report.progress(input.shown, bytes))
    await metadata?.write({
      header: headerLine(done.header),
      header_auth: await headerAuthLine(done.header, done.messageStart),
      ...about,
    })
    const { inputBytes, outputBytes } = done
    const facts = factsOf(done)
    report.done({ input: input.shown, output, inputBytes, outputBytes, facts })
    if (job.isReplacing === true) report.warn(`${output} was there already, and is replaced`)
    return true
  } catch (error) {
    const failure = explain(error)
    report.failed(input.shown, failure)
    await metadata?.write({ ...about, ...(await skippedLine(error, failure.message)) })
    return goOn
  }
}

/** As AWS's command line names it in the metadata. */
const modeOf = ({ command, settings }: Crypting): string =>
  command === 'decrypt' && !settings.allowSigned ? 'decrypt-unsigned' : command

const factsOf = ({ header }: Done) => ({
  algorithm: header.suite.name,
  messageId: Buffer.from(header.messageId).toString('base64'),
})

/** A path as the user would name it. */
export const shownPath = (path: string, io: Pick<Io, 'cwd'>): string => {
  const below = relative(io.cwd, path)
  return below.startsWith('..') ? path : below
}

const outputFolder = (target: Job['target']): readonly string[] =>
  target.kind === 'file' ? [dirname(target.path)] : []

/** How many bytes there are to read; `undefined`: nobody knows. */
export const totalBytes = (inputs: readonly Input[]): number | undefined => {
  const sizes = inputs.map(bytesOf)
  return sizes.reduce<number | undefined>(
    (all, bytes) => (all === undefined || bytes === undefined ? undefined : all + bytes),
    0,
  )
}

const bytesOf = (input: Input): number | undefined =>
  input.kind === 'file' && input.stats.isFile() ? input.stats.size : undefined

const finished = (report: Report, manager: MaterialsManager | undefined): number => {
  const stats = manager !== undefined && hasStats(manager) ? manager.stats() : undefined
  if (stats !== undefined)
    report.detail(`data keys: ${stats.calls} asked for, ${stats.callsSaved} calls saved`)
  report.finish(
    stats === undefined ? {} : { keyCalls: stats.calls, keyCallsSaved: stats.callsSaved },
  )
  return report.faults > 0 ? exitCode.failure : exitCode.done
}

const hasStats = (
  manager: MaterialsManager,
): manager is MaterialsManager & { stats(): CachingStats } => 'stats' in manager
