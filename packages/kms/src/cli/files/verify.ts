import { verify } from '@keyhold/envelope'
import { exitCode, type Io } from '../io.ts'
import { requireContext } from './context.ts'
import { decryptOptions } from './crypt.ts'
import { explain } from './explain.ts'
import { findInputs } from './inputs.ts'
import { sourceOf } from './inspect.ts'
import { openManager } from './keyrings.ts'
import type { FileArgs } from './parse.ts'
import { eachAtOnce, readJobs } from './pool.ts'
import { Report } from './report.ts'
import { findingOf, inputPaths } from './run-crypt.ts'
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
    const manager = await openManager('verify', groups, services, settings.caching, io)
    const options = decryptOptions({ manager, settings })
    report.start(inputs.length, undefined)
    await eachAtOnce(inputs, atOnce, async (input) => {
      try {
        const { context, plaintextBytes } = await verify(await sourceOf(input, args, io), options)
        requireContext(context, settings)
        report.progress(input.shown, plaintextBytes)
        const output = undefined
        report.done({ input: input.shown, output, inputBytes: plaintextBytes, outputBytes: 0 })
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
  }
}
