import { type Files, isNoSpace } from './files.ts'

const reserveName = 'reserve'
const pieceBytes = 65_536

/**
 * Makes sure that the directory holds `bytes` that can be given back when the disk is full.
 * Resolves to whether there is room for them.
 */
export const tryReserve = async (files: Files, bytes: number): Promise<boolean> => {
  try {
    await keepFilled(files, reserveName, bytes)
    return true
  } catch (error) {
    if (!isNoSpace(error)) throw error
    return false
  }
}

/**
 * Makes sure that the file `name` has `bytes` of real blocks; one of another length is made anew.
 * Rejects, and leaves none of them taken, if there is no room.
 */
export const keepFilled = async (files: Files, name: string, bytes: number): Promise<void> => {
  if ((await files.list()).includes(name)) {
    const found = await files.open(name)
    const size = await found.size()
    await found.close()
    if (size === bytes) return
    await files.remove(name)
  }
  const file = await files.create(name)
  try {
    for (let left = bytes; left > 0;) {
      const piece = filler(Math.min(left, pieceBytes), left)
      left -= await file.write(piece)
    }
    await file.sync()
    await file.close()
  } catch (error) {
    await file.close().catch(() => undefined)
    await files.remove(name)
    throw error
  }
  await files.syncDirectory()
}

/** Gives the blocks back, for good: file systems count them as free when the name is. */
export const releaseReserve = async (files: Files): Promise<void> => {
  if (!(await files.list()).includes(reserveName)) return
  await files.remove(reserveName)
  await files.syncDirectory()
}

/** How often a full disk is looked at again. */
const refillMs = 10_000

/** Has a log try to leave the full state now and then, until the timer is cleared. */
export const refillRegularly = (log: {
  full(): boolean
  restoreReserve(): Promise<boolean>
}): NodeJS.Timeout => {
  const timer = setInterval(() => log.full() && void log.restoreReserve(), refillMs)
  timer.unref()
  return timer
}

/** Bytes that no file system compresses away or stores as a hole; there is no secret in them. */
const filler = (length: number, seed: number): Uint8Array => {
  const words = new Uint32Array(Math.ceil(length / 4))
  let state = seed | 1
  for (let at = 0; at < words.length; at += 1) {
    // xorshift32 (Marsaglia 2003): any generator without a short pattern would do.
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[at] = state
  }
  return new Uint8Array(words.buffer, 0, length)
}
