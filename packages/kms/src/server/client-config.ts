import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeDirectory } from './make-directory.ts'

/** What a client of a local service needs; in evaluation mode it lies in the data directory. */
export type ClientConfigFile = {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** The CA to trust, where the service made its own. */
  readonly caFile?: string
}

/** Writes it whole or not at all, readable by its owner alone. */
export const writeClientConfig = async (path: string, config: ClientConfigFile): Promise<void> => {
  await makeDirectory(dirname(path))
  const fresh = `${path}.new`
  const file = await open(fresh, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(config, undefined, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(fresh, path)
}

/** `undefined`: there is none. */
export const readClientConfig = async (path: string): Promise<ClientConfigFile | undefined> => {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ClientConfigFile
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`the client configuration ${path} cannot be read`, { cause: error })
  }
}
