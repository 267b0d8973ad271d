import { decryptRange, type MaterialsManager } from '@keyhold/envelope'
import { dirname } from 'node:path'
import { exitCode, type Io } from '../io.ts'
import { encodedBase64 } from './base64.ts'
import { requireContext } from './context.ts'
import { decryptOptions } from './crypt.ts'
import { explain } from './explain.ts'
import { syncFolders } from './folders.ts'
import { findInputs } from './inputs.ts'
import { sourceOf } from './inspect.ts'
import { openManager } from './keyrings.ts'
import { requireFree } from './overwriting.ts'
import { type FileArgs, fileUsage } from './parse.ts'
import { cleaningUp } from './pending.ts'
import type { Report } from './report.ts'
import { findingOf, inputPaths, namingOf } from './run-crypt.ts'
import { openReport, shownPath } from './run-jobs.ts'
import { Services } from './service.ts'
import { type MessageSettings, readMessageSettings, valueOf } from './settings.ts'
import { fileSink, streamSink } from './sink.ts'
import { type Job, nameTargets, type Target } from './targets.ts'
import { readKeyGroups } from './wrapping-keys.ts'

const command = 'decrypt'

/** `keyhold decrypt --range a-b FILE`: reads and decrypts only the frames that hold these bytes. */
export const runRange = async (args: FileArgs, io: Io): Promise<number> => {
  const range = parseRange(valueOf(args, '--range') ?? '')
  const settings = readMessageSettings(command, args)
  const groups = readKeyGroups(command, args)
  if (args.flags.has('--metadata-output'))
    throw fileUsage(command, '--metadata-output does not go with --range.')
  const found = await findInputs(inputPaths(command, args, io), findingOf(args, io))
  if (found.inputs.length > 0 && !found.isOne)
    throw fileUsage(command, '--range takes exactly one file.')
  const naming = namingOf(command, args, io)
  const named = await nameTargets(found, { ...naming, output: naming.output ?? '-' })
  const report = openReport(command, args, named.jobs, io)
  for (const { shown, why } of [...found.skipped, ...named.skipped]) report.skipped(shown, why)
  const [job] = await requireFree(named.jobs, args.flags.has('--interactive'), report, io)
  const services = new Services(args, io)
  try {
    if (job !== undefined) {
      const manager = await openManager('unwrap', groups, services, settings.caching, io)
      await runJob(job, range, { manager, settings, args, io, report })
    }
    report.finish()
    return report.faults > 0 ? exitCode.failure : exitCode.done
  } finally {
    await services.close()
    settings.caching?.cache[Symbol.dispose]()
  }
}

type Run = {
  readonly manager: MaterialsManager
  readonly settings: MessageSettings
  readonly args: FileArgs
  readonly io: Io
  readonly report: Report
}

const runJob = async (
  { input, target, isReplacing }: Job,
  { from, to }: Range,
  { manager, settings, args, io, report }: Run,
): Promise<void> => {
  report.start(1, undefined)
  try {
    const source = await sourceOf(input, args, io)
    const done = await decryptRange(source, from, to, decryptOptions({ manager, settings }))
    requireContext(done, settings)
    await cleaningUp(() => writeRange(done.plaintext, target, args, io))
    const { proven, plaintextBytes, isEndProven, plaintext } = done
    report.progress(input.shown, plaintext.length)
    const output = target.kind === 'file' ? shownPath(target.path, io) : undefined
    const bytes = plaintext.length
    const facts = { proven, plaintextBytes, isEndProven }
    report.done({ input: input.shown, output, inputBytes: bytes, outputBytes: bytes, facts })
    if (isReplacing === true) report.warn(`${output} was there already, and is replaced`)
    if (io.stderr.isTTY === true || args.flags.has('--verbose'))
      report.warn(`${bytes} of ${plaintextBytes} bytes; ${proofs[proven]}`)
  } catch (error) {
    report.failed(input.shown, explain(error))
  }
}

const proofs = {
  message: 'the whole message is verified',
  frames: 'these bytes are verified, the rest of the message is not',
}

type Range = { readonly from: number; readonly to: number }

/** `0-99`, both ends included, as in HTTP; `100-` reaches to the end. */
const parseRange = (text: string): Range => {
  const [, first, last] = /^(\d{1,16})-(\d{1,16})?$/.exec(text) ?? []
  const from = Number(first)
  const to = last === undefined ? Number.MAX_SAFE_INTEGER : Number(last) + 1
  if (first !== undefined && to > from && Number.isSafeInteger(to) && Number.isSafeInteger(from))
    return { from, to }
  throw fileUsage(command, '--range is FIRST-LAST, both included, or FIRST-.')
}

const writeRange = async (
  plaintext: Uint8Array,
  target: Target,
  args: FileArgs,
  io: Io,
): Promise<void> => {
  const sink =
    target.kind === 'stdout'
      ? streamSink(io.stdout)
      : await fileSink(target.path, target.mayReplace, undefined)
  try {
    await sink.write(args.flags.has('--encode') ? encodedBase64(plaintext) : plaintext)
    await sink.commit()
  } catch (error) {
    await sink.abort()
    throw error
  }
  if (target.kind === 'file') await syncFolders([dirname(target.path)])
}
