import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Store } from '../../core/ports.ts'
import { SqliteReader } from './sqlite-reader.ts'
import { WriterThread } from './writer-thread.ts'

export type SqliteOptions = {
  /** A limit to the size of the database file, in pages of 4096 bytes. Without it, SQLite's own. */
  readonly pagesMax?: number | undefined
}

/**
 * Opens the store in a SQLite file, which is made (mode 0600) if there is none, and brought up to
 * date if it is older. Rejects, without having written, if the file is newer or not Keyhold's.
 * Reads take place at once on this thread; commits wait for the disk on another one.
 */
export const openSqliteStore = async (
  file: string,
  options: SqliteOptions = {},
): Promise<Store> => {
  await createPrivately(file)
  const writer = await WriterThread.start({ file, pagesMax: options.pagesMax })
  try {
    return sqliteStore(writer, new SqliteReader(file))
  } catch (error) {
    await writer.close()
    throw error
  }
}

const sqliteStore = (writer: WriterThread, reader: SqliteReader): Store => {
  /** An uncertain commit may show in what is read, so reading ends with it. */
  const reading = async <T>(read: () => T): Promise<T> => {
    if (writer.failure !== undefined) throw writer.failure
    return read()
  }
  return {
    read: (table, id) => reading(() => reader.read(table, id)),
    list: (query) => reading(() => reader.list(query)),
    count: (table, idPrefix) => reading(() => reader.count(table, idPrefix)),
    changes: (afterSeq, limit) => reading(() => reader.changes(afterSeq, limit)),
    newestChange: () => reading(() => reader.newestChange()),
    commit: (commit) => writer.commit(commit),
    probe: () => writer.probe(),
    close: async () => {
      // The writer goes last: the last connection to close removes the write-ahead log.
      reader.close()
      await writer.close()
    },
  }
}

/** SQLite gives the -wal and -shm files the mode of the database file, so it has to be right first. */
const createPrivately = async (file: string): Promise<void> => {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants
  try {
    const handle = await open(file, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, 0o600)
    await handle.close()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return
    throw error
  }
  const directory = await open(dirname(file), constants.O_RDONLY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
