import type { CachingStats, MaterialsManager } from '@keyhold/envelope'
import { dirname, relative } from 'node:path'
import { exitCode, type Io } from '../io.ts'
import type { Done } from './crypt.ts'
import { explain } from './explain.ts'
import { syncFolders } from './folders.ts'
import type { Input, Inputs, Skipped } from './inputs.ts'
import {
  headerAuthLine,
  headerLine,
  type MetadataLog,
  openMetadata,
  skippedLine,
} from './metadata.ts'
import { metadataPath } from './metadata-path.ts'
import { requireFree } from './overwriting.ts'
import { type FileArgs, fileUsage } from './parse.ts'
import { cleaningUp } from './pending.ts'
import { eachAtOnce } from './pool.ts'
import { Report } from './report.ts'
import { Services } from './service.ts'
import { valueOf } from './settings.ts'
import type { Job } from './targets.ts'

/** The commands that write files. */
export type WritingCommand = 'encrypt' | 'decrypt' | 'rewrap'

/** What a run works on. */
export type Plan = {
  readonly command: WritingCommand
  readonly atOnce: number
  readonly found: Inputs
  readonly named: { readonly jobs: readonly Job[]; readonly skipped: readonly Skipped[] }
  /** Every input is its own output, so that nothing else is replaced. */
  readonly isInPlace: boolean
}

/** What is done to each file. */
export type Work = {
  /** As the metadata names it. */
  readonly mode: string
  /** Whose use of data keys is told in the end. */
  readonly manager: MaterialsManager
  do(job: Job, progress: (bytes: number) => void): Promise<Done>
}

/**
 * Does the work to every file of the plan, and tells what became of each. Opens the work only when
 * there is something to do. Resolves to the exit code.
 */
export const runJobs = async (
  { command, atOnce, found, named, isInPlace }: Plan,
  args: FileArgs,
  io: Io,
  open: (services: Services, report: Report) => Promise<Work>,
): Promise<number> => {
  requireReadableTerminal(command, args, named.jobs, io)
  const metadataTo = await metadataPath(command, args, named.jobs, io)
  const report = openReport(command, args, named.jobs, io)
  for (const { shown, why } of [...found.skipped, ...named.skipped]) report.skipped(shown, why)
  const jobs = isInPlace
    ? named.jobs
    : await requireFree(named.jobs, args.flags.has('--interactive'), report, io)
  if (jobs.length === 0) {
    if (report.faults === 0) report.warn(`there is nothing to ${command}`)
    return finished(report, undefined)
  }
  const services = new Services(args, io)
  const metadata = await openMetadata(metadataTo, args.flags.has('--overwrite-metadata'), io)
  try {
    const work = await open(services, report)
    report.start(jobs.length, totalBytes(jobs.map(({ input }) => input)))
    const goOn = args.flags.has('--continue-on-error')
    await cleaningUp(() =>
      eachAtOnce(
        jobs,
        atOnce,
        async (job) => (await runJob(job, work, { report, metadata, io })) || goOn,
      ),
    )
    await syncFolders(jobs.flatMap(({ target }) => outputFolder(target)))
    return finished(report, work.manager)
  } finally {
    await metadata?.close()
    await services.close()
  }
}

/** A terminal takes no binary message, unless -o - says so. */
const requireReadableTerminal = (
  command: WritingCommand,
  args: FileArgs,
  jobs: readonly Job[],
  io: Io,
): void => {
  const isAsked = args.flags.has('--output') || args.flags.has('--encode')
  if (command === 'decrypt' || isAsked || io.stdout.isTTY !== true) return
  if (jobs.some(({ target }) => target.kind === 'stdout'))
    throw fileUsage(command, 'a message is binary, and stdout is a terminal: give -o or --encode.')
}

const pasts = { encrypt: 'encrypted', decrypt: 'decrypted', rewrap: 'rewrapped' } as const

export const openReport = (
  command: WritingCommand,
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
    past: pasts[command],
  })
}

type Telling = {
  readonly report: Report
  readonly metadata: MetadataLog | undefined
  readonly io: Io
}

/** Resolves to `false` when it failed. */
const runJob = async (
  job: Job,
  work: Work,
  { report, metadata, io }: Telling,
): Promise<boolean> => {
  const { input, target } = job
  const output = target.kind === 'file' ? shownPath(target.path, io) : undefined
  const about = {
    mode: work.mode,
    input: input.kind === 'file' ? input.path : '<stdin>',
    output: target.kind === 'file' ? target.path : '<stdout>',
  }
  try {
    const done = await work.do(job, (bytes) => report.progress(input.shown, bytes))
    const { inputBytes, outputBytes, past, facts = {} } = done
    await metadata?.write({
      header: headerLine(done.header),
      header_auth: await headerAuthLine(done.header, done.messageStart),
      ...about,
      ...facts,
    })
    const told = { ...factsOf(done), ...facts }
    report.done({ input: input.shown, output, inputBytes, outputBytes, past, facts: told })
    if (job.isReplacing === true) report.warn(`${output} was there already, and is replaced`)
    return true
  } catch (error) {
    const failure = explain(error)
    report.failed(input.shown, failure)
    await metadata?.write({ ...about, ...(await skippedLine(error, failure.message)) })
    return false
  }
}

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
