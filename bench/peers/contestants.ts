import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../../packages/kms/src/client/client.ts'
import { isJsonObject } from '../../packages/kms/src/client/json.ts'
import { firstLine, type Scope } from '../children.ts'
import type { BenchPlace } from '../keyhold-bench.ts'
import type { Peer } from '../peer.ts'
import type { PeerName } from './install.ts'
import { startOpenBao } from './openbao.ts'
import { type Contestant, loadByCommand } from './turn.ts'

const root = join(import.meta.dirname, '../..')
const serverCpu = 0
/** How long a service may take until it makes a key. */
const startMs = 120_000
/** What peers are called as: they take any credential. */
const anyone = { region: 'us-east-1', accessKeyId: 'test', secretAccessKey: 'test' }

/** A `keyhold serve` with everything on that production has on. */
export const startOwn = async (
  scope: Scope,
  name: string,
  more: readonly string[],
): Promise<Contestant> => {
  const dataDirectory = await scope.directory()
  const launcher = join(root, 'packages/kms/bin/keyhold.js')
  const args = ['serve', '--data-dir', dataDirectory, '--port', '0', '--log-format', 'json']
  const child = scope.child([launcher, ...args, ...more], { cpu: serverCpu })
  await firstLine(child, (line) => (line.includes('"event":"ready"') ? true : undefined))
  const config = await readFile(join(dataDirectory, 'client', 'config.json'), 'utf8')
  return withKeys(name, child, JSON.parse(config) as BenchPlace)
}

type StartPeer = (scope: Scope, command: string) => Promise<Contestant>

/** All but OpenBao speak AWS's protocol, verify nothing and keep no audit log. */
const starters: Partial<Record<PeerName, StartPeer>> = {
  moto: async (scope, python) => {
    const port = await freePort()
    const server = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)]
    return started(scope, 'moto', port, [python, ...server])
  },
  'local-kms': async (scope, command) => {
    const port = await freePort()
    const data = await scope.directory()
    const settings = [`PORT=${port}`, `KMS_DATA_PATH=${data}`, `KMS_REGION=${anyone.region}`]
    return started(scope, 'local-kms', port, ['env', ...settings, command])
  },
  LocalStack: async (scope, python) => {
    const port = await freePort()
    const data = await scope.directory()
    const settings = [
      `GATEWAY_LISTEN=127.0.0.1:${port}`,
      'SERVICES=kms',
      'EAGER_SERVICE_LOADING=1',
      'DISABLE_EVENTS=1',
      'SKIP_SSL_CERT_DOWNLOAD=1',
      'DNS_ADDRESS=0',
      `LOCALSTACK_VOLUME_DIR=${data}`,
      `FILESYSTEM_ROOT=${data}`,
    ]
    const server = ['-m', 'localstack.runtime.main']
    return started(scope, 'LocalStack', port, ['env', ...settings, python, ...server])
  },
  OpenBao: async (scope, command) => {
    const ports = { port: await freePort(), clusterPort: await freePort() }
    return startOpenBao(scope, command, { ...ports, cpu: serverCpu })
  },
}

/** `undefined`: the peer is missing, or nobody knows how to start it. */
export const startPeer = async (
  scope: Scope,
  name: PeerName,
  peer: Peer,
): Promise<Contestant | undefined> =>
  'missing' in peer ? undefined : starters[name]?.(scope, peer.command)

/** Answers whatever it is asked with as many bytes as `answers` says for each operation. */
export const startEcho = async (
  scope: Scope,
  answers: Readonly<Record<string, number>>,
): Promise<Contestant> => {
  const script = join(import.meta.dirname, '../echo-server.ts')
  const child = scope.child([script, JSON.stringify(answers)], { cpu: serverCpu })
  const port = await firstLine(child, Number)
  const place = { ...anyone, endpoint: `http://127.0.0.1:${port}` }
  return { name: 'echo', pid: child.pid!, load: loadByCommand(place, 'any', 'any') }
}

const started = async (
  scope: Scope,
  name: string,
  port: number,
  command: readonly string[],
): Promise<Contestant> => {
  const child = scope.program(command, { cpu: serverCpu, isQuiet: true })
  child.stdout?.resume()
  return withKeys(name, child, { ...anyone, endpoint: `http://127.0.0.1:${port}` })
}

/** Waits until the service makes the two keys that the requests are for. */
const withKeys = async (
  name: string,
  child: ChildProcess,
  place: BenchPlace,
): Promise<Contestant> => {
  const keyId = await newKey(name, child, place, {})
  const signing = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }
  const signingKeyId = await newKey(name, child, place, signing)
  return { name, pid: child.pid!, load: loadByCommand(place, keyId, signingKeyId) }
}

const newKey = async (
  name: string,
  child: ChildProcess,
  place: BenchPlace,
  input: Readonly<Record<string, string>>,
): Promise<string> => {
  const ca = place.caFile === undefined ? undefined : await readFile(place.caFile, 'utf8')
  const credentials = () => Promise.resolve(place)
  const client = createClient({ ...place, credentials, ca, attemptsMax: 1 })
  const endMs = performance.now() + startMs
  try {
    for (;;) {
      try {
        const { KeyMetadata: metadata } = await client.call('CreateKey', input)
        const keyId = isJsonObject(metadata) ? metadata['KeyId'] : undefined
        if (typeof keyId === 'string') return keyId
        throw new Error('no key was made')
      } catch (error) {
        if (child.exitCode !== null || performance.now() > endMs)
          throw new Error(`${name} does not start: ${String(error)}`, { cause: error })
        await sleep(200)
      }
    }
  } finally {
    client.close()
  }
}

/** A port that nobody listens on now, for programs that do not choose one themselves. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
