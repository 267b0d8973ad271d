import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Held until `release`, or until the process ends in whatever way. */
export type DirectoryLock = { release(): Promise<void> }

/**
 * Makes this process the only one on a data directory. Rejects if another holds it, naming its
 * process id where known. The lock is the operating system's, on `DIR/lock.db`: it never goes stale,
 * and is not to be relied on over a network file system.
 */
export const lockDirectory = async (directory: string): Promise<DirectoryLock> => {
  const pidFile = join(directory, 'lock.pid')
  // Node offers no flock, but SQLite's exclusive lock is one that the kernel drops with the process.
  const file = join(directory, 'lock.db')
  createPrivately(file)
  const db = new DatabaseSync(file, { timeout: 0 })
  try {
    db.exec('pragma locking_mode = exclusive; begin exclusive')
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 })
  } catch (error) {
    db.close()
    if (!isBusy(error)) throw error
    throw new Error(`${directory} is in use by ${holder(pidFile)}`, { cause: error })
  }
  return {
    release: async () => {
      if (db.isOpen) db.close()
    },
  }
}

const createPrivately = (file: string): void => {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    // Only a new file is ever opened here: closing one that exists would drop this process's locks.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === 5

/** Only a hint, and only read while the lock is held: the file outlives the process. */
const holder = (pidFile: string): string => {
  try {
    const pid = readFileSync(pidFile, 'utf8').trim()
    if (/^[1-9][0-9]*$/.test(pid)) return `another process (pid ${pid})`
  } catch {
    // Its holder has not come so far as to write it.
  }
  return 'another process'
}
