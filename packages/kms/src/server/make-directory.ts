import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/**
 * Makes a directory and the parents that it lacks, each for its owner alone; one that exists stays
 * as it is. Node's own recursive form never ends where the system refuses, below /proc say.
 */
export const makeDirectory = async (path: string): Promise<void> => {
  if (await madeOne(path)) return
  await makeDirectory(dirname(path))
  if (!(await madeOne(path))) throw new Error(`the directory ${path} cannot be made`)
}

/** Whether the directory is there now; false where its parent is missing. */
const madeOne = async (path: string): Promise<boolean> => {
  try {
    await mkdir(path, { mode: 0o700 })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return true
    if (codeOf(error) === 'ENOENT' && dirname(path) !== path) return false
    throw new Error(`the directory ${path} cannot be made`, { cause: error })
  }
}
