import { chmod, mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'

/** Where everything lies that a service keeps. */
export type DataDirectory = {
  readonly path: string
  readonly database: string
  readonly audit: string
  /** The seal key of evaluation mode. */
  readonly sealKey: string
  /** The client configuration of evaluation mode, with its credential. */
  readonly client: string
  readonly tls: string
}

/** Makes the directory if it is missing, readable by its owner alone. */
export const prepareDataDirectory = async (path: string): Promise<DataDirectory> => {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const real = await realpath(path)
  if (!(await stat(real)).isDirectory()) throw new Error(`${path} is not a directory`)
  await chmod(real, 0o700)
  return layout(real)
}

export const layout = (path: string): DataDirectory => ({
  path,
  database: join(path, 'keyhold.db'),
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
    return parent === path ? path : join(await realpathAsFarAsPossible(parent), path.slice(parent.length))
  }
}
