/** How programs that are measured beside Keyhold come onto this machine: into the cache of the bench. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageManagerEnv } from '../scripts/locked-packages.ts'

const runFile = promisify(execFile)
const bench = import.meta.dirname

/** Where they are kept from one run to the next. */
export const cache = join(bench, '.cache')

/** A program that is there, with its version; or why it is not. */
export type Peer =
  | { readonly command: string; readonly version: string }
  | { readonly missing: string }

/** Takes what an installation throws for the reason why the program is missing. */
export const orMissing = async (install: () => Promise<Peer>): Promise<Peer> => {
  try {
    return await install()
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    return { missing: stderr?.trim().split('\n').at(-1) || message.split('\n')[0]! }
  }
}

/** Runs a program in the folder of the bench; resolves to what it printed. */
export const run = async (command: string, args: readonly string[]): Promise<string> => {
  const options = { cwd: bench, env: packageManagerEnv(), maxBuffer: 2 ** 24 }
  return (await runFile(command, args, options)).stdout
}

/** Installs unless that was done with the very same file. */
const oncePerFile = async (file: string, made: string, install: () => Promise<void>) => {
  const stamp = join(cache, `${file.replaceAll('/', '-')}.sha256`)
  const hash = createHash('sha256').update(await readFile(join(bench, file)))
  const wanted = hash.digest('hex')
  const found = existsSync(stamp) && existsSync(made) ? await readFile(stamp, 'utf8') : ''
  if (found === wanted) return
  await install()
  await writeFile(stamp, wanted)
}

/**
 * The Python of an environment that has what a file of requirements with hashes names. `python`:
 * the one to make it with.
 */
export const pythonWith = async (
  requirements: string,
  name: string,
  python = '/usr/bin/python3',
): Promise<string> => {
  const venv = join(cache, name)
  const command = join(venv, 'bin/python')
  await mkdir(cache, { recursive: true })
  await oncePerFile(requirements, command, async () => {
    await rm(venv, { recursive: true, force: true })
    await run(python, ['-m', 'venv', venv])
    const options = ['--quiet', '--disable-pip-version-check', '--require-hashes']
    await run(command, ['-m', 'pip', 'install', ...options, '-r', requirements])
  })
  return command
}
