import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageManagerEnv } from '../../scripts/locked-packages.ts'

export const run = promisify(execFile)
/** The folder of these tests, which every path here is relative to. */
export const home = join(import.meta.dirname, '..')
/** Where what is installed lies, unless the package manager has a place for it. */
export const cache = join(home, '.cache')

/** Runs a command of an installation; resolves to its output, throws a sentence when it fails. */
export const attempt = (what: string, command: string, args: readonly string[]): Promise<string> =>
  orSentence(what, async () => {
    const options = { cwd: home, env: packageManagerEnv(), maxBuffer: 2 ** 24 }
    return (await run(command, args, options)).stdout
  })

/** Runs a step of an installation; throws a sentence when a command of it fails. */
export const orSentence = async <T>(what: string, step: () => Promise<T>): Promise<T> => {
  try {
    return await step()
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string }
    const told = (stderr.trim() || stdout.trim()).split('\n').slice(-3).join(' ')
    throw new Error(`${what} could not be installed: ${told || (error as Error).message}`, {
      cause: error,
    })
  }
}

/** Runs `install` unless it has already run with the same files; `files` may be patterns. */
export const oncePerVersion = async (
  name: string,
  files: readonly string[],
  made: string,
  install: () => Promise<void>,
): Promise<void> => {
  const stamp = join(cache, `${name}.sha256`)
  const hash = createHash('sha256')
  for (const file of globSync([...files], { cwd: home }).sort())
    hash.update(file).update(await readFile(join(home, file)))
  const wanted = hash.digest('hex')
  const found = existsSync(stamp) ? await readFile(stamp, 'utf8') : ''
  if (found === wanted && existsSync(made)) return
  await rm(stamp, { force: true })
  await install()
  await writeFile(stamp, wanted)
}
