import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request, type RequestOptions } from 'node:https'
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { BackendError } from '../../core/key-stores/backend.ts'
import type { BackendFailure } from '../../core/key-stores/failures.ts'

export type XksTransportOptions = {
  /** The name that the proxy's certificate has to be for. */
  readonly host: string
  /** Where the connection goes instead of port 443 of `host`. */
  readonly connectTo?: { readonly host: string; readonly port: number } | undefined
  /** PEM of the authorities that may have issued the certificate; absent: those that Node trusts. */
  readonly ca?: string | undefined
  /** PEM of the certificate that is shown to a proxy which asks for one. */
  readonly client?: { readonly cert: string; readonly key: string } | undefined
  /** From the first to the last byte, the connection included. */
  readonly deadlineMs: number
}

type Answered = { readonly status: number; readonly body: Uint8Array }

/** POSTs to one proxy over connections that it keeps open. Follows no redirect. */
export type XksTransport = {
  /** Rejects with BackendError when no whole answer comes in time. */
  post(path: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<Answered>
  /** Resolves when what was under way has ended, and no connection is open any more. */
  close(): Promise<void>
}

/** Four times what the longest answer of the specification takes. */
const answerBytesMax = 32_768

/** More than a proxy could answer in time: the specification speaks of 1,800 requests a second. */
const socketsMax = 256

/** Opens no connection yet. */
export const openXksTransport = (options: XksTransportOptions): XksTransport => {
  const { host, connectTo, ca, client, deadlineMs } = options
  const agent = new Agent({
    keepAlive: true,
    maxSockets: socketsMax,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(client === undefined ? {} : { cert: client.cert, key: client.key }),
  })
  const underWay = new Set<Promise<Answered>>()
  const target: RequestOptions = {
    method: 'POST',
    host: connectTo?.host ?? host,
    port: connectTo?.port ?? 443,
    // RFC 6066 §3: an address is no name; then the certificate has to have the address.
    servername: isIP(host) === 0 ? host : '',
    agent,
  }
  return {
    post: async (path, headers, body) => {
      const answered = new Promise<Answered>((resolve, reject) => {
        const sent = { ...target, path, headers: { ...headers } }
        new Exchange(sent, body, { resolve, reject }).begin(deadlineMs)
      })
      underWay.add(answered)
      try {
        return await answered
      } finally {
        underWay.delete(answered)
      }
    },
    // Whoever is given another credential for the same proxy must not lose an answer by it.
    close: async () => {
      await Promise.allSettled(underWay)
      agent.destroy()
    },
  }
}

type Outcome = {
  readonly resolve: (answer: Answered) => void
  readonly reject: (error: BackendError) => void
}

/** How far a request has come: what goes wrong is another failure in each. */
type Phase = 'connecting' | 'securing' | 'waiting'

const failureIn: { readonly [P in Phase]: BackendFailure } = {
  connecting: 'unreachable',
  securing: 'tlsFailed',
  waiting: 'unreachable',
}

/** One request and its answer. */
class Exchange {
  readonly #options: RequestOptions
  readonly #body: Uint8Array
  readonly #outcome: Outcome
  #phase: Phase = 'connecting'
  #sent: ClientRequest | undefined
  #timer: NodeJS.Timeout | undefined
  #isDone = false

  constructor(options: RequestOptions, body: Uint8Array, outcome: Outcome) {
    this.#options = options
    this.#body = body
    this.#outcome = outcome
  }

  begin(deadlineMs: number): void {
    this.#timer = setTimeout(() => {
      const failure = this.#phase === 'connecting' ? 'unreachable' : 'timedOut'
      this.#fail(failure, `no answer within ${deadlineMs} ms, ${this.#phase}`)
    }, deadlineMs)
    this.#send(true)
  }

  #send(mayRepeat: boolean): void {
    const sent = request(this.#options)
    this.#sent = sent
    this.#phase = 'connecting'
    sent.on('socket', (socket) => this.#watch(socket as TLSSocket))
    sent.on('response', (message) => this.#collect(message))
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#isDone || sent !== this.#sent) return
      // The proxy closed a connection that it had kept open, just as it was to be used again.
      const isStale = sent.reusedSocket && error.code === 'ECONNRESET'
      if (mayRepeat && isStale) this.#send(false)
      else this.#fail(failureIn[this.#phase], error.code ?? error.message, error)
    })
    sent.end(this.#body)
  }

  #watch(socket: TLSSocket): void {
    if (!socket.connecting) {
      this.#phase = 'waiting'
      return
    }
    socket.once('connect', () => (this.#phase = 'securing'))
    socket.once('secureConnect', () => (this.#phase = 'waiting'))
  }

  #collect(message: IncomingMessage): void {
    const chunks: Uint8Array[] = []
    let length = 0
    message.on('data', (chunk: Uint8Array) => {
      length += chunk.length
      if (length > answerBytesMax) this.#fail('answerMalformed', 'the answer is too long')
      else chunks.push(chunk)
    })
    message.on('error', (error) => this.#fail('unreachable', 'the answer broke off', error))
    message.on('end', () => {
      if (this.#finish())
        this.#outcome.resolve({
          status: message.statusCode ?? 0,
          body: Buffer.concat(chunks, length),
        })
    })
  }

  #fail(failure: BackendFailure, detail: string, cause?: unknown): void {
    if (!this.#finish()) return
    this.#outcome.reject(
      new BackendError(failure, detail, ...(cause === undefined ? [] : [{ cause }])),
    )
    this.#sent?.destroy()
  }

  #finish(): boolean {
    if (this.#isDone) return false
    this.#isDone = true
    clearTimeout(this.#timer)
    return true
  }
}
