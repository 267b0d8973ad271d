import { constants, fdatasync, writeSync, writevSync } from 'node:fs'
import { mkdir, open, readdir, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

/** One open file that is only ever appended to. */
export type AppendFile = {
  /** Appends, and resolves to how many of the bytes were taken: fewer than given if it had to. */
  write(bytes: Uint8Array): Promise<number>
  /** Resolves when everything written is on disk: fdatasync. */
  sync(): Promise<void>
  read(position: number, length: number): Promise<Uint8Array>
  size(): Promise<number>
  truncate(length: number): Promise<void>
  close(): Promise<void>
}

/** One open file that is written where its writer says. */
export type RandomAccessFile = {
  /** Writes all of the pieces, one behind the other, from `position` on. */
  writeAt(position: number, pieces: readonly Uint8Array[]): Promise<void>
  /** Resolves when everything written is on disk: fdatasync. */
  sync(): Promise<void>
  read(position: number, length: number): Promise<Uint8Array>
  size(): Promise<number>
  close(): Promise<void>
}

/** What the audit log asks of one directory of the file system. Names are plain file names. */
export type Files = {
  list(): Promise<readonly string[]>
  /** A new file; rejects if the name is taken, by a symbolic link too. */
  create(name: string): Promise<AppendFile>
  /** A file that exists; rejects for a symbolic link. */
  open(name: string): Promise<AppendFile>
  /** The same for writing at given places. */
  openRandomAccess(name: string): Promise<RandomAccessFile>
  remove(name: string): Promise<void>
  /** Makes created and removed names durable. */
  syncDirectory(): Promise<void>
}

/** The real directory at `path`, made with mode 0700 if it is missing; files get mode 0600. */
export const filesIn = async (path: string): Promise<Files> => {
  const made = await mkdir(path, { recursive: true, mode: 0o700 })
  if (made !== undefined) await syncPath(dirname(resolve(made)))
  const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants
  const inPlace = O_RDWR | O_NOFOLLOW
  const flags = inPlace | O_APPEND
  return {
    list: () => readdir(path),
    create: async (name) =>
      appendFile(await open(join(path, name), flags | O_CREAT | O_EXCL, 0o600)),
    open: async (name) => appendFile(await open(join(path, name), flags)),
    openRandomAccess: async (name) => randomAccessFile(await open(join(path, name), inPlace)),
    remove: (name) => unlink(join(path, name)),
    syncDirectory: () => syncPath(path),
  }
}

const syncPath = async (path: string): Promise<void> => {
  await using directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  await directory.sync()
}

const syncData = promisify(fdatasync)

const appendFile = (handle: FileHandle): AppendFile => ({
  // Into memory of the system, for what was written before is on disk by then: that takes less time
  // than handing it to a thread, which the sync alone is worth.
  write: async (bytes) => writeSync(handle.fd, bytes),
  truncate: (length) => handle.truncate(length),
  ...common(handle),
})

const randomAccessFile = (handle: FileHandle): RandomAccessFile => ({
  writeAt: async (position, pieces) => {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    const taken = writevSync(handle.fd, pieces, position)
    if (taken < length) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
  },
  ...common(handle),
})

const common = (handle: FileHandle) => ({
  sync: () => syncData(handle.fd),
  read: async (position: number, length: number) => {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(length), 0, length, position)
    return buffer.subarray(0, bytesRead)
  },
  size: async () => (await handle.stat()).size,
  close: () => handle.close(),
})

/** Whether a write failed because the disk, or what its user may have of it, is full. */
export const isNoSpace = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
