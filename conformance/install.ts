import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = import.meta.dirname
const cache = join(here, '.cache')

/** Where the clients that are programs of their own lie. */
export type Tools = {
  readonly aws: string
  readonly curl: string
  readonly python: string
}

/**
 * Installs every client: from npm by the lock file, from PyPI by hash, from Debian as it is packaged
 * there. What is installed already is not fetched again. Throws, in one sentence, when a client
 * cannot be had: a conformance test that is skipped would prove nothing.
 */
export const installClients = async (): Promise<Tools> => {
  await mkdir(cache, { recursive: true })
  const [debian] = await Promise.all([installDebianClients(), installNpmClients()])
  const python = await installPythonClients(debian.python)
  return { aws: debian.aws, curl: debian.curl, python }
}

/** An environment in which a package manager sees this machine's settings, but not those of npm run. */
const plainEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_|NODE_OPTIONS$|INIT_CWD$|AWS_|VIRTUAL_ENV$|PYTHON)/.test(name),
    ),
  )

const attempt = async (
  what: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = plainEnv(),
): Promise<string> => {
  try {
    const { stdout } = await run(command, args, { cwd: here, env, maxBuffer: 2 ** 24 })
    return stdout
  } catch (error) {
    const stderr = (error as { stderr?: string }).stderr ?? ''
    const why = stderr.trim().split('\n').slice(-3).join(' ') || (error as Error).message
    throw new Error(`${what} could not be installed: ${why}`, { cause: error })
  }
}

/** Runs `install` unless it has already run with the same file. */
const oncePerVersion = async (
  name: string,
  file: string,
  made: string,
  install: () => Promise<void>,
): Promise<void> => {
  const stamp = join(cache, `${name}.sha256`)
  const wanted = createHash('sha256')
    .update(await readFile(join(here, file)))
    .digest('hex')
  const found = existsSync(stamp) ? await readFile(stamp, 'utf8') : ''
  if (found === wanted && existsSync(made)) return
  await rm(stamp, { force: true })
  await install()
  await writeFile(stamp, wanted)
}

const installNpmClients = (): Promise<void> =>
  oncePerVersion('npm', 'package-lock.json', join(here, 'node_modules'), async () => {
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
    await attempt('the clients from npm', 'npm', args)
  })

const installPythonClients = async (systemPython: string): Promise<string> => {
  const venv = join(cache, 'python')
  const python = join(venv, 'bin/python')
  await oncePerVersion('python', 'requirements.txt', python, async () => {
    const what = 'the clients from PyPI'
    await rm(venv, { recursive: true, force: true })
    await attempt(what, systemPython, ['-m', 'venv', venv])
    const options = ['--quiet', '--disable-pip-version-check', '--require-hashes']
    await attempt(what, python, ['-m', 'pip', 'install', ...options, '-r', 'requirements.txt'])
  })
  return python
}

const debianPython = '/usr/bin/python3'
const debianAws = '/usr/bin/aws'
const debianCurl = '/usr/bin/curl'

const installDebianClients = async (): Promise<Tools> => {
  const missing: string[] = []
  if (!existsSync(debianAws)) missing.push('awscli')
  if (!existsSync(debianCurl)) missing.push('curl')
  if (!(await hasVenv())) missing.push('python3-venv')
  if (missing.length > 0) await installPackages(missing)
  const version = await attempt('the aws command', debianAws, ['--version'])
  if (!version.startsWith('aws-cli/2.'))
    throw new Error(`${debianAws} has to be version 2 of the AWS CLI; it says ${version.trim()}`)
  return { aws: debianAws, curl: debianCurl, python: debianPython }
}

const hasVenv = async (): Promise<boolean> => {
  try {
    await run(debianPython, ['-c', 'import ensurepip, venv'])
    return true
  } catch {
    return false
  }
}

const installPackages = async (packages: readonly string[]): Promise<void> => {
  const what = `the Debian packages ${packages.join(', ')}`
  if (!existsSync('/usr/bin/apt-get'))
    throw new Error(`${what} could not be installed: this is not a Debian system`)
  const isRoot = process.getuid?.() === 0
  const apt = async (...args: readonly string[]): Promise<void> => {
    const command = ['/usr/bin/env', 'DEBIAN_FRONTEND=noninteractive', '/usr/bin/apt-get', ...args]
    const [program = '', ...rest] = isRoot ? command : ['sudo', '-n', ...command]
    await attempt(what, program, rest)
  }
  await apt('update', '-qq')
  await apt('install', '-qq', '-y', '--no-install-recommends', ...packages)
}
