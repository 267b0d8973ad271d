import { type ChangeEntry, type Store, type TableName, tableNames } from '../ports.ts'
import { chainStart, type ChainPosition, type Pause } from './chain.ts'
import type { StateKey } from './mac.ts'
import { Places } from './places.ts'
import type { Remembered } from './remembered.ts'
import { checkedRow } from './row-check.ts'
import { allRows } from './unverified.ts'
import type { VerifiedLog } from './verified-log.ts'

/** The parts of a state that is to be checked, and how one row of it is. */
export type Checked = {
  readonly store: Store
  readonly stateKey: StateKey
  readonly remembered: Remembered
  readonly log: VerifiedLog
  /** Throws unless the row, its absence, and the log about it are what was put last. */
  readonly check: (table: TableName, id: string) => Promise<unknown>
}

/**
 * Checks every row that is there, and the whole log, and on the way along the log the rows that it
 * names last and that were not found: those that are missing, were removed, or were written since.
 * To list rows takes much less time than to look up each by its name. Throws `TamperError`.
 */
export const checkWhole = async (
  state: Checked,
  known: readonly ChainPosition[],
  pause: Pause | undefined,
): Promise<void> => {
  const found = new Places(state.remembered.newest.seq)
  for (const table of tableNames) await checkListed(state, table, found, pause)
  const visit = (entries: readonly ChangeEntry[]) => checkOthers(state, entries, found)
  await state.log.walk(chainStart, known, { visit, pause })
}

const checkListed = async (
  { store, stateKey, remembered, check }: Checked,
  table: TableName,
  found: Places,
  pause: Pause | undefined,
): Promise<void> => {
  for await (const { row, newest } of allRows(store, table, pause)) {
    const newestSeq = remembered.seqs.of(table, row.id)
    // It may be changing at this moment, which a look-up knows to tell from tampering.
    if (row.seq !== newestSeq) await check(table, row.id)
    else {
      checkedRow(stateKey, table, row.id, { row, newest }, newestSeq)
      found.add(row.seq)
    }
  }
}

const checkOthers = async (
  { remembered, check }: Checked,
  entries: readonly ChangeEntry[],
  found: Places,
): Promise<void> => {
  for (const { table, id, seq } of entries)
    if (!found.has(seq) && remembered.seqs.of(table, id) === seq) await check(table, id)
}
