import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { attempt, run } from './steps.ts'

/** Programs that Debian packages. */
export type DebianTools = {
  readonly aws: string
  readonly curl: string
  readonly openssl: string
  /** The program that makes tokens, and the PKCS #11 module that they are used with. */
  readonly softhsm: { readonly util: string; readonly module: string }
  readonly python: string
  readonly java: string
  readonly maven: string
}

const python = '/usr/bin/python3'
const aws = '/usr/bin/aws'
const curl = '/usr/bin/curl'
const openssl = '/usr/bin/openssl'
const softhsm = { util: '/usr/bin/softhsm2-util', module: '/usr/lib/softhsm/libsofthsm2.so' }

/** Installs what is missing; a JDK and Maven that are there already do, wherever they are from. */
export const installDebianClients = async (): Promise<DebianTools> => {
  const missing: string[] = []
  if (!existsSync(aws)) missing.push('awscli')
  if (!existsSync(curl)) missing.push('curl')
  if (!existsSync(openssl)) missing.push('openssl')
  if (!existsSync(softhsm.util) || !existsSync(softhsm.module)) missing.push('softhsm2')
  if (!(await hasVenv())) missing.push('python3-venv')
  if (find('java') === undefined || find('javac') === undefined)
    missing.push('default-jdk-headless')
  if (find('mvn') === undefined) missing.push('maven')
  if (missing.length > 0) await installPackages(missing)
  const version = await attempt('the aws command', aws, ['--version'])
  if (!version.startsWith('aws-cli/2.'))
    throw new Error(`${aws} has to be version 2 of the AWS CLI; it says ${version.trim()}`)
  return { aws, curl, openssl, softhsm, python, java: found('java'), maven: found('mvn') }
}

const find = (program: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path))

const found = (program: string): string => {
  const path = find(program)
  if (path === undefined) throw new Error(`${program} was installed, and is not in PATH`)
  return path
}

const hasVenv = async (): Promise<boolean> => {
  try {
    await run(python, ['-c', 'import ensurepip, venv'])
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
