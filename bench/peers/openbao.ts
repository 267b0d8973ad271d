import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scope } from '../children.ts'
import { Generator } from '../generator.ts'
import type { Contestant, PeerOperation } from './turn.ts'

const generatorCpu = 1
/** Requests of a kind, sent again and again. */
const supplySize = 1024
const ciphertextsMax = 256
const startMs = 60_000

const base64 = (data: Uint8Array | string): string => Buffer.from(data).toString('base64')

/**
 * OpenBao as in production: no dev server, storage and audit log in files, a token that may use the
 * two keys of its transit engine and nothing else. It is spoken to in its own API.
 */
export const startOpenBao = async (
  scope: Scope,
  command: string,
  {
    port,
    clusterPort,
    cpu,
  }: { readonly port: number; readonly clusterPort: number; readonly cpu: number },
): Promise<Contestant> => {
  const directory = await scope.directory()
  const config = join(directory, 'config.hcl')
  await writeFile(config, configOf(directory, port, clusterPort))
  const child = scope.program([command, 'server', `-config=${config}`, '-log-level=error'], {
    cpu,
    isQuiet: true,
  })
  child.stdout?.resume()
  const token = await setUp(new Api(port), () => child.exitCode !== null)
  const generator = new Generator(scope, generatorCpu)
  for (const [operation, bodies] of await bodiesOf(new Api(port, token))) {
    const requests = bodies.map(({ path, body }) => requestText(port, token, path, body))
    await generator.take({ supply: operation, port, requests })
  }
  return {
    name: 'OpenBao',
    pid: child.pid!,
    load: async (operation, { connections, durationMs }) => {
      const order = { supply: operation, port, connections }
      const before = await generator.load({ ...order, durationMs: durationMs / 4 })
      const measured = await generator.load({ ...order, durationMs })
      const seconds = durationMs / 1000
      const requests = measured.perSecond * seconds + (before.perSecond * seconds) / 4
      return { ...measured, failed: 0, requests }
    },
  }
}

/** HCL, for the audit device cannot be told in JSON. */
const configOf = (directory: string, port: number, clusterPort: number): string => `
storage "raft" {
  path = "${directory}"
  node_id = "bench"
}
api_addr = "http://127.0.0.1:${port}"
cluster_addr = "https://127.0.0.1:${clusterPort}"
listener "tcp" {
  address = "127.0.0.1:${port}"
  cluster_address = "127.0.0.1:${clusterPort}"
  tls_disable = true
}
audit "file" "bench" {
  options {
    file_path = "${join(directory, 'audit.log')}"
  }
}
`

const requestText = (port: number, token: string, path: string, body: object): string => {
  const text = JSON.stringify(body)
  return (
    `POST /v1/${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Vault-Token: ${token}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  )
}

class Api {
  readonly #port: number
  readonly #token: string

  constructor(port: number, token = '') {
    this.#port = port
    this.#token = token
  }

  with(token: string): Api {
    return new Api(this.#port, token)
  }

  /** What a call answers; many answer with nothing at all, and the status 204. */
  async call<Answer>(method: string, path: string, body: object): Promise<Answer> {
    const url = `http://127.0.0.1:${this.#port}/v1/${path}`
    const headers = { 'X-Vault-Token': this.#token }
    const answer = await fetch(url, { method, headers, body: JSON.stringify(body) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`OpenBao refuses ${path}: ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as Answer
  }
}

/** Makes what the requests need; resolves to the token that they carry. */
const setUp = async (api: Api, hasEnded: () => boolean): Promise<string> => {
  const shares = { secret_shares: 1, secret_threshold: 1 }
  type Initialised = { readonly keys: readonly string[]; readonly root_token: string }
  const { keys, root_token: root } = await whenItAnswers(hasEnded, () =>
    api.call<Initialised>('PUT', 'sys/init', shares),
  )
  await api.call('PUT', 'sys/unseal', { key: keys[0] })
  const admin = api.with(root)
  await whenItAnswers(hasEnded, () => admin.call('POST', 'sys/mounts/transit', { type: 'transit' }))
  await admin.call('POST', 'transit/keys/data', { type: 'aes256-gcm96' })
  await admin.call('POST', 'transit/keys/signing', { type: 'ecdsa-p256' })
  const policy = ['encrypt/data', 'decrypt/data', 'datakey/plaintext/data', 'sign/signing']
    .map((path) => `path "transit/${path}" { capabilities = ["update"] }`)
    .join('\n')
  await admin.call('PUT', 'sys/policies/acl/bench', { policy })
  type Made = { readonly auth: { readonly client_token: string } }
  const made = await admin.call<Made>('POST', 'auth/token/create', { policies: ['bench'] })
  return made.auth.client_token
}

const whenItAnswers = async <T>(hasEnded: () => boolean, call: () => Promise<T>): Promise<T> => {
  const endMs = performance.now() + startMs
  for (;;)
    try {
      return await call()
    } catch (error) {
      if (hasEnded() || performance.now() > endMs) throw error
      await sleep(200)
    }
}

type Body = { readonly path: string; readonly body: object }

/** The same work as Keyhold's, in OpenBao's words. */
const bodiesOf = async (
  api: Api,
): Promise<readonly (readonly [PeerOperation, readonly Body[]])[]> => {
  const encrypt = many(() => ({
    path: 'transit/encrypt/data',
    body: { plaintext: base64(randomBytes(32)) },
  }))
  type Encrypted = { readonly data: { readonly ciphertext: string } }
  const decrypt: Body[] = []
  for (const { path, body } of encrypt.slice(0, ciphertextsMax)) {
    const { data } = await api.call<Encrypted>('POST', path, body)
    decrypt.push({ path: 'transit/decrypt/data', body: { ciphertext: data.ciphertext } })
  }
  const dataKey = { path: 'transit/datakey/plaintext/data', body: { bits: 256 } }
  const sign = many(() => ({
    path: 'transit/sign/signing',
    body: { input: base64(randomBytes(32)), hash_algorithm: 'sha2-256' },
  }))
  return [
    ['encrypt', encrypt],
    ['decrypt', decrypt],
    ['generate-data-key', [dataKey]],
    ['sign', sign],
  ]
}

const many = (one: () => Body): readonly Body[] => Array.from({ length: supplySize }, one)
