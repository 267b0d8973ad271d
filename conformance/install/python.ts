import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, cache, oncePerVersion } from './steps.ts'

/** What PyPI has: an interpreter with the libraries, and the AWS Encryption CLI. */
export type PythonTools = { readonly python: string; readonly encryptionCli: string }

/** Two environments, for the AWS Encryption CLI wants an older Encryption SDK than the newest. */
export const installPythonClients = async (systemPython: string): Promise<PythonTools> => {
  const [libraries, encryptionCli] = await Promise.all([
    environment('python', 'requirements.txt', systemPython),
    environment('encryption-cli', 'requirements-encryption-cli.txt', systemPython),
  ])
  return {
    python: join(libraries, 'bin/python'),
    encryptionCli: join(encryptionCli, 'bin/aws-encryption-cli'),
  }
}

/** A virtual environment with the packages of one file of requirements, which gives their hashes. */
const environment = async (
  name: string,
  requirements: string,
  systemPython: string,
): Promise<string> => {
  const venv = join(cache, name)
  const python = join(venv, 'bin/python')
  await oncePerVersion(name, [requirements], python, async () => {
    const what = 'the clients from PyPI'
    await rm(venv, { recursive: true, force: true })
    await attempt(what, systemPython, ['-m', 'venv', venv])
    const options = ['--quiet', '--disable-pip-version-check', '--require-hashes']
    await attempt(what, python, ['-m', 'pip', 'install', ...options, '-r', requirements])
  })
  return venv
}
