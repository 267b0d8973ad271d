import type { State } from '../core/state/state.ts'
import { considerate } from './considerate.ts'
import { type Log, reasonOf } from './log.ts'

const everyMs = 3_600_000

export type VerificationSchedule = { stop(): void }

/**
 * Verifies the whole state now and then every hour, one verification at a time, until it is stopped.
 * Rows are verified when they are read; this finds what nobody reads, and rows that are missing.
 */
export const scheduleVerification = (
  state: Pick<State, 'verify' | 'newest'>,
  log: Log,
): VerificationSchedule => {
  let isRunning = false
  let isStopped = false
  const verify = async (): Promise<void> => {
    if (isRunning) return
    isRunning = true
    try {
      await state.verify(considerate())
      log.info('state verified', { changes: state.newest.seq })
    } catch (error) {
      // What was found has been reported by then; a stop in the middle is no finding.
      if (!isStopped) log.error('state not verified', { reason: reasonOf(error) })
    } finally {
      isRunning = false
    }
  }
  void verify()
  const timer = setInterval(() => void verify(), everyMs)
  timer.unref()
  return {
    stop: () => {
      isStopped = true
      clearInterval(timer)
    },
  }
}
