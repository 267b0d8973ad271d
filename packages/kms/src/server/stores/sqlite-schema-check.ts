import { DatabaseSync } from 'node:sqlite'

/**
 * Throws unless the database has exactly the tables and indexes that `statements` make, and no
 * trigger or view. A trigger that someone added would decide what becomes of a change.
 */
export const requireSameSchema = (
  db: DatabaseSync,
  file: string,
  statements: readonly string[],
): void => {
  const expected = objectsMadeBy(statements)
  const found = objectsOf(db)
  for (const [name, sql] of found) {
    if (!expected.has(name)) throw foreignSchema(file, `${name} does not belong there`)
    if (expected.get(name) !== sql) throw foreignSchema(file, `${name} is another one`)
  }
  for (const name of expected.keys()) {
    if (!found.has(name)) throw foreignSchema(file, `${name} is missing`)
  }
}

const foreignSchema = (file: string, problem: string): Error =>
  new Error(`${file} does not have the structure that this program gives it: ${problem}`)

const objectsMadeBy = (statements: readonly string[]): Map<string, string> => {
  const db = new DatabaseSync(':memory:')
  try {
    for (const sql of statements) db.exec(sql)
    return objectsOf(db)
  } finally {
    db.close()
  }
}

/** What makes each object, by its kind and names. */
const objectsOf = (db: DatabaseSync): Map<string, string> => {
  const rows = db.prepare('select type, name, tbl_name, sql from sqlite_schema').all()
  return new Map(
    rows.map(({ type, name, tbl_name: table, sql }) => [
      `${String(type)} ${JSON.stringify(name)} on ${JSON.stringify(table)}`,
      // An index that SQLite makes by itself has no statement.
      sql === null ? '' : String(sql).replaceAll(/\s+/g, ' ').trim(),
    ]),
  )
}
