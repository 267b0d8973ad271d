/** Who is measured beside Keyhold, and how it comes onto this machine. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installLockedPackages } from '../../scripts/locked-packages.ts'
import { orMissing, type Peer, pythonWith, run } from '../peer.ts'

const bench = join(import.meta.dirname, '..')

export type Peers = {
  /** The command is empty: it is a package that a child of Node imports. */
  readonly clientNode: Peer
  /** The command is the Python that has the SDK. */
  readonly pythonEsdk: Peer
  readonly age: Peer
  readonly openssl: Peer
}

/** Versions of those that are there, and each one that is not with the reason. */
export const peersText = (peers: Peers): string => {
  const names = {
    clientNode: '@aws-crypto/client-node',
    pythonEsdk: 'aws-encryption-sdk (Python)',
    age: 'age',
    openssl: 'openssl',
  } as const
  const all = Object.entries(names).map(([key, name]) => ({ name, ...peers[key as keyof Peers] }))
  const there = all.flatMap((peer) => ('version' in peer ? [`${peer.name} ${peer.version}`] : []))
  const missing = all.flatMap((peer) =>
    'missing' in peer ? [`  MISSING, so not compared: ${peer.name}: ${peer.missing}\n`] : [],
  )
  return `  beside ${there.join(', ') || 'nothing'}\n${missing.join('')}`
}

/** Installs what is not there yet: from npm and PyPI by lock file and hash, from Debian as it is. */
export const installPeers = async (tell: (text: string) => void): Promise<Peers> => {
  tell('installing the programs to compare with')
  const [clientNode, pythonEsdk] = await Promise.all([
    orMissing(installClientNode),
    orMissing(installPythonEsdk),
  ])
  const age = await orMissing(() => debianProgram('age', /^v?([0-9.]+)/))
  const openssl = await orMissing(() => debianProgram('openssl', /^OpenSSL (\S+)/))
  return { clientNode, pythonEsdk, age, openssl }
}

const installClientNode = async (): Promise<Peer> => {
  await installLockedPackages(bench)
  const manifest = join(bench, 'node_modules/@aws-crypto/client-node/package.json')
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
  return { command: '', version }
}

const installPythonEsdk = async (): Promise<Peer> => {
  const python = await pythonWith('requirements.txt', 'python')
  const versions = `import sys, importlib.metadata as m
print(m.version('aws-encryption-sdk'), 'on Python', sys.version.split()[0])`
  return { command: python, version: (await run(python, ['-c', versions])).trim() }
}

/** A program from Debian's package of the same name, installed if it has to be. */
const debianProgram = async (name: string, versionForm: RegExp): Promise<Peer> => {
  const command = `/usr/bin/${name}`
  if (!existsSync(command)) await installDebianPackage(name)
  const said = await run(command, [name === 'openssl' ? 'version' : '--version'])
  return { command, version: versionForm.exec(said)?.[1] ?? said.trim() }
}

const installDebianPackage = async (name: string): Promise<void> => {
  if (!existsSync('/usr/bin/apt-get')) throw new Error('this is not a Debian system')
  const apt = async (...args: readonly string[]): Promise<void> => {
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...args]
    const [program = '', ...rest] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command]
    await run(program, rest)
  }
  await apt('update')
  await apt('install', '-y', '--no-install-recommends', name)
}
