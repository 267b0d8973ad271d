import { type Log, reasonOf } from './log.ts'

export type LastUseSchedule = {
  /** Writes what is not written yet, and no more. */
  stop(): Promise<void>
}

/** Writes last uses now and then, until it is stopped. */
export const scheduleLastUses = (
  save: () => Promise<unknown>,
  everyMs: number,
  log: Log,
): LastUseSchedule => {
  const saveOrSay = async (): Promise<void> => {
    try {
      await save()
    } catch (error) {
      log.error('last uses not saved', { reason: reasonOf(error) })
    }
  }
  const timer = setInterval(() => void saveOrSay(), everyMs)
  timer.unref()
  return {
    stop: () => {
      clearInterval(timer)
      return saveOrSay()
    },
  }
}
