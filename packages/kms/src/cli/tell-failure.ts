import { reasonOf } from '../server/log.ts'
import { exitCode, type Io } from './io.ts'
import { UsageError } from './settings/load.ts'

/** Tells on stderr why a command of the service failed, and gives its exit code. */
export const tellFailure = (error: unknown, io: Io): number => {
  // What the user got wrong is said in one sentence; its cause would only say it again.
  const reason = error instanceof UsageError ? error.message : reasonOf(error)
  io.stderr.write(`keyhold: ${reason}\n`)
  return error instanceof UsageError ? exitCode.usage : exitCode.failure
}
