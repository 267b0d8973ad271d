import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a directory of a tree, and those above it that are missing, each with the permissions of the
 * one that it is made after: what only its owner could enter is not to be open to others in a copy.
 */
export const makeFolders = async (folder: string, after: string): Promise<void> => {
  if (await stat(folder).catch(() => undefined)) return
  await makeFolders(dirname(folder), dirname(after))
  const { mode } = await stat(after)
  // Whoever makes it has to write into it, also after one that is for reading only.
  await mkdir(folder, { mode: (mode & 0o777) | 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/** Syncs directories, so that the names of their files last: as far as the system allows it. */
export const syncFolders = async (paths: Iterable<string>): Promise<void> => {
  for (const path of new Set(paths)) {
    try {
      await using folder = await open(path, 'r')
      await folder.sync()
    } catch {
      // Not every system lets a directory be opened; the files themselves are synced.
    }
  }
}
