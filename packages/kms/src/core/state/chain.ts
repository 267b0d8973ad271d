import { setImmediate } from 'node:timers/promises'
import type { ChangeEntry, Store } from '../ports.ts'
import { entryLink, sameBytes, type StateKey } from './mac.ts'
import { TamperError } from './tamper-error.ts'

/** A place in the change log, together with what vouches for everything up to it. */
export type ChainPosition = { readonly seq: number; readonly link: Uint8Array }

/** The place before the first entry. */
export const chainStart: ChainPosition = { seq: 0, link: new Uint8Array(32) }

/** So few that their check keeps nobody waiting. */
const batchEntries = 50

/** What goes by between two pieces of long work: a turn in which others run, at least. */
export type Pause = () => Promise<unknown>

/**
 * The entries after `from`, in batches, each entry verified before it is given out: its seq follows
 * without a gap, its link is the HMAC over the one before. Ends where the log ends, so the caller
 * has to know whether that is far enough. Throws `TamperError`; lets other work run in between.
 */
export async function* verifiedBatches(
  store: Store,
  stateKey: StateKey,
  from: ChainPosition,
  pause: Pause = () => setImmediate(),
): AsyncGenerator<readonly ChangeEntry[], void> {
  let position = from
  for (;;) {
    const batch = await store.changes(position.seq, batchEntries)
    for (const entry of batch) position = verifyEntry(stateKey, position, entry)
    if (batch.length > 0) yield batch
    if (batch.length < batchEntries) return
    await pause()
  }
}

/** Where the chain stands after `entry`. Throws `TamperError` if it does not continue `previous`. */
export const verifyEntry = (
  stateKey: StateKey,
  previous: ChainPosition,
  entry: ChangeEntry,
): ChainPosition => {
  if (entry.seq !== previous.seq + 1) {
    throw new TamperError('change_log', String(previous.seq + 1), 'the entry is missing')
  }
  if (!sameBytes(entry.link, entryLink(stateKey, previous.link, entry))) {
    throw new TamperError('change_log', String(entry.seq), 'the entry does not fit the chain')
  }
  return { seq: entry.seq, link: entry.link }
}
