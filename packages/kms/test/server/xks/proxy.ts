import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { authorizationOf, signingKey } from '../../../src/api/sigv4-canonical.ts'
import { systemRandom } from '../../../src/server/system.ts'
import { selfSignedTls, type TlsFiles } from '../../../src/server/tls.ts'
import type { XksOptions } from '../../../src/server/xks/client.ts'

/** The certificate of every proxy of a test run: made once, for it takes a while. */
let files: Promise<TlsFiles & { readonly ca: string }> | undefined

export const proxyTls = (): Promise<TlsFiles & { readonly ca: string }> =>
  (files ??= (async () => {
    const dir = await mkdtemp(join(tmpdir(), 'keyhold-xks-'))
    const clock = { nowMs: () => Date.now() }
    const tls = await selfSignedTls(dir, 'localhost', clock, systemRandom())
    const ca = await readFile(tls.caFile ?? '', 'utf8')
    await rm(dir, { recursive: true })
    return { ...tls, ca }
  })())

export type ProxyRequest = {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The body, parsed. */
  readonly json: Readonly<Record<string, unknown>>
  readonly isSigned: boolean
}

/** What a proxy answers instead of what it should; `hang`: nothing, ever. */
export type Reply =
  | 'hang'
  | 'break off'
  | { readonly status: number; readonly body: string; readonly headers?: Record<string, string> }

type Json = Readonly<Record<string, unknown>>

/** An external key store proxy for tests, with keys of its own, that can be made to misbehave. */
export class TestProxy {
  readonly credential = {
    AccessKeyId: 'KEYHOLDTESTPROXY234567',
    RawSecretAccessKey: randomBytes(33).toString('base64'),
  }
  readonly region: string
  readonly path = '/tenant/kms/xks/v1'
  readonly requests: ProxyRequest[] = []
  readonly keys = new Map<string, { readonly bytes: Buffer; readonly json: Json }>()
  /** Ciphertext metadata of what is encrypted, in base64; absent: none. */
  metadata: string | undefined
  ivBytes = 12
  /** Called for every request; what it returns is answered in place of the right answer. */
  instead: (request: ProxyRequest) => Reply | Promise<Reply | undefined> | undefined = () =>
    undefined
  /** Changes a right answer just before it is sent. */
  spoil: (answer: Json) => Json = (answer) => answer
  /** TCP connections so far. */
  connections = 0
  readonly #server
  #port = 0

