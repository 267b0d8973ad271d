import { accessSync, constants, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { ConflictError } from '../../core/ports.ts'
import { committer, messageOf, rollback, truncateLog } from './sqlite-commit.ts'
import {
  StoreFailedError,
  type Outcome,
  type Request,
  type WriterOptions,
} from './sqlite-messages.ts'
import { SchemaGuard } from './schema-guard.ts'
import { migrate, requireOwnFile } from './sqlite-schema.ts'

// The thread that owns the one read-write connection: an fsync of many milliseconds blocks it, and
// not the event loop that serves requests.

/** Below this, SQLite could not finish a checkpoint of its log. */
const freeBytesMin = 8 * 2 ** 20

type Opened = { readonly db: DatabaseSync; readonly guard: SchemaGuard }

const open = ({ file, pagesMax }: WriterOptions): Opened => {
  const db = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true })
  try {
    requireOwnFile(db, file)
    db.exec(`
      pragma trusted_schema = off;
      pragma secure_delete = on;
      pragma temp_store = memory;
      pragma cache_size = -8192;
    `)
    migrate(db, file)
    // Without FULL, a commit in WAL mode is not on the disk when it returns.
    db.exec('pragma synchronous = full')
    if (pagesMax !== undefined) db.exec(`pragma max_page_count = ${pagesMax}`)
    truncateLog(db)
    return { db, guard: new SchemaGuard(db, file) }
  } catch (error) {
    db.close()
    throw error
  }
}

/** Goes through the motions of a commit, then takes everything back. */
const probe = (db: DatabaseSync, guard: SchemaGuard, file: string): void => {
  const directory = dirname(file)
  accessSync(directory, constants.W_OK)
  const { bavail, bsize } = statfsSync(directory)
  if (bavail * bsize < freeBytesMin) throw new Error('the disk of the database is full')
  db.exec('begin immediate')
  try {
    guard.requireUnchanged()
    db.exec(`insert into change_log select coalesce(max(seq), 0) + 1, '', '', zeroblob(16384),
             null, x'' from change_log`)
  } finally {
    rollback(db)
  }
}

const outcomeOf = (work: () => void): Outcome => {
  try {
    work()
    return { kind: 'done' }
  } catch (error) {
    if (error instanceof ConflictError) return { kind: 'conflict' }
    if (error instanceof StoreFailedError) return { kind: 'uncertain', message: error.reason }
    return { kind: 'refused', message: messageOf(error) }
  }
}

const serve = (port: NonNullable<typeof parentPort>, options: WriterOptions): void => {
  let opened: Opened | undefined
  const started = outcomeOf(() => {
    opened = open(options)
  })
  port.postMessage({ id: 0, outcome: started })
  if (opened === undefined) return port.close()
  const { db, guard } = opened
  const take = committer(db, guard)
  let failed: Outcome | undefined
  const perform = (request: Request): void => {
    if (request.kind === 'commit') take(request.commit)
    else if (request.kind === 'probe') probe(db, guard, options.file)
    else db.close()
  }
  port.on('message', (request: Request) => {
    // What was sent before the failure was known must not be done after it either.
    const refused = request.kind === 'close' ? undefined : failed
    const outcome = refused ?? outcomeOf(() => perform(request))
    if (outcome.kind === 'uncertain') failed = outcome
    port.postMessage({ id: request.id, outcome })
    if (request.kind === 'close') port.close()
  })
}

if (parentPort !== null) serve(parentPort, workerData as WriterOptions)
