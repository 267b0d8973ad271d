import type { DatabaseSync } from 'node:sqlite'
import type { TableName } from '../../core/ports.ts'
import { requireSameSchema } from './sqlite-schema-check.ts'

/** Marks a SQLite file as Keyhold's ("KHst"), so that no other one is ever written to. */
export const applicationId = 0x4b_48_73_74

export type EntityTable = 'entity' | 'secret_entity'

const wrappedTables: ReadonlySet<TableName> = new Set([
  'seal_slot',
  'domain_key',
  'access_key',
  'material',
  'key_store',
])

/** Where a row lies. Rows that hold wrapped keys lie apart, because erasing one rebuilds its table. */
export const entityTableOf = (table: TableName): EntityTable =>
  wrappedTables.has(table) ? 'secret_entity' : 'entity'

/** The statements that make an entity table, as the newest migration leaves it. */
export const entityTableSql = (name: EntityTable): string => `
  create table ${name} (
    tbl text not null,
    id text not null,
    parent text,
    due_at_ms integer,
    seq integer not null references change_log (seq),
    content text not null,
    mac blob not null,
    primary key (tbl, id)
  ) strict;
  create index ${name}_by_parent on ${name} (tbl, parent, id) where parent is not null;
  create index ${name}_by_due on ${name} (tbl, due_at_ms, id) where due_at_ms is not null;
`

/** Entry n takes a file from version n to n + 1. Entries are never edited once released. */
const migrations: readonly string[] = [
  `
  create table meta (name text primary key, value text not null) strict;
  insert into meta values ('format', '1');
  create table change_log (
    seq integer primary key,
    tbl text not null,
    id text not null,
    row_mac blob not null,
    record text,
    link blob not null
  ) strict;
  create index change_log_by_entity on change_log (tbl, id, seq);
  ${entityTableSql('entity')}
  ${entityTableSql('secret_entity')}
  `,
  // Identities came: a program that knows none would take no notice of a user who was locked out.
  `update meta set value = '2' where name = 'format'`,
  // Key policies and grants came: a program that knows none would let nobody in, or the wrong ones.
  `update meta set value = '3' where name = 'format'`,
  // Custom key stores came: a program that knows none would use half of a key as all of it.
  `
  update meta set value = '4' where name = 'format';
  insert into secret_entity select * from entity where tbl = 'key_store';
  delete from entity where tbl = 'key_store';
  `,
]

/**
 * Brings a file that passed `requireOwnFile` to this program's version, in one transaction. Throws,
 * and has written nothing, if it is of a newer version, or is not what its own version looks like.
 */
export const migrate = (db: DatabaseSync, file: string): void => {
  const version = pragma(db, 'user_version')
  if (version < 0 || version > migrations.length) {
    throw new Error(
      `${file} has format version ${version}, and this program knows versions up to ${migrations.length}: ` +
        'it was written by a newer release, use that one',
    )
  }
  requireSameSchema(db, file, migrations.slice(0, version))
  const { journal_mode: mode } = db.prepare('pragma journal_mode = wal').get() ?? {}
  if (mode !== 'wal') throw new Error(`${file} cannot have a write-ahead log where it lies`)
  if (version === migrations.length) return
  db.exec('begin immediate')
  try {
    for (const sql of migrations.slice(version)) db.exec(sql)
    db.exec(`pragma application_id = ${applicationId}`)
    db.exec(`pragma user_version = ${migrations.length}`)
    db.exec('commit')
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}

/** Throws unless the database has exactly the structure that all migrations together make. */
export const requireSchema = (db: DatabaseSync, file: string): void =>
  requireSameSchema(db, file, migrations)

/** The value of a pragma that is one integer. */
export const pragma = (db: DatabaseSync, name: string): number =>
  Number(Object.values(db.prepare(`pragma ${name}`).get() ?? {})[0])

/** Throws, and has written nothing, if it is another application's file or not SQLite's at all. */
export const requireOwnFile = (db: DatabaseSync, file: string): void => {
  let foundId: number
  let objects: number
  try {
    foundId = pragma(db, 'application_id')
    objects = Number(db.prepare('select count(*) as n from sqlite_schema').get()?.['n'])
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new Error(`${file} cannot be read as a SQLite database: ${problem}`, { cause: error })
  }
  // A start that was cut off before the first migration leaves an empty file without the mark.
  if (foundId === applicationId || (foundId === 0 && objects === 0)) return
  throw new Error(`${file} is another application's SQLite database`)
}
