import { DatabaseSync } from 'node:sqlite'

const withDatabase = <T>(file: string, readOnly: boolean, work: (db: DatabaseSync) => T): T => {
  const db = new DatabaseSync(file, { readOnly, timeout: 5000 })
  try {
    return work(db)
  } finally {
    db.close()
  }
}

/** Everything that the service keeps in its database, as it is now; the service may be running. */
export const databaseContent = (file: string): readonly unknown[] =>
  withDatabase(file, true, (db) =>
    ['entity', 'secret_entity', 'change_log'].map((table) =>
      db.prepare(`select * from ${table}`).all(),
    ),
  )

/** The rows that a query finds. */
export const readDatabase = (file: string, sql: string, ...values: string[]) =>
  withDatabase(file, true, (db) => db.prepare(sql).all(...values))

/** Edits the database behind the service's back. Returns how many rows that changed. */
export const editDatabase = (
  file: string,
  sql: string,
  ...values: (string | number | Uint8Array | null)[]
): number =>
  withDatabase(file, false, (db) => {
    db.exec('pragma foreign_keys = off')
    return Number(db.prepare(sql).run(...values).changes)
  })
