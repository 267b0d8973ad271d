import type { ReadResult, Row, TableName } from '../ports.ts'
import { removalMac, rowMac, sameBytes, type StateKey } from './mac.ts'
import { TamperError } from './tamper-error.ts'

/** A row's value with the facts that the store knows about it. */
export type StoredValue = {
  readonly id: string
  readonly parent: string | undefined
  readonly dueAtMs: number | undefined
  /** Place in the change log of the change that wrote it. */
  readonly seq: number
  /** What was put, after a turn through JSON. */
  readonly value: unknown
}

/**
 * The row that `table` and `id` name, if it is what the newest entry about it says, or `undefined`
 * if that entry says that it was removed, or there is none. Throws `TamperError` otherwise, and also
 * if the newest entry lies before `leastSeq`, where the chain was seen to have one (0: nowhere).
 */
export const checkedRow = (
  stateKey: StateKey,
  table: TableName,
  id: string,
  { row, newest }: ReadResult,
  leastSeq: number,
): Row | undefined => {
  const fail = (problem: string): never => {
    throw new TamperError(table, id, problem)
  }
  if ((newest?.seq ?? 0) < leastSeq) fail('its newest entry in the change log is gone')
  if (row === undefined) {
    if (newest === undefined) return undefined
    const expected = removalMac(stateKey, table, id, newest.seq)
    if (!sameBytes(newest.rowMac, expected)) fail('the row is missing, and no removal is recorded')
    return undefined
  }
  if (!isAuthentic(stateKey, { ...row, table, id })) fail('the row is not authentic')
  if (newest === undefined) return fail('the change log knows nothing of the row')
  if (newest.seq !== row.seq) fail('the row is not the newest one')
  if (!sameBytes(newest.rowMac, row.mac)) fail('the change log has another row in its place')
  return row
}

/** The value of a row whose MAC was verified, or is not to be. Throws `TamperError` if it is no JSON. */
export const storedValue = (row: Row): StoredValue => {
  const { id, parent, dueAtMs, seq } = row
  try {
    return { id, parent, dueAtMs, seq, value: JSON.parse(row.content) as unknown }
  } catch {
    throw new TamperError(row.table, id, 'the content is not JSON')
  }
}

const isAuthentic = (stateKey: StateKey, row: Row): boolean => {
  try {
    return sameBytes(row.mac, rowMac(stateKey, row))
  } catch (error) {
    // A string or a number that could never have been written has no encoding to take a MAC of.
    if (error instanceof TypeError) return false
    throw error
  }
}
