import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import type { Scope } from '../children.ts'

/** A file system in memory, where Linux has it: what is measured there is not the disk. */
const memoryFiles = '/dev/shm'

/** A directory with room for so many bytes, in memory if possible, and what to say of it. */
export const roomyDirectory = async (
  scope: Scope,
  bytes: number,
): Promise<{ readonly path: string; readonly kind: string }> => {
  if ((await freeBytes(memoryFiles)) > bytes)
    return { path: await scope.directory(memoryFiles), kind: 'files in memory' }
  if ((await freeBytes(tmpdir())) > bytes)
    return { path: await scope.directory(), kind: `files in ${tmpdir()}, so the disk counts` }
  throw new Error(`neither ${memoryFiles} nor ${tmpdir()} has ${bytes} bytes of room`)
}

/** 0 where there is no such directory. */
const freeBytes = async (path: string): Promise<number> => {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch {
    return 0
  }
}
