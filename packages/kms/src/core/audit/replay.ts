import type { AuditSink, ChangeEntry } from '../ports.ts'

/** An audit log that knows how far the changes that it tells of had come when it was opened. */
export type ReplayTarget = Pick<AuditSink, 'append'> & {
  /** The greatest `changeSeq` in the log as it was found; 0 if there was none. */
  lastChangeSeq(): number
}

/** Records that are waited for together: few enough to hold, enough to share their syncs. */
const batchRecordsMax = 256

/**
 * Appends the records of the changes that the store has committed and the log does not have: those
 * of a process that ended in between. `changes` in the order of their seq. Resolves, when all are
 * durable, to how many there were.
 */
export const appendMissing = async (
  log: ReplayTarget,
  changes: AsyncIterable<Pick<ChangeEntry, 'seq' | 'record'>>,
): Promise<number> => {
  const last = log.lastChangeSeq()
  let count = 0
  let waiting: Promise<void>[] = []
  for await (const { seq, record } of changes) {
    if (record === undefined || seq <= last) continue
    waiting.push(log.append(record, { changeSeq: seq }))
    count += 1
    if (waiting.length < batchRecordsMax) continue
    await Promise.all(waiting)
    waiting = []
  }
  await Promise.all(waiting)
  return count
}

/**
 * Holds the log against the store, whose newest change is `newestSeq` (0: none). A log that is
 * ahead means that the database has been rolled back or replaced; returns an error that says so,
 * and the service must not start. It proves nothing where both were taken back together.
 */
export const verifyAnchor = (
  log: Pick<ReplayTarget, 'lastChangeSeq'>,
  newestSeq: number,
): Error | undefined => {
  const last = log.lastChangeSeq()
  if (last <= newestSeq) return undefined
  return new Error(
    `the audit log tells of change ${last}, but the newest change in the database is ` +
      `${newestSeq}: the database has been rolled back to an older state or replaced`,
  )
}
