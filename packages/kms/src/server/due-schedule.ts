import type { Clock } from '../core/ports.ts'

/** Looks at least this often, whatever the clock did in between. */
const lookMs = 60_000

/** Work that falls due at times that the state knows. */
export type DueWork = {
  readonly clock: Clock
  /** Does everything that is due, and resolves to how much that was. */
  readonly workOff: () => Promise<number>
  /** When there will be more to do; `undefined`: never, as things are. */
  readonly nextDueAtMs: () => Promise<number | undefined>
}

export type DueSchedule = { stop(): Promise<void> }

/** Does work as it falls due, from now on until it is stopped. */
export const scheduleDue = (
  { clock, workOff, nextDueAtMs }: DueWork,
  onDone: (count: number) => void,
  onFailure: (error: unknown) => void,
): DueSchedule => {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const look = async (): Promise<void> => {
    let waitMs = lookMs
    try {
      const count = await workOff()
      if (count > 0) onDone(count)
      const dueAtMs = await nextDueAtMs()
      if (dueAtMs !== undefined) waitMs = dueAtMs - clock.nowMs()
    } catch (error) {
      onFailure(error)
    }
    if (stopped) return
    timer = setTimeout(() => void (running = look()), Math.min(Math.max(waitMs, 100), lookMs))
    timer.unref()
  }
  let running = look()
  return {
    stop: () => {
      stopped = true
      clearTimeout(timer)
      return running
    },
  }
}
