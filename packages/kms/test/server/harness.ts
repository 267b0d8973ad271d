import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signRequest, type SigningCredentials } from '../../src/client/sign.ts'
import type { Clock } from '../../src/core/ports.ts'
import { type DataDirectory, prepareDataDirectory } from '../../src/server/data-directory.ts'
import type { Log } from '../../src/server/log.ts'
import { keyFileSeal } from '../../src/server/seals/key-file.ts'
import { type Service, type ServiceOptions, startService } from '../../src/server/service.ts'
import { systemRandom } from '../../src/server/system.ts'
import { noteRefusal } from '../refusals.ts'
import { testClusters } from './key-stores/inputs.ts'

export const region = 'eu-central-1'
export const account = '111122223333'
export const dayMs = 86_400_000

/** A clock that stands still until it is told otherwise; requests are signed by it too. */
export class FakeClock implements Clock {
  #nowMs = Date.UTC(2026, 10, 24, 12)
  nowMs(): number {
    return this.#nowMs
  }
  advance(ms: number): void {
    this.#nowMs += ms
  }
}

export type LogLine = {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A log that keeps silent and is read afterwards. */
export class SilentLog implements Log {
  readonly lines: LogLine[] = []
  info(event: string, fields: object = {}): void {
    this.lines.push({ level: 'info', event, fields: { ...fields } })
  }
  warn(event: string, fields: object = {}): void {
    this.lines.push({ level: 'warn', event, fields: { ...fields } })
  }
  error(event: string, fields: object = {}): void {
    this.lines.push({ level: 'error', event, fields: { ...fields } })
  }
}

export type Answer = Readonly<Record<string, unknown>>

/** An answer as it came. `type` and `message` are those of a fault. */
export type Reply = {
  readonly status: number
  readonly type: string | undefined
  readonly message: string | undefined
  /** The body, parsed; an empty one is an empty object. */
  readonly json: Answer
  readonly text: string
  readonly headers: IncomingHttpHeaders
}

export type CallOptions = {
  readonly region?: string
  /** Added to, or put in place of, what a client sends; `undefined` leaves one out. All signed. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly credentials?: SigningCredentials
}

export type TestServiceOptions = Partial<ServiceOptions> & {
  readonly clock?: FakeClock
  readonly dir?: string
  readonly sealKey?: Uint8Array
  readonly credentials?: SigningCredentials
}

export type TestService = {
  readonly service: Service
  readonly directory: DataDirectory
  readonly clock: FakeClock
  readonly log: SilentLog
  readonly sealKey: Uint8Array
  readonly credentials: SigningCredentials
  readonly endpoint: string
  /** A signed call. A body that is not text or bytes is sent as JSON, bytes in it as base64. */
  readonly call: (operation: string, body: unknown, options?: CallOptions) => Promise<Reply>
  /** Whatever the test likes, as it is. */
  readonly send: (
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    body: string | Uint8Array,
  ) => Promise<Reply>
  /** Lets go of the directory and leaves it as it is. */
  stop(): Promise<void>
  /** Stops, if it runs, and starts again on the same directory. */
  restart(changed?: TestServiceOptions): Promise<TestService>
  /** Stops and removes the directory. */
  [Symbol.asyncDispose](): Promise<void>
}

/** A whole service in this process, on a directory of its own and any free port of 127.0.0.1. */
export const startTestService = async (options: TestServiceOptions = {}): Promise<TestService> => {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'keyhold-test-')))
  const directory = await prepareDataDirectory(dir)
  const clock = options.clock ?? new FakeClock()
  const log = new SilentLog()
  const sealKey = options.sealKey ?? randomBytes(32)
  let made: SigningCredentials | undefined
  const service = await startService({
    directory,
    seal: keyFileSeal(sealKey),
    account: options.credentials === undefined ? account : undefined,
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    random: systemRandom(),
    hsmClusters: testClusters,
    ...options,
    clock,
    log,
    keepCredential: (credential) => {
      made = credential
      return Promise.resolve()
    },
  })
  const credentials = options.credentials ?? made
  assert(credentials !== undefined)
  const agent = new Agent({ keepAlive: true })
  const endpoint = `http://127.0.0.1:${service.address.port}`
  let running = true
  const stop = async (): Promise<void> => {
    if (!running) return
    running = false
    agent.destroy()
    await service.stop(0)
  }
  const send: TestService['send'] = (method, path, headers, body) =>
    exchange(new URL(path, endpoint), method, headers, body, agent)
  return {
    service,
    directory,
    clock,
    log,
    sealKey,
    credentials,
    endpoint,
    send,
    call: async (operation, body, callOptions = {}) => {
      const bytes = bodyBytes(body)
      const headers = signedHeaders({ operation, bytes, endpoint, credentials, clock }, callOptions)
      const reply = await send('POST', '/', headers, bytes)
      if (reply.type !== undefined) noteRefusal(operation, reply.type)
      return reply
    },
    stop,
    restart: async (changed = {}) => {
      await stop()
      return startTestService({ ...options, clock, dir, sealKey, credentials, ...changed })
    },
    [Symbol.asyncDispose]: async () => {
      await stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

type Unsigned = {
  readonly operation: string
  readonly bytes: Uint8Array
  readonly endpoint: string
  readonly credentials: SigningCredentials
  readonly clock: Clock
}

/** The headers of a signed call. */
export const signedHeaders = (
  call: Unsigned,
  options: CallOptions = {},
): Record<string, string> => {
  const headers: Record<string, string> = {}
  const wanted = {
    'X-Amz-Target': `TrentService.${call.operation}`,
    'Content-Type': 'application/x-amz-json-1.1',
    ...options.headers,
  }
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) headers[name] = value
  return signRequest({
    method: 'POST',
    url: new URL(call.endpoint),
    headers,
    body: call.bytes,
    credentials: options.credentials ?? call.credentials,
    region: options.region ?? region,
    service: 'kms',
    nowMs: call.clock.nowMs(),
  })
}

/** What a test gives as a body, as bytes. */
export const bodyBytes = (body: unknown): Uint8Array => {
  if (body instanceof Uint8Array) return body
  if (typeof body === 'string') return Buffer.from(body)
  return Buffer.from(JSON.stringify(wireValue(body)))
}

const wireValue = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(wireValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, wireValue(part)]))
}

/** One request and its whole answer, with nothing added but the length. */
export const exchange = (
  url: URL,
  method: string,
  headers: OutgoingHttpHeaders,
  body: string | Uint8Array,
  agent?: Agent,
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const lengthed = { 'Content-Length': Buffer.byteLength(body), ...headers }
    const outgoing = request(
      url,
      { method, headers: lengthed, agent: agent ?? false },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () =>
          resolve(
            replyOf(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(chunks).toString()),
          ),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })

const replyOf = (status: number, headers: IncomingHttpHeaders, text: string): Reply => {
  // IAM and STS answer in XML, which their own tests read.
  const json = (text === '' || text.startsWith('<') ? {} : JSON.parse(text)) as Answer
  const fault = json as { readonly __type?: string; readonly message?: string }
  return { status, headers, text, json, type: fault.__type, message: fault.message }
}
