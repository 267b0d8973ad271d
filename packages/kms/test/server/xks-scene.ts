import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signRequest, type SigningCredentials } from '../../src/client/sign.ts'
import type { ListenerTls } from '../../src/server/http/listener.ts'
import { systemRandom } from '../../src/server/system.ts'
import { selfSignedTls } from '../../src/server/tls.ts'
import { basicConstraints, certificate, pemOf } from '../core/attestation/certificates.ts'
import { bodyBytes, region, startTestService, type TestService } from './harness.ts'

export type XksReply = {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, unknown>>
}

export type XksCall = {
  readonly credentials?: SigningCredentials
  readonly method?: string
  readonly service?: string
  /** What a client of the proxy may set of its connection: a certificate, say. */
  readonly connection?: RequestOptions
}

export type XksScene = AsyncDisposable & {
  readonly service: TestService
  /** Posts to a path under the proxy's prefix, or to one that begins with a slash. */
  readonly post: (path: string, body: unknown, options?: XksCall) => Promise<XksReply>
}

/** A service whose keys are external keys too. */
export const startXksProxy = async (clients?: () => ListenerTls['clients']): Promise<XksScene> => {
  const directory = await mkdtemp(join(tmpdir(), 'keyhold-xks-'))
  const clock = { nowMs: () => Date.now() }
  const { caFile = '', ...tls } = await selfSignedTls(directory, '127.0.0.1', clock, systemRandom())
  const ca = await readFile(caFile, 'utf8')
  const admitted = clients?.()
  const service = await startTestService({
    xksProxy: {
      host: '127.0.0.1',
      port: 0,
      tls: { ...tls, ...(admitted === undefined ? {} : { clients: admitted }) },
    },
  })
  const port = service.service.xksProxyAddress?.port
  const post: XksScene['post'] = (path, body, options = {}) => {
    const prefix = path.startsWith('/') ? '' : '/kms/xks/v1/'
    const url = new URL(`https://127.0.0.1:${port}${prefix}${path}`)
    const bytes = bodyBytes(body)
    const method = options.method ?? 'POST'
    const headers = signRequest({
      method,
      url,
      headers: { 'Content-Type': 'application/json' },
      body: bytes,
      credentials: options.credentials ?? service.credentials,
      region,
      service: options.service ?? 'kms-xks-proxy',
      nowMs: service.clock.nowMs(),
    })
    return sent(url, { ...options.connection, method, headers, ca }, bytes)
  }
  return {
    service,
    post,
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]()
      await rm(directory, { recursive: true })
    },
  }
}

type Sendable = Omit<RequestOptions, 'headers'> & {
  readonly headers: Readonly<Record<string, string>>
}

const sent = (url: URL, options: Sendable, body: Uint8Array): Promise<XksReply> =>
  new Promise((resolve, reject) => {
    const headers = { 'Content-Length': String(body.length), ...options.headers }
    const outgoing = request(url, { ...options, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          json: JSON.parse(Buffer.concat(chunks).toString()) as XksReply['json'],
          headers: incoming.headers,
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })

/** A certificate of its own authority, with its key, for who connects to a proxy. */
export const selfSigned = (name: string): { readonly cert: string; readonly key: string } => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const nowMs = Date.now()
  const der = certificate({
    subject: name,
    issuer: name,
    publicKey,
    signer: privateKey,
    fromMs: nowMs - 3_600_000,
    toMs: nowMs + 3_600_000,
    extensions: [basicConstraints(true)],
  })
  return { cert: pemOf(der), key: privateKey.export({ format: 'pem', type: 'pkcs8' }) }
}
