import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { ConflictError, type Commit } from '../../core/ports.ts'
import type { SchemaGuard } from './schema-guard.ts'
import { requireStored, storedStatements, type StoredStatements } from './sqlite-read-back.ts'
import { StoreFailedError } from './sqlite-messages.ts'
import { entityTableOf, entityTableSql, type EntityTable } from './sqlite-schema.ts'

type Statements = {
  readonly newestSeq: StatementSync
  readonly append: StatementSync
  readonly write: Record<EntityTable, StatementSync>
  readonly remove: Record<EntityTable, StatementSync>
  readonly stored: StoredStatements
}

/**
 * Takes commits on a read-write connection that is its alone. Throws `ConflictError`, or any error
 * if nothing was changed, or `StoreFailedError` if that cannot be told or the database does not do
 * as it is told; a commit is read back before it counts.
 */
export const committer = (db: DatabaseSync, guard: SchemaGuard): ((commit: Commit) => void) => {
  const statements = prepareStatements(db)
  return (commit) => {
    let rebuiltVersion: number | undefined
    inTransaction(db, () => {
      guard.requireUnchanged()
      requireSuccession(statements, commit)
      apply(statements, commit)
      if (commit.erase) {
        rebuildSecretTable(db)
        rebuiltVersion = guard.inspect()
      }
      requireStored(statements.stored, commit)
    })
    if (rebuiltVersion !== undefined) guard.accept(rebuiltVersion)
    if (commit.erase) truncateLog(db)
  }
}

/** Runs `work` between begin and commit; an error rolls back. */
export const inTransaction = (db: DatabaseSync, work: () => void): void => {
  db.exec('begin immediate')
  try {
    work()
    db.exec('commit')
  } catch (error) {
    rollback(db)
    // After a failed fsync the commit may or may not be found in the log when it is next read.
    if (isFinal(error)) throw new StoreFailedError(messageOf(error))
    throw error
  }
}

/** Undoes what the open transaction did, if SQLite has not already. */
export const rollback = (db: DatabaseSync): void => {
  try {
    if (db.isTransaction) db.exec('rollback')
  } catch (error) {
    throw new StoreFailedError(messageOf(error))
  }
}

/** Empties the write-ahead log into the database file, so that what it held before is gone. */
export const truncateLog = (db: DatabaseSync): void => {
  let problem = 'it is being read by another process'
  try {
    const row = db.prepare('pragma wal_checkpoint(truncate)').get()
    if (row?.['busy'] === 0) return
  } catch (error) {
    problem = messageOf(error)
  }
  throw new StoreFailedError(`the write-ahead log could not be emptied: ${problem}`)
}

/** SQLite's words for the error, which name tables and columns at most. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

const prepareStatements = (db: DatabaseSync): Statements => {
  const write = (table: EntityTable) =>
    db.prepare(
      `insert into ${table} (tbl, id, parent, due_at_ms, seq, content, mac)
       values (?, ?, ?, ?, ?, ?, ?)
       on conflict (tbl, id) do update set parent = excluded.parent,
         due_at_ms = excluded.due_at_ms, seq = excluded.seq, content = excluded.content,
         mac = excluded.mac`,
    )
  const remove = (table: EntityTable) => db.prepare(`delete from ${table} where tbl = ? and id = ?`)
  return {
    newestSeq: db.prepare('select coalesce(max(seq), 0) as seq from change_log'),
    append: db.prepare(
      'insert into change_log (seq, tbl, id, row_mac, record, link) values (?, ?, ?, ?, ?, ?)',
    ),
    write: { entity: write('entity'), secret_entity: write('secret_entity') },
    remove: { entity: remove('entity'), secret_entity: remove('secret_entity') },
    stored: storedStatements(db),
  }
}

const requireSuccession = ({ newestSeq }: Statements, { entries }: Commit): void => {
  let expected = Number(newestSeq.get()?.['seq'])
  for (const { seq } of entries) {
    expected += 1
    if (seq !== expected) throw new ConflictError()
  }
}

const apply = (statements: Statements, { entries, writes, removals }: Commit): void => {
  for (const { seq, table, id, rowMac, record, link } of entries) {
    requireOne(statements.append.run(seq, table, id, rowMac, record ?? null, link))
  }
  // The row may be absent before; that it is absent after is seen when the commit is read back.
  for (const { table, id } of removals) statements.remove[entityTableOf(table)].run(table, id)
  for (const row of writes) {
    const { table, id, parent, dueAtMs, seq, content, mac } = row
    const statement = statements.write[entityTableOf(table)]
    requireOne(statement.run(table, id, parent ?? null, dueAtMs ?? null, seq, content, mac))
  }
}

const requireOne = ({ changes }: { readonly changes: number | bigint }): void => {
  if (changes !== 1) throw new StoreFailedError(`a write changed ${changes} rows instead of one`)
}

/**
 * secure_delete zeroes deleted cells and freed pages, but when a page is split or merged the cells
 * that move leave copies in its unallocated space, which nothing zeroes later. Dropping the table
 * zeroes all of its pages; the new one has only ever held what is live.
 */
const rebuildSecretTable = (db: DatabaseSync): void => {
  db.exec(`
    create temp table live as select * from main.secret_entity;
    drop table main.secret_entity;
    ${entityTableSql('secret_entity')}
    insert into main.secret_entity select * from temp.live order by tbl, id;
    drop table temp.live;
  `)
}

const ioError = 10
const corrupt = 11
const notADatabase = 26

const isFinal = (error: unknown): boolean => {
  if (!(error instanceof Error) || !('errcode' in error)) return false
  const primary = Number(error.errcode) & 0xff
  return primary === ioError || primary === corrupt || primary === notADatabase
}
