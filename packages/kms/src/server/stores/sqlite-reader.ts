import {
  DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  type StatementSync,
} from 'node:sqlite'
import type { ChangeEntry, ListQuery, ReadResult, Row, TableName } from '../../core/ports.ts'
import { entityTableOf, type EntityTable } from './sqlite-schema.ts'

type Columns = Record<string, SQLOutputValue>

// One statement reads the row and its newest entry, so that both are of one moment.
const columns = `e.tbl, e.id, e.parent, e.due_at_ms, e.seq, e.content, e.mac, c.seq as log_seq,
  c.tbl as log_tbl, c.id as log_id, c.row_mac, c.record, c.link`

/** Reads on a read-only connection of its own, at once: some microseconds where nothing is cold. */
export class SqliteReader {
  readonly #db: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()

  /** `file` must be one that the writer has opened, which verified its structure. */
  constructor(file: string) {
    this.#db = new DatabaseSync(file, { readOnly: true, timeout: 1000 })
    this.#db.exec('pragma trusted_schema = off; pragma cache_size = -8192')
  }

  read(table: TableName, id: string): ReadResult {
    const found = this.#prepare(readSql(entityTableOf(table))).get(table, id)
    return found === undefined ? { row: undefined, newest: undefined } : readResult(found)
  }

  list(query: ListQuery): readonly ReadResult[] {
    const { sql, values } = listSql(query)
    return this.#prepare(sql)
      .all(...values)
      .map(readResult)
  }

  count(table: TableName, idPrefix: string): number {
    const sql = `select count(*) as n from ${entityTableOf(table)}
      where tbl = ? and id >= ? and id < ? || char(1114111)`
    return Number(this.#prepare(sql).get(table, idPrefix, idPrefix)?.['n'])
  }

  changes(afterSeq: number, limit: number): readonly ChangeEntry[] {
    return this.#prepare(`select ${logColumns} from change_log where seq > ? order by seq limit ?`)
      .all(afterSeq, limit)
      .map(changeEntry)
  }

  newestChange(): ChangeEntry | undefined {
    const sql = `select ${logColumns} from change_log order by seq desc limit 1`
    const found = this.#prepare(sql).get()
    return found === undefined ? undefined : changeEntry(found)
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#prepared.get(sql)
    if (statement === undefined) this.#prepared.set(sql, (statement = this.#db.prepare(sql)))
    return statement
  }
}

const logColumns = 'seq as log_seq, tbl as log_tbl, id as log_id, row_mac, record, link'

const readSql = (from: EntityTable): string =>
  `select ${columns} from (select ?1 as tbl, ?2 as id) k
   left join ${from} e on e.tbl = k.tbl and e.id = k.id
   left join change_log c on c.seq =
     (select max(seq) from change_log where tbl = k.tbl and id = k.id)`

const listSql = (query: ListQuery): { sql: string; values: SQLInputValue[] } => {
  const { table, idPrefix, parent, dueByMs, afterId, limit } = query
  let sql = `select ${columns} from ${entityTableOf(table)} e
    left join change_log c on c.seq =
      (select max(seq) from change_log where tbl = e.tbl and id = e.id)
    where e.tbl = ?`
  const values: SQLInputValue[] = [table]
  const where = (condition: string, ...operands: SQLInputValue[]): void => {
    sql += ` and ${condition}`
    values.push(...operands)
  }
  // U+10FFFF sorts after everything that can follow the prefix, and an index can use the range.
  if (idPrefix !== undefined) where('e.id >= ? and e.id < ? || char(1114111)', idPrefix, idPrefix)
  if (parent !== undefined) where('e.parent = ?', parent)
  if (dueByMs !== undefined) where('e.due_at_ms <= ?', dueByMs)
  if (afterId !== undefined) where('e.id > ?', afterId)
  sql += dueByMs === undefined ? ' order by e.id limit ?' : ' order by e.due_at_ms, e.id limit ?'
  values.push(limit)
  return { sql, values }
}

// What the columns hold is what the STRICT tables let in; whether it is authentic is decided above.
const readResult = (found: Columns): ReadResult => ({
  row: found['id'] === null ? undefined : row(found),
  newest: found['log_seq'] === null ? undefined : changeEntry(found),
})

const row = (found: Columns): Row => ({
  table: found['tbl'] as TableName,
  id: found['id'] as string,
  parent: (found['parent'] as string | null) ?? undefined,
  dueAtMs: (found['due_at_ms'] as number | null) ?? undefined,
  seq: found['seq'] as number,
  content: found['content'] as string,
  mac: found['mac'] as Uint8Array,
})

const changeEntry = (found: Columns): ChangeEntry => ({
  seq: found['log_seq'] as number,
  table: found['log_tbl'] as TableName,
  id: found['log_id'] as string,
  rowMac: found['row_mac'] as Uint8Array,
  record: (found['record'] as string | null) ?? undefined,
  link: found['link'] as Uint8Array,
})
