import { type Log, reasonOf } from './log.ts'

export type LastUseSchedule = {
  /** Writes what is not written yet, and no more. */
  stop(): Promise<void>
}

/** Writes last uses now and then, until it is stopped; `isLast`: this is when, and no call is under way. */
export const scheduleLastUses = (
  save: (isLast: boolean) => Promise<unknown>,
  everyMs: number,
  log: Log,
): LastUseSchedule => {
  const saveOrSay = async (isLast: boolean): Promise<void> => {
    try {
      await save(isLast)
    } catch (error) {
      log.error('last uses not saved', { reason: reasonOf(error) })
    }
  }
  const timer = setInterval(() => void saveOrSay(false), everyMs)
  timer.unref()
  return {
    stop: () => {
      clearInterval(timer)
      return saveOrSay(true)
    },
  }
}
