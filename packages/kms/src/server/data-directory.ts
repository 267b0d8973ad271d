import { chmod, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { makeDirectory } from './make-directory.ts'

/** Where everything lies that a service keeps. */
export type DataDirectory = {
  readonly path: string
  readonly database: string
  /** What spares a start most of the verification of the database; may be removed at any time. */
  readonly checkpoint: string
  readonly audit: string
  /** The seal key of evaluation mode. */
  readonly sealKey: string
  /** The client configuration of evaluation mode, with its credential. */
  readonly client: string
  readonly tls: string
}

/** What may lie in a directory before its first start; whatever else does belongs to someone else. */
const ownNames =
  /^(?:keyhold\.db(?:-wal|-shm)?|keyhold\.checkpoint(?:\.new)?|lock\.(?:db|pid)|audit|seal|client|tls|[^/]+\.toml|lost\+found)$/

/**
 * Makes the directory if it is missing, readable by its owner alone. Rejects, and changes nothing,
 * if it holds no database but files of someone else.
 */
export const prepareDataDirectory = async (path: string): Promise<DataDirectory> => {
  await makeDirectory(path)
  const real = await realpath(path)
  if (!(await stat(real)).isDirectory()) throw new Error(`${path} is not a directory`)
  await refuseForeignFiles(real)
  await chmod(real, 0o700)
  return layout(real)
}

const refuseForeignFiles = async (path: string): Promise<void> => {
  const names = await readdir(path)
  if (names.includes('keyhold.db')) return
  const foreign = names.filter((name) => !ownNames.test(name)).sort()
  if (foreign[0] === undefined) return
  throw new Error(
    `${path} holds files that are not Keyhold's (${foreign[0]}, for one) and no database: ` +
      'name an empty directory, or one that does not exist yet',
  )
}

export const layout = (path: string): DataDirectory => ({
  path,
  database: join(path, 'keyhold.db'),
  checkpoint: join(path, 'keyhold.checkpoint'),
  audit: join(path, 'audit'),
  sealKey: join(path, 'seal', 'key'),
  client: join(path, 'client', 'config.json'),
  tls: join(path, 'tls'),
})

/** Whether a file lies inside the directory, links resolved as far as the file exists. */
export const isInside = async (directory: string, file: string): Promise<boolean> => {
  const real = await realpathAsFarAsPossible(resolve(file))
  return real === directory || real.startsWith(directory + sep)
}

const realpathAsFarAsPossible = async (path: string): Promise<string> => {
  try {
    return await realpath(path)
  } catch {
    const parent = dirname(path)
    return parent === path
      ? path
      : join(await realpathAsFarAsPossible(parent), path.slice(parent.length))
  }
}
