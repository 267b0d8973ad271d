import { setImmediate } from 'node:timers/promises'
import type { ReadResult, Store, TableName } from '../ports.ts'
import type { Pause } from './chain.ts'
import { storedValue, type StoredValue } from './row-check.ts'

/** The tables that must be read to learn the state key, so before anything can be verified. */
export const sealingTables = ['cluster', 'seal_slot', 'domain_key'] as const
export type SealingTable = (typeof sealingTables)[number]

export const isSealingTable = (table: TableName): table is SealingTable =>
  table === 'cluster' || table === 'seal_slot' || table === 'domain_key'

/**
 * A row as the database has it, authenticated by nothing: only good for finding the state key.
 * Take no decision on it that outlives `State.open`, which verifies these tables wholly; read
 * again through the state what is needed later.
 */
export const readUnverified = async (
  store: Store,
  table: SealingTable,
  id: string,
): Promise<StoredValue | undefined> => {
  const { row } = await store.read(table, id)
  return row === undefined ? undefined : storedValue(row)
}

/** All rows of the table in the order of their ids, with the same warning as `readUnverified`. */
export const listUnverified = async (
  store: Store,
  table: SealingTable,
): Promise<readonly StoredValue[]> => {
  const values: StoredValue[] = []
  for await (const { row } of allRows(store, table)) {
    if (row !== undefined) values.push(storedValue(row))
  }
  return values
}

/** So few that their check keeps nobody waiting. */
const pageRows = 100

/** Every row of a table, page by page, in the order of ids; rows written meanwhile may be missed. */
export async function* allRows(
  store: Store,
  table: TableName,
  pause: Pause = () => setImmediate(),
): AsyncGenerator<ReadResult, void> {
  let afterId: string | undefined
  for (;;) {
    const query = { table, limit: pageRows }
    const page = await store.list(afterId === undefined ? query : { ...query, afterId })
    yield* page
    const last = page.at(-1)?.row?.id
    if (last === undefined || page.length < pageRows) return
    afterId = last
    // A store may answer at once, and then nothing else would run between two pages.
    await pause()
  }
}
