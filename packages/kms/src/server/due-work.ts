import { eraseExpiredMaterial } from '../core/import/expiry.ts'
import { rotateDueKeys } from '../core/keys/automatic-rotation.ts'
import { destroyDueKeys } from '../core/keys/deletion.ts'
import type { AuditSink, TableName } from '../core/ports.ts'
import { nextDueAtMs } from '../core/state/due.ts'
import type { World } from './call.ts'
import { type DueSchedule, scheduleDue } from './due-schedule.ts'
import { type Log, reasonOf } from './log.ts'

/** Begins with all that is done to keys as it falls due. */
export const scheduleDueWork = (
  world: World,
  audit: AuditSink,
  log: Log,
): readonly DueSchedule[] => {
  const { clock, state } = world
  const background = { ...world, audit }
  const schedule = (
    table: TableName,
    workOff: () => Promise<number>,
    done: string,
    failed: string,
  ): DueSchedule =>
    scheduleDue(
      { clock, workOff, nextDueAtMs: () => nextDueAtMs(state, table) },
      (count) => log.info(done, { count }),
      (error) => log.error(failed, { reason: reasonOf(error) }),
    )
  return [
    schedule('key', () => destroyDueKeys(background), 'keys destroyed', 'deletion failed'),
    schedule(
      'material',
      () => eraseExpiredMaterial(background),
      'expired key material erased',
      'expiry of key material failed',
    ),
    schedule('key_rotation', () => rotateDueKeys(background), 'keys rotated', 'rotation failed'),
  ]
}
