import { DatabaseSync } from 'node:sqlite'
import { copyOf } from '../../bytes.ts'
import { wrapFailed } from '../data-key.ts'
import type { BranchKeyRecord, BranchKeyRecords, NewGeneration } from './records.ts'
import type { BranchKeyAdmin } from './store.ts'
import { type BranchKeyWrapping, wrappedBranchKeyStore } from './wrapped.ts'

export type SqliteBranchKeyStoreOptions = BranchKeyWrapping & {
  /** Path of the database; made when it is missing. It holds wrapped branch keys only. */
  readonly file: string
}

/** A branch key store in a SQLite file, which several processes may share. */
export const sqliteBranchKeyStore = (
  options: SqliteBranchKeyStoreOptions,
): BranchKeyAdmin & Disposable & { close(): void } => {
  const database = new DatabaseSync(options.file, { timeout: busyMs })
  try {
    database.exec(schema)
    const store = wrappedBranchKeyStore(sqliteRecords(database), options)
    const close = (): void => {
      if (database.isOpen) database.close()
    }
    return { ...store, close, [Symbol.dispose]: close }
  } catch (error) {
    database.close()
    throw error
  }
}

/** How long a write waits for another process's. */
const busyMs = 5_000

// The version of an active row is empty in the key, so that there is one active row per branch key.
const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS branch_keys (
    branch_key_id TEXT NOT NULL,
    form TEXT NOT NULL,
    version TEXT NOT NULL,
    created_at TEXT NOT NULL,
    context TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    PRIMARY KEY (branch_key_id, form)
  ) STRICT, WITHOUT ROWID;
`

const active = 'active'

const sqliteRecords = (database: DatabaseSync): BranchKeyRecords => {
  const select = database.prepare('SELECT * FROM branch_keys WHERE branch_key_id = ? AND form = ?')
  const insert = database.prepare(
    `INSERT INTO branch_keys (branch_key_id, form, version, created_at, context, wrapped)
     VALUES (?, ?, ?, ?, ?, ?)`,
  )
  const removeActive = database.prepare(
    'DELETE FROM branch_keys WHERE branch_key_id = ? AND form = ? AND version = ?',
  )

  const read = (branchKeyId: string, form: string): BranchKeyRecord | undefined => {
    const row = select.get(branchKeyId, form)
    return row && recordOf(row)
  }
  const write = (record: BranchKeyRecord, form: string): void => {
    const context = JSON.stringify([...record.context])
    const { branchKeyId, version, createdAt, wrapped } = record
    insert.run(branchKeyId, form, version, createdAt, context, wrapped)
  }
  const inTransaction = (work: () => boolean): boolean => {
    database.exec('BEGIN IMMEDIATE')
    let isDone = false
    try {
      isDone = work()
    } finally {
      database.exec(isDone ? 'COMMIT' : 'ROLLBACK')
    }
    return isDone
  }
  const writeBoth = (generation: NewGeneration): true => {
    write(generation.version, generation.version.version)
    write(generation.active, active)
    return true
  }

  return {
    create: async (generation) =>
      inTransaction(
        () => read(generation.active.branchKeyId, active) === undefined && writeBoth(generation),
      ),
    rotate: async (generation, previous) =>
      inTransaction(
        () =>
          removeActive.run(generation.active.branchKeyId, active, previous).changes === 1 &&
          writeBoth(generation),
      ),
    active: async (branchKeyId) => read(branchKeyId, active),
    version: async (branchKeyId, version) =>
      version === active ? undefined : read(branchKeyId, version),
  }
}

const recordOf = (row: Record<string, unknown>): BranchKeyRecord => {
  const { branch_key_id: branchKeyId, version, created_at: createdAt, context, wrapped } = row
  if (
    typeof branchKeyId !== 'string' ||
    typeof version !== 'string' ||
    typeof createdAt !== 'string' ||
    !(wrapped instanceof Uint8Array)
  )
    throw damaged()
  return { branchKeyId, version, createdAt, context: contextIn(context), wrapped: copyOf(wrapped) }
}

/** What does not parse is refused here; what parses, the wrapping's own context proves or refutes. */
const contextIn = (text: unknown): ReadonlyMap<string, string> => {
  try {
    const pairs = JSON.parse(String(text)) as unknown
    if (Array.isArray(pairs) && pairs.every(isPairOfTexts)) return new Map(pairs)
  } catch {
    throw damaged()
  }
  throw damaged()
}

const isPairOfTexts = (pair: unknown): pair is [string, string] =>
  Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string')

const damaged = () => wrapFailed('A record of the branch key store is damaged.')