  private constructor(tls: TlsFiles, region: string) {
    this.region = region
    this.#server = createServer({ cert: tls.cert, key: tls.key }, (request, response) => {
      void this.#answer(request, response)
    })
    this.#server.on('connection', () => (this.connections += 1))
  }

  static async start(region: string): Promise<TestProxy> {
    const proxy = new TestProxy(await proxyTls(), region)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    proxy.#port = (proxy.#server.address() as AddressInfo).port
    proxy.addKey('external-1')
    return proxy
  }

  /** How a service reaches it: at its port, and with time enough on a busy machine. */
  async options(deadlineMs = 10_000): Promise<XksOptions> {
    const host = '127.0.0.1'
    const connectTo = new Map([
      ['localhost', { host, port: this.#port }],
      ['nobody.invalid', { host, port: 1 }],
    ])
    return { ca: (await proxyTls()).ca, connectTo, deadlineMs }
  }

  /** What CreateCustomKeyStore needs to know of it. */
  settings(): Record<string, unknown> {
    return {
      CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
      XksProxyConnectivity: 'PUBLIC_ENDPOINT',
      XksProxyUriEndpoint: 'https://localhost',
      XksProxyUriPath: this.path,
      XksProxyAuthenticationCredential: this.credential,
    }
  }

  addKey(id: string, json: Json = {}): void {
    const fit = { keySpec: 'AES_256', keyUsage: ['ENCRYPT', 'DECRYPT'], keyStatus: 'ENABLED' }
    this.keys.set(id, { bytes: randomBytes(32), json: { ...fit, ...json } })
  }

  /** Closes connections that nobody uses, as a proxy does now and then. */
  closeIdleConnections(): void {
    this.#server.closeIdleConnections()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const request: ProxyRequest = {
      path: incoming.url ?? '',
      headers: incoming.headers,
      json: JSON.parse(body.toString()) as Json,
      isSigned: this.#isSigned(incoming, body),
    }
    this.requests.push(request)
    const reply = (await this.instead(request)) ?? this.#right(request)
    if (reply === 'hang') return
    if (reply === 'break off') {
      response.writeHead(200, { 'Content-Length': 1000 })
      response.write('{"', () => incoming.socket.destroy())
      return
    }
    response.writeHead(reply.status, { 'Content-Type': 'application/json', ...reply.headers })
    response.end(reply.body)
  }

  #isSigned({ method, url, headers }: IncomingMessage, body: Buffer): boolean {
    const date = String(headers['x-amz-date'])
    const secret = Buffer.from(this.credential.RawSecretAccessKey)
    const expected = authorizationOf({
      method: method ?? '',
      url: { pathname: url ?? '', search: '' },
      headers: { Host: String(headers.host), 'X-Amz-Date': date },
      body,
      date,
      accessKeyId: this.credential.AccessKeyId,
      region: this.region,
      service: 'kms-xks-proxy',
      key: signingKey(secret, date.slice(0, 8), this.region, 'kms-xks-proxy'),
    })
    return headers.authorization === expected
  }

  #right({ path, json, isSigned }: ProxyRequest): Reply {
    if (!isSigned) return fault(401, 'AuthenticationFailedException')
    // Tenants have their paths: /tenant/kms/xks/v1, /tenant-2/kms/xks/v1 and so on.
    const [, resource] = /^\/tenant[^/]*\/kms\/xks\/v1(\/.+)$/.exec(path) ?? []
    if (resource === undefined) return fault(404, 'InvalidUriPathException')
    if (resource === '/health') return this.#success(health('ACTIVE'))
    const [, id = '', api] = /^\/keys\/([^/]+)\/(metadata|encrypt|decrypt)$/.exec(resource) ?? []
    const key = this.keys.get(id)
    if (key === undefined) return fault(404, 'KeyNotFoundException')
    if (api === 'metadata') return this.#success(key.json)
    return api === 'encrypt' ? this.#encrypt(key.bytes, json) : this.#decrypt(key.bytes, json)
  }

  #encrypt(key: Buffer, json: Json): Reply {
    const iv = randomBytes(this.ivBytes)
    const aad = bytes(json['additionalAuthenticatedData'])
    const metadata = bytes(this.metadata)
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(gcmAad(aad, metadata))
    const ciphertext = cipher.update(bytes(json['plaintext']))
    cipher.final()
    const tag = cipher.getAuthTag()
    const integrity = Buffer.concat([aad, metadata, iv, ciphertext, tag])
    return this.#success({
      ciphertext: ciphertext.toString('base64'),
      ...(this.metadata === undefined ? {} : { ciphertextMetadata: this.metadata }),
      initializationVector: iv.toString('base64'),
      authenticationTag: tag.toString('base64'),
      ciphertextDataIntegrityValue: hash('sha256', integrity, 'base64'),
    })
  }

  #decrypt(key: Buffer, json: Json): Reply {
    const iv = bytes(json['initializationVector'])
    const aad = gcmAad(
      bytes(json['additionalAuthenticatedData']),
      bytes(json['ciphertextMetadata']),
    )
    const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(aad)
    decipher.setAuthTag(bytes(json['authenticationTag']))
    const plaintext = decipher.update(bytes(json['ciphertext']))
    try {
      decipher.final()
    } catch {
      return fault(400, 'InvalidCiphertextException')
    }
    return this.#success({ plaintext: plaintext.toString('base64') })
  }

  #success(answer: Json): Reply {
    return { status: 200, body: JSON.stringify(this.spoil(answer)) }
  }
}

const bytes = (base64: unknown): Buffer =>
  Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64')

/** What the specification has a proxy authenticate where it has metadata of its own. */
const gcmAad = (aad: Buffer, metadata: Buffer): Buffer => {
  if (metadata.length === 0) return aad
  const length = Buffer.alloc(2)
  length.writeUInt16BE(aad.length)
  return Buffer.concat([length, aad, Buffer.of(metadata.length), metadata])
}

export const fault = (status: number, errorName: string, errorMessage?: string): Reply => ({
  status,
  body: JSON.stringify({ errorName, ...(errorMessage === undefined ? {} : { errorMessage }) }),
})

/** What a healthy proxy says of itself, with external key managers in these states. */
export const health = (...states: readonly string[]): Json => ({
  xksProxyFleetSize: 1,
  xksProxyVendor: 'Keyhold',
  xksProxyModel: 'test',
  ekmVendor: 'Keyhold',
  ekmFleetDetails: states.map((healthStatus, at) => ({ id: `m-${at}`, model: 'm', healthStatus })),
})
