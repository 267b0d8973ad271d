import { type DecryptOptions, type ReadAt, verify, type VerifyOutput } from '@keyhold/envelope'
import { type FileHandle, open } from 'node:fs/promises'
import { exitCode, failure, type Io } from '../io.ts'
import { requireContext } from './context.ts'
import { decryptOptions } from './crypt.ts'
import { explain } from './explain.ts'
import { findInputs, type Input } from './inputs.ts'
import { sourceOf } from './inspect.ts'
import { openManager } from './keyrings.ts'
import type { FileArgs } from './parse.ts'
import { eachAtOnce, readJobs } from './pool.ts'
import { Report } from './report.ts'
import { findingOf, inputPaths } from './run-crypt.ts'
import { totalBytes } from './run-jobs.ts'
import { Services } from './service.ts'
import { readMessageSettings } from './settings.ts'
import { readKeyGroups } from './wrapping-keys.ts'

/** `keyhold verify FILE…`: everything that decryption does, but for the output. */
export const runVerify = async (args: FileArgs, io: Io): Promise<number> => {
  const settings = readMessageSettings('verify', args)
  const groups = readKeyGroups('verify', args)
  const atOnce = readJobs('verify', args)
  const { inputs, skipped } = await findInputs(inputPaths('verify', args, io), findingOf(args, io))
  const report = new Report({
    stderr: io.stderr,
    events: args.flags.has('--json') ? io.stdout : undefined,
    quiet: args.flags.has('--quiet'),
    verbosity: args.flags.get('--verbose')?.length ?? 0,
    nowMs: () => performance.now(),
    past: 'verified',
  })
  for (const { shown, why } of skipped) report.skipped(shown, why)
  const services = new Services(args, io)
  try {
    const manager = await openManager('unwrap', groups, services, settings.caching, io)
    const options = decryptOptions({ manager, settings })
    report.start(inputs.length, totalBytes(inputs))
    await eachAtOnce(inputs, atOnce, async (input) => {
      let inputBytes = 0
      const progress = (bytes: number): void => {
        inputBytes += bytes
        report.progress(input.shown, bytes)
      }
      try {
        const verified = await verifyInput(input, options, args, io, progress)
        requireContext(verified, settings)
        const { plaintextBytes } = verified
        const about = { output: undefined, outputBytes: 0, facts: { plaintextBytes } }
        report.done({ input: input.shown, inputBytes, ...about })
      } catch (error) {
        report.failed(input.shown, explain(error))
      }
      // Every file is looked at: which of them are sound is what was asked.
      return true
    })
    report.finish()
    return report.faults > 0 ? exitCode.failure : exitCode.done
  } finally {
    await services.close()
    settings.caching?.cache[Symbol.dispose]()
  }
}

const verifyInput = async (
  input: Input,
  options: DecryptOptions,
  args: FileArgs,
  io: Io,
  progress: (bytes: number) => void,
): Promise<VerifyOutput> => {
  const source = await sourceOf(input, args, io)
  if (typeof source !== 'string') {
    progress(source.length)
    return await verify(source, options)
  }
  await using file = await open(source, 'r')
  return await verify({ bytes: (await file.stat()).size, read: reader(file, progress) }, options)
}

const reader =
  (file: FileHandle, progress: (bytes: number) => void): ReadAt['read'] =>
  async (at, length) => {
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length;) {
      const { bytesRead } = await file.read(bytes, done, length - done, at + done)
      if (bytesRead === 0) throw failure('the file became shorter while it was read')
      done += bytesRead
    }
    progress(length)
    return bytes
  }
