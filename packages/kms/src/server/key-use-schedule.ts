import type { KeyUses } from '../core/identity/key-uses.ts'
import { type Log, reasonOf } from './log.ts'

/** How often last uses are written. */
const everyMs = 900_000

export type KeyUseSchedule = {
  /** Writes what is not written yet, and no more. */
  stop(): Promise<void>
}

/** Writes the last uses of access keys now and then, until it is stopped. */
export const scheduleKeyUses = (keyUses: KeyUses, log: Log): KeyUseSchedule => {
  const save = (): Promise<void> =>
    keyUses
      .save()
      .catch((error: unknown) => log.error('last uses not saved', { reason: reasonOf(error) }))
  const timer = setInterval(() => void save(), everyMs)
  timer.unref()
  return {
    stop: () => {
      clearInterval(timer)
      return save()
    },
  }
}
