import { serviceEvent, type ServiceEventFields } from '../audit/record.ts'
import type { AuditSink, Clock, Random } from '../ports.ts'
import type { Change } from '../state/change.ts'
import type { State } from '../state/state.ts'
import type { Directory } from './directory.ts'
import { keyOf, type KeyRecord } from './key.ts'

/** What work on keys needs that nobody called for: it is due. */
export type Background = {
  readonly state: State
  readonly directory: Directory
  readonly audit: AuditSink
  readonly clock: Clock
  readonly random: Random
}

/** `durable` resolves once the record is; nothing that runs alone waits for that. */
export type Recorded = { readonly durable: Promise<void> }

export type KeyEvent = Pick<ServiceEventFields, 'eventName' | 'eventTimeMs' | 'details'>

/** Lets a change to a key tell what the service does by itself in it. */
export const putEvent = (
  change: Change,
  random: Random,
  record: KeyRecord,
  event: KeyEvent,
): void => {
  const { region, account } = record
  change.event((seq) =>
    serviceEvent({
      ...event,
      region,
      account,
      resources: [{ arn: keyOf(record).arn, account }],
      additional: { changeSeq: seq },
      eventId: random.uuid(),
    }),
  )
}

/** Appends the records of a change's events once it is committed; the last is durable after all. */
export const appendEvents = async (audit: AuditSink, { events }: Change): Promise<void> => {
  await Promise.all(events.map(({ line, seq }) => audit.append(line, { changeSeq: seq })))
}

/**
 * Commits a change to a key together with the service events that tell of it, and brings the
 * directory up to date. To be called while it runs alone among changes (`State.exclusive`).
 */
export const commitEvents = async (
  { state, directory, audit }: Background,
  change: Change,
): Promise<Recorded> => {
  const committed = state.commit(change)
  // A commit that failed may have taken effect all the same.
  committed.catch(() => directory.clear())
  await committed
  directory.forget(change.rows)
  return { durable: appendEvents(audit, change) }
}

/** The same with one event. */
export const commitWithEvent = (
  background: Background,
  change: Change,
  record: KeyRecord,
  event: KeyEvent,
): Promise<Recorded> => {
  putEvent(change, background.random, record, event)
  return commitEvents(background, change)
}
