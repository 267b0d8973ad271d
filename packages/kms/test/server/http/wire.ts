import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { RawResponse, RefusedReason } from '../../../src/server/http/answers.ts'
import { defaultHttpLimits, type HttpLimits } from '../../../src/server/http/limits.ts'
import {
  type AdmittedRequest,
  createListener,
  type Listener,
  type ListenerOptions,
  type Transport,
} from '../../../src/server/http/listener.ts'

export const nowMs = Date.UTC(2026, 10, 24, 12)

export type TestListener = {
  readonly listener: Listener
  readonly port: number
  readonly requests: AdmittedRequest[]
  readonly refused: RefusedReason[]
  [Symbol.asyncDispose](): Promise<void>
}

export type TestListenerOptions = {
  readonly limits?: Partial<HttpLimits>
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly onRequest?: (request: AdmittedRequest) => Promise<RawResponse> | RawResponse
  readonly onGet?: (path: string) => RawResponse | Promise<RawResponse> | undefined
  readonly mayRead?: NonNullable<ListenerOptions['mayRead']>
}

export const echo = (request: AdmittedRequest): RawResponse => ({
  status: 200,
  headers: [['Content-Type', 'application/x-amz-json-1.1']],
  body: request.body,
})

let transport: Transport = 'lean'

/** From now on listeners read their requests so. */
export const useTransport = (name: Transport): void => {
  transport = name
}

/** A listener on any free port of 127.0.0.1 that sends bodies back. */
export const listen = async (options: TestListenerOptions = {}): Promise<TestListener> => {
  const requests: AdmittedRequest[] = []
  const refused: RefusedReason[] = []
  let ids = 0
  const listener = await createListener({
    host: '127.0.0.1',
    port: 0,
    transport,
    limits: { ...defaultHttpLimits, ...options.limits },
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    clock: { nowMs: () => nowMs },
    onRequest: (request) => {
      requests.push(request)
      return (options.onRequest ?? echo)(request)
    },
    onGet: options.onGet ?? (() => undefined),
    ...(options.mayRead === undefined ? {} : { mayRead: options.mayRead }),
    onRefused: (reason) => refused.push(reason),
    newRequestId: () => `request-${(ids += 1)}`,
  })
  return {
    listener,
    port: listener.address.port,
    requests,
    refused,
    [Symbol.asyncDispose]: () => listener.close(0),
  }
}

export type WireAnswer = {
  readonly status: number
  readonly statusLine: string
  /** Names as sent. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** A client that writes what it is told and keeps what it gets, byte for byte. */
export class RawClient {
  readonly socket: Socket
  #received = Buffer.alloc(0)
  #isEnded = false
  #isClosed = false
  #waiting: (() => void)[] = []

  constructor(socket: Socket) {
    this.socket = socket
    const wake = (): void => {
      const waiting = this.#waiting
      this.#waiting = []
      for (const one of waiting) one()
    }
    // A reset is an end like another here: what matters is what came before it.
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      wake()
    })
    socket.on('end', () => {
      this.#isEnded = true
      wake()
    })
    socket.on('close', () => {
      this.#isEnded = true
      this.#isClosed = true
      wake()
    })
  }

  send(text: string | Uint8Array): this {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
    return this
  }

  /** The next whole answer; throws if the connection ends before. `isHead`: one without a body. */
  async answer(isHead = false): Promise<WireAnswer> {
    for (;;) {
      const parsed = parseAnswer(this.#received, isHead)
      if (parsed !== undefined) {
        this.#received = this.#received.subarray(parsed.length)
        return parsed.answer
      }
      if (this.#isEnded) {
        throw new Error(`no whole answer, but '${this.#received.toString('latin1')}'`)
      }
      await this.#change()
    }
  }

  /** Ends this side, and resolves when the server has closed too; what was left unread till then. */
  async rest(): Promise<string> {
    this.socket.end()
    while (!this.#isClosed) await this.#change()
    return this.#received.toString('latin1')
  }

  /** Resolves when the server has ended the connection by itself. */
  async ended(): Promise<string> {
    while (!this.#isEnded) await this.#change()
    return this.rest()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

export const open = async (port: number): Promise<RawClient> => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  await once(socket, 'connect')
  return new RawClient(socket)
}

const parseAnswer = (
  bytes: Buffer,
  isHead: boolean,
): { answer: WireAnswer; length: number } | undefined => {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const at = line.indexOf(': ')
    assert.ok(!headers.has(line.slice(0, at)), `header '${line.slice(0, at)}' comes twice`)
    headers.set(line.slice(0, at), line.slice(at + 2))
  }
  const status = Number(statusLine.split(' ')[1])
  const isWithoutBody = isHead || status < 200
  const bodyBytes = isWithoutBody ? 0 : Number(headers.get('Content-Length'))
  const length = end + 4 + bodyBytes
  if (bytes.length < length) return undefined
  const body = bytes.toString('utf8', end + 4, length)
  return { answer: { status, statusLine, headers, body }, length }
}

/** Holds of every answer that the listener gives by itself. */
export const assertAwsError = (answer: WireAnswer, type?: string): void => {
  const fault = JSON.parse(answer.body) as Record<string, unknown>
  assert.match(String(fault['__type']), /^[A-Z][A-Za-z]+Exception$/)
  for (const name of Object.keys(fault)) assert.ok(['__type', 'message'].includes(name), name)
  assert.equal(answer.headers.get('x-amzn-ErrorType'), fault['__type'])
  assert.equal(answer.headers.get('Content-Type'), 'application/x-amz-json-1.1')
  assertCommonHeaders(answer)
  if (type !== undefined) assert.equal(fault['__type'], type)
}

export const assertCommonHeaders = (answer: WireAnswer): void => {
  assert.match(answer.statusLine, /^HTTP\/1\.1 \d{3} \S/)
  assert.equal(answer.headers.get('Date'), 'Tue, 24 Nov 2026 12:00:00 GMT')
  assert.match(answer.headers.get('x-amzn-RequestId') ?? '', /^request-\d+$/)
  assert.equal(answer.headers.get('Cache-Control'), 'no-cache, no-store, must-revalidate, private')
  assert.ok(answer.headers.has('Content-Length'))
}

/** A request as a client would send it; `lines` replace or add to the usual ones. */
export const post = (body: string, ...lines: readonly string[]): string =>
  [
    'POST / HTTP/1.1',
    'Host: 127.0.0.1',
    ...lines,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
