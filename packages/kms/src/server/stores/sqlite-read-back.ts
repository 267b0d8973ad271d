import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Commit } from '../../core/ports.ts'
import { StoreFailedError } from './sqlite-messages.ts'
import { entityTableOf, type EntityTable } from './sqlite-schema.ts'

/** Each finds one row if what it is given is in the database, column by column. */
export type StoredStatements = {
  readonly newestSeq: StatementSync
  readonly entry: StatementSync
  readonly row: Record<EntityTable, StatementSync>
  readonly any: Record<EntityTable, StatementSync>
}

export const storedStatements = (db: DatabaseSync): StoredStatements => {
  const row = (table: EntityTable) =>
    db.prepare(
      `select 1 from ${table} where tbl = ? and id = ? and parent is ? and due_at_ms is ?
       and seq = ? and content = ? and mac = ?`,
    )
  const any = (table: EntityTable) => db.prepare(`select 1 from ${table} where tbl = ? and id = ?`)
  return {
    newestSeq: db.prepare('select max(seq) as seq from change_log'),
    entry: db.prepare(
      `select 1 from change_log where seq = ? and tbl = ? and id = ? and row_mac = ?
       and record is ? and link = ?`,
    ),
    row: { entity: row('entity'), secret_entity: row('secret_entity') },
    any: { entity: any('entity'), secret_entity: any('secret_entity') },
  }
}

/**
 * Throws `StoreFailedError` unless the open transaction holds what the commit says: its entries as
 * the newest ones, the rows it writes, and none of those it removes.
 */
export const requireStored = (
  statements: StoredStatements,
  { entries, writes, removals }: Commit,
): void => {
  const require = (isStored: boolean): void => {
    if (!isStored) throw new StoreFailedError('the database does not keep what was written to it')
  }
  for (const { seq, table, id, rowMac, record, link } of entries) {
    require(statements.entry.get(seq, table, id, rowMac, record ?? null, link) !== undefined)
  }
  const newest = entries.at(-1)
  if (newest !== undefined) require(statements.newestSeq.get()?.['seq'] === newest.seq)
  for (const { table, id } of removals) {
    require(statements.any[entityTableOf(table)].get(table, id) === undefined)
  }
  for (const { table, id, parent, dueAtMs, seq, content, mac } of writes) {
    const statement = statements.row[entityTableOf(table)]
    const found = statement.get(table, id, parent ?? null, dueAtMs ?? null, seq, content, mac)
    require(found !== undefined)
  }
}
