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

/**
 * Commits a change to a key together with the service event that tells of it, and brings the
 * directory up to date. To be called while it runs alone among changes (`State.exclusive`).
 */
export const commitWithEvent = async (
  { state, directory, audit, random }: Background,
  change: Change,
  record: KeyRecord,
  event: Pick<ServiceEventFields, 'eventName' | 'eventTimeMs' | 'details'>,
): Promise<Recorded> => {
  const { region, account } = record
  let line = ''
  const committed = state.commit(change, (seq) => {
    line = serviceEvent({
      ...event,
      region,
      account,
      resources: [{ arn: keyOf(record).arn, account }],
      additional: { changeSeq: seq },
      eventId: random.uuid(),
    })
    return line
  })
  // A commit that failed may have taken effect all the same.
  committed.catch(() => directory.clear())
  const changeSeq = await committed
  directory.forget(change.rows)
  return { durable: audit.append(line, { changeSeq }) }
}
