import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The settings of this machine, but not those that npm has for a command that it runs. */
export const packageManagerEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_|NODE_OPTIONS$|INIT_CWD$|AWS_|VIRTUAL_ENV$|PYTHON)/.test(name),
    ),
  )

/**
 * Installs what the lock file of a folder names, unless that was done with the very same file. For
 * folders that are no workspaces, so that `npm ci` at the root stays small. Throws what npm throws.
 */
export const installLockedPackages = async (folder: string): Promise<void> => {
  const stamp = join(folder, '.cache/package-lock.json.sha256')
  const lock = await readFile(join(folder, 'package-lock.json'))
  const wanted = createHash('sha256').update(lock).digest('hex')
  const isThere = existsSync(stamp) && existsSync(join(folder, 'node_modules'))
  if (isThere && (await readFile(stamp, 'utf8')) === wanted) return
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  await run('npm', args, { cwd: folder, env: packageManagerEnv(), maxBuffer: 2 ** 24 })
  await mkdir(join(folder, '.cache'), { recursive: true })
  await writeFile(stamp, wanted)
}
