import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/**
 * The first `bytesMax` bytes of a regular file that nobody but its owner may read, as a systemd
 * credential is. Links are followed, for orchestrators mount secrets as links. `what` names the
 * file in refusals. `undefined`: there is none. The caller zeroes the bytes.
 */
export const readPrivateFile = async (
  path: string,
  what: string,
  bytesMax: number,
): Promise<Uint8Array | undefined> => {
  const file = await openExisting(path, what)
  if (file === undefined) return undefined
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw new Error(`${what} ${path} is not a regular file`)
    if ((stat.mode & 0o077) !== 0)
      throw new Error(`${what} ${path} may be read by others than its owner: run chmod 600 on it`)
    const bytes = new Uint8Array(bytesMax)
    const { bytesRead } = await file.read(bytes, 0, bytesMax, 0)
    const held = bytes.slice(0, bytesRead)
    bytes.fill(0)
    return held
  } finally {
    await file.close()
  }
}

const openExisting = async (path: string, what: string) => {
  try {
    return await open(path, constants.O_RDONLY)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${what} ${path} cannot be read`, { cause: error })
  }
}
