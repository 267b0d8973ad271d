import { constants } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Above this it is none of ours: as much as 130 million rows take. */
const bytesMax = 2 ** 32
/** Pieces are written together until they are so much. */
const writeBytes = 256 * 1024

/** All of the file, in a buffer of its own; `undefined` if there is none. Follows no link. */
export const readCheckpointFile = async (
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  const file = await openExisting(path)
  if (file === undefined) return undefined
  await using _ = file
  const { size } = await file.stat()
  if (size > bytesMax) throw new Error(`${path} is too large`)
  const bytes = new Uint8Array(size)
  let length = 0
  while (length < size) {
    const { bytesRead } = await file.read(bytes, length, size - length, length)
    if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`)
    length += bytesRead
  }
  return bytes
}

const openExisting = async (path: string) => {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Replaces the file (mode 0600) as a whole: a crash leaves the old one or the new one. It is on the
 * disk when this resolves. Pieces are asked for as they are written, and others run in between.
 */
export const replaceCheckpointFile = async (
  path: string,
  pieces: Iterable<Uint8Array>,
): Promise<void> => {
  const unfinished = `${path}.new`
  // Left by a process that was killed in the middle, or by somebody else, as a link say.
  await rm(unfinished, { force: true })
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  const file = await open(unfinished, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600)
  try {
    for (const bytes of gathered(pieces)) await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, path)
  await using directory = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  await directory.sync()
}

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
