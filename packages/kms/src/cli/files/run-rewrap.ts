import type { Io } from '../io.ts'
import { findInputs } from './inputs.ts'
import { inPlace, onlyMessages } from './in-place.ts'
import { openManager } from './keyrings.ts'
import { type FileArgs, fileUsage } from './parse.ts'
import { readJobs } from './pool.ts'
import type { Report } from './report.ts'
import { rewrapJob } from './rewrap.ts'
import { findingOf, inputPaths, namingOf } from './run-crypt.ts'
import { runJobs } from './run-jobs.ts'
import { readCaching, readMessageSettings } from './settings.ts'
import { type Job, nameTargets } from './targets.ts'
import { readKeyGroups, readOldKeyGroups } from './wrapping-keys.ts'

const command = 'rewrap'

/** `keyhold rewrap FILE…`: new keys for messages, in place unless -o says where to. */
export const runRewrap = async (args: FileArgs, io: Io): Promise<number> => {
  const isInPlace = !args.flags.has('--output')
  const encode = args.flags.has('--encode')
  const decode = args.flags.has('--decode')
  if (isInPlace) requireInPlace(args, encode === decode)
  const settings = readMessageSettings(command, args)
  const newKeys = readKeyGroups(command, args)
  const oldKeys = readOldKeyGroups(args)
  const oldCaching = readCaching(command, args)
  const atOnce = readJobs(command, args)
  const found = await onlyMessages(
    await findInputs(inputPaths(command, args, io), findingOf(args, io)),
    decode,
  )
  const named = isInPlace
    ? await inPlace(found)
    : await nameTargets(found, namingOf(command, args, io))
  try {
    return await runJobs(
      { command, atOnce, found, named, isInPlace },
      args,
      io,
      async (services, report) => {
        const to = await openManager('wrap', newKeys, services, settings.caching, io)
        const from = await openManager('unwrap', oldKeys, services, oldCaching, io)
        const reencrypt = args.flags.has('--reencrypt')
        const rewrapping = { from, to, settings, reencrypt, encode, decode, isInPlace, io }
        return {
          mode: command,
          manager: to,
          do: async (job, progress) => {
            const done = await rewrapJob(job, rewrapping, progress)
            if (isInPlace) warnOfOtherNames(job, report)
            return done
          },
        }
      },
    )
  } finally {
    for (const caching of [settings.caching, oldCaching]) caching?.cache[Symbol.dispose]()
  }
}

const requireInPlace = (args: FileArgs, keepsForm: boolean): void => {
  if (args.flags.has('--no-overwrite'))
    throw fileUsage(command, '--no-overwrite needs -o: without it, each file is replaced.')
  if (!keepsForm)
    throw fileUsage(
      command,
      'without -o, --decode and --encode go together: a file keeps its form.',
    )
}

const warnOfOtherNames = ({ input }: Job, report: Report): void => {
  if (input.kind === 'file' && input.stats.nlink > 1)
    report.warn(`${input.shown} has other names (hard links), which keep the old message`)
}
