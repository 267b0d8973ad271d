import { constants } from 'node:fs'
import { open, rename, rm, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Above this it is none of ours: as much as 130 million rows take. */
const bytesMax = 2 ** 32
/** Pieces are written together until they are so much. */
const writeBytes = 256 * 1024

/** So much is read at once: Node reads less than 2 GiB. */
const readBytes = 2 ** 30
/** So much is looked at before memory is taken for the rest. */
const beginningBytes = 4096

export type ReadOptions = {
  /** Throws if a file that begins so is of no use; absent: any is. */
  readonly requireHead?: (beginning: Uint8Array) => void
  /** So much is read at once, at most; absent: 1 GiB. */
  readonly readBytesMax?: number
}

/**
 * All of the file, in a buffer of its own; `undefined` if there is none. Follows no link, waits for
 * nobody who should write to it, and takes no memory for a file that begins otherwise.
 */
export const readCheckpointFile = async (
  path: string,
  { requireHead, readBytesMax = readBytes }: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  const file = await openExisting(path)
  if (file === undefined) return undefined
  await using _ = file
  const stat = await file.stat()
  if (!stat.isFile()) throw new Error(`${path} is not a regular file`)
  const { size } = stat
  if (size > bytesMax) throw new Error(`${path} is too large`)
  const readInto = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> => {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + readBytesMax)
      const { bytesRead } = await file.read(part, 0, part.length, at)
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`)
      at += bytesRead
    }
    return bytes
  }
  requireHead?.(await readInto(new Uint8Array(Math.min(size, beginningBytes))))
  return await readInto(new Uint8Array(size))
}

const openExisting = async (path: string) => {
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants
  try {
    // Without O_NONBLOCK the open of a pipe waits until somebody writes to it.
    return await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Replaces the file (mode 0600) as a whole: a crash leaves the old one or the new one, a failure the
 * old one alone. It is on the disk when this resolves. Pieces are asked for as they are written, and
 * others run in between.
 */
export const replaceCheckpointFile = async (
  path: string,
  pieces: Iterable<Uint8Array>,
): Promise<void> => {
  await removeUnfinishedCheckpoint(path)
  const unfinished = unfinishedOf(path)
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  const file = await open(unfinished, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600)
  try {
    try {
      for (const bytes of gathered(pieces)) await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(unfinished, path)
  } catch (error) {
    // On a full disk it would keep the room that others need. Why it failed counts, not whether this does.
    await removeUnfinishedCheckpoint(path).catch(() => undefined)
    throw error
  }
  await using directory = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  await directory.sync()
}

/**
 * Removes what was left by a process that was killed while it wrote, or by somebody else, as a link
 * say. Rejects if it is a directory.
 */
export const removeUnfinishedCheckpoint = (path: string): Promise<void> =>
  rm(unfinishedOf(path), { force: true })

/** How many bytes the disk of the file has room for, root's share left out. */
export const freeBytesBeside = async (path: string): Promise<number> => {
  const { bavail, bsize } = await statfs(dirname(path))
  return bavail * bsize
}

const unfinishedOf = (path: string): string => `${path}.new`

function* gathered(pieces: Iterable<Uint8Array>): Generator<Uint8Array, void> {
  let waiting: Uint8Array[] = []
  let length = 0
  for (const piece of pieces) {
    waiting.push(piece)
    length += piece.length
    if (length < writeBytes) continue
    yield Buffer.concat(waiting)
    waiting = []
    length = 0
  }
  yield Buffer.concat(waiting)
}
