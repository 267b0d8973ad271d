import { type Deletion, destroyDueKeys, nextDueAtMs } from '../core/keys/deletion.ts'

/** Looks at least this often, whatever the clock did in between. */
const lookMs = 60_000

export type DeletionSchedule = { stop(): Promise<void> }

/** Destroys keys as their waiting periods end, from now on until it is stopped. */
export const scheduleDeletion = (
  deletion: Deletion,
  onDestroyed: (count: number) => void,
  onFailure: (error: unknown) => void,
): DeletionSchedule => {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const look = async (): Promise<void> => {
    let waitMs = lookMs
    try {
      const count = await destroyDueKeys(deletion)
      if (count > 0) onDestroyed(count)
      const dueAtMs = await nextDueAtMs(deletion.state)
      if (dueAtMs !== undefined) waitMs = dueAtMs - deletion.clock.nowMs()
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
