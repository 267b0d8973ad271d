import { mkdir } from 'node:fs/promises'
import { installLockedPackages } from '../scripts/locked-packages.ts'
import { installDebianClients } from './install/debian.ts'
import { installJavaClient } from './install/java.ts'
import { installPythonClients } from './install/python.ts'
import { cache, home, orSentence } from './install/steps.ts'

/** Where the clients that are programs of their own lie. */
export type Tools = {
  readonly aws: string
  readonly curl: string
  readonly openssl: string
  readonly softhsm: { readonly util: string; readonly module: string }
  readonly python: string
  readonly encryptionCli: string
  /** The command that starts the AWS Encryption SDK for Java. */
  readonly javaPeer: readonly string[]
}

/**
 * Installs every client: from npm by the lock file, from PyPI by hash, from Maven Central by version,
 * from Debian as it is packaged there. What is installed already is not fetched again. Throws, in one
 * sentence, when a client cannot be had: a conformance test that is skipped would prove nothing.
 */
export const installClients = async (): Promise<Tools> => {
  await mkdir(cache, { recursive: true })
  const [debian] = await Promise.all([installDebianClients(), installNpmClients()])
  const { aws, curl, openssl, softhsm } = debian
  const [python, javaPeer] = await Promise.all([
    installPythonClients(debian.python),
    installJavaClient(debian),
  ])
  return { aws, curl, openssl, softhsm, ...python, javaPeer }
}

const installNpmClients = (): Promise<void> =>
  orSentence('the clients from npm', () => installLockedPackages(home))
