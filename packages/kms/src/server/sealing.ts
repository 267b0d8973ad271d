import { existsSync } from 'node:fs'
import type { Random, Seal } from '../core/ports.ts'
import { type DataDirectory, isInside } from './data-directory.ts'
import { createKeyFile, keyFileSeal, readKeyFile } from './seals/key-file.ts'

/**
 * Evaluation mode keeps the seal key beside the data, and the client's credential too: convenient,
 * and worth nothing against whoever copies the directory. Production mode keeps them apart.
 */
export type Mode = 'evaluation' | 'production'

export type Sealing = { readonly mode: Mode; readonly seal: Seal }

/**
 * Finds the seal of a data directory, or makes its key file on the very first start. A database
 * whose key file is missing is never initialised again: that would destroy what could be rescued.
 */
export const openSealing = async (
  directory: DataDirectory,
  sealKeyFile: string | undefined,
  random: Random,
): Promise<Sealing> => {
  const mode: Mode = sealKeyFile === undefined ? 'evaluation' : 'production'
  const path = sealKeyFile ?? directory.sealKey
  if (sealKeyFile !== undefined && (await isInside(directory.path, sealKeyFile)))
    throw new Error(
      `the seal key file ${sealKeyFile} lies inside the data directory, where a copy of the data ` +
        'takes its key along: name a file outside of it',
    )
  const existing = await readKeyFile(path)
  if (existing === undefined && existsSync(directory.database))
    throw new Error(
      `the seal key file ${path} is missing, and without it the data in ${directory.path} cannot ` +
        'be opened: restore the file, or name the right one with --seal-key-file',
    )
  const key = existing ?? (await createKeyFile(path, random))
  const seal = keyFileSeal(key)
  key.fill(0)
  return { mode, seal }
}
