import { eraseExpiredMaterial } from '../core/import/expiry.ts'
import { destroyDueKeys } from '../core/keys/deletion.ts'
import type { AuditSink } from '../core/ports.ts'
import { nextDueAtMs } from '../core/state/due.ts'
import type { World } from './call.ts'
import { type DueSchedule, scheduleDue } from './due-schedule.ts'
import { type Log, reasonOf } from './log.ts'

/** Begins with all that is done to keys as it falls due: their deletion, the expiry of material. */
export const scheduleDueWork = (
  world: World,
  audit: AuditSink,
  log: Log,
): readonly DueSchedule[] => {
  const { clock, state } = world
  const background = { ...world, audit }
  const deletion = scheduleDue(
    {
      clock,
      workOff: () => destroyDueKeys(background),
      nextDueAtMs: () => nextDueAtMs(state, 'key'),
    },
    (count) => log.info('keys destroyed', { count }),
    (error) => log.error('deletion failed', { reason: reasonOf(error) }),
  )
  const expiry = scheduleDue(
    {
      clock,
      workOff: () => eraseExpiredMaterial(background),
      nextDueAtMs: () => nextDueAtMs(state, 'material'),
    },
    (count) => log.info('expired key material erased', { count }),
    (error) => log.error('expiry of key material failed', { reason: reasonOf(error) }),
  )
  return [deletion, expiry]
}
