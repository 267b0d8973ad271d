import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import type { ReadResult, Row, Store, TableName } from '../ports.ts'
import type { Pause } from './chain.ts'
import { storedValue, type StoredValue } from './row-check.ts'
import { isRowId } from './row-id.ts'
import { TamperError } from './tamper-error.ts'

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
  for await (const { row } of allRows(store, table)) values.push(storedValue(row))
  return values
}

/** So few that their check keeps nobody waiting. */
const pageRows = 25

type Listed = ReadResult & { readonly row: Row }

/**
 * Every row of a table, page by page, in the order of ids; rows written meanwhile may be missed.
 * Throws `TamperError` for ids that nobody wrote, and for an order in which pages would never end.
 */
export async function* allRows(
  store: Store,
  table: TableName,
  pause: Pause = () => setImmediate(),
): AsyncGenerator<Listed, void> {
  let afterId: string | undefined
  for (;;) {
    const query = { table, limit: pageRows }
    const results = await store.list(afterId === undefined ? query : { ...query, afterId })
    const page = results.map(({ row, newest }) => {
      assert(row !== undefined)
      return { row, newest }
    })
    for (const { row } of page) afterId = requireIdAfter(table, row.id, afterId)
    yield* page
    if (page.length < pageRows) return
    // A store may answer at once, and then nothing else would run between two pages.
    await pause()
  }
}

const requireIdAfter = (table: TableName, id: string, afterId: string | undefined): string => {
  if (!isRowId(id)) throw new TamperError(table, id, 'no row has such an id')
  if (afterId !== undefined && id <= afterId)
    throw new TamperError(table, id, 'the row is not where its id belongs')
  return id
}
