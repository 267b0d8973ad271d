import {
  createServer as createPlainServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { KmsError, internalFailure } from '../../api/errors.ts'
import type { Headers } from '../sigv4/request.ts'
import type { SignedHead } from '../sigv4/verify.ts'
import { admit, type RequestHead } from './admission.ts'
import { closingBytes, errorAnswer, headerList, refusal } from './answers.ts'
import type { RawResponse, Refusal } from './answers.ts'
import { refusalOf } from './client-error.ts'
import { Body } from './body.ts'
import { BodyBudget } from './body-budget.ts'
import { Connection } from './connection.ts'
import type { ConnectionWorld } from './connection.ts'
import type { AdmittedRequest, HeadVerdict, ListenerOptions } from './listener.ts'
import { hasAdmittedName } from './peer.ts'
import { serverOptions, tlsServerOptions } from './server-options.ts'
import {
  notFound,
  tooManyConnections,
  tooManyPipelined,
  tooMuchHeld,
  unsigned,
} from './refusals.ts'

const noConnect = refusal('method-or-target', 404, 'UnknownOperationException')

/** The event handlers of one server, and the connections that they share. */
export class Front {
  readonly server: Server
  readonly #options: ListenerOptions
  readonly #world: ConnectionWorld
  readonly #connections = new Map<Socket, Connection>()
  /** With TLS: what has connected, the handshakes under way included. */
  readonly #rawSockets = new Set<Socket>()
  #isDraining = false

  constructor(options: ListenerOptions) {
    const server = createServer(options)
    this.server = server
    this.#options = options
    this.#world = {
      budget: new BodyBudget(options.limits),
      lingerMs: options.limits.lingerMs,
      onRefused: (refused) => options.onRefused(refused.reason),
      closingBytes: (refused) => closingBytes(refused.answer, this.#stamp()),
    }
    server.keepAliveTimeout = options.limits.keepAliveTimeoutMs
    server.timeout = options.limits.inactivityTimeoutMs
    // 0 is no limit: the default would drop headers beyond the 2,000th without a word.
    server.maxHeadersCount = 0
    // Past the polite refusals, sockets are dropped unanswered.
    server.maxConnections = options.limits.connectionsMax + 64
    // A worker process would otherwise hand them back to be given to it again, for ever.
    Object.assign(server, { dropMaxConnection: true })
    // A client may end its side once it has sent its requests, and still gets their answers.
    Object.assign(server, { httpAllowHalfOpen: true })
    server.on('connection', (socket: Socket) => this.#trackRaw(socket))
    const opened = options.tls ? 'secureConnection' : 'connection'
    server.on(opened, (socket: Socket) => this.#open(socket))
    server.on('drop', () => options.onRefused('connections'))
    server.on('tlsClientError', (_error: Error, socket: Socket) => {
      options.onRefused('tls')
      socket.destroy()
    })
    server.on('request', (req, res) => this.#exchange(req, res, false))
    server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) =>
      this.#exchange(req, res, true),
    )
    server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) =>
      this.#exchange(req, res, false),
    )
    server.on('connect', (_req: IncomingMessage, socket: Socket) => {
      this.#connections.get(socket)?.refuse(noConnect)
      // After CONNECT nobody else reads the socket, and unread bytes would hold its end back.
      socket.resume()
    })
    server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.#fail(error, socket as Socket),
    )
  }

  connections(): number {
    return this.#connections.size
  }

  async close(graceMs: number): Promise<void> {
    this.#isDraining = true
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        for (const socket of this.#rawSockets) socket.destroy()
      }, graceMs)
      // Closes idle connections too, but takes one that never sent a byte for a busy one.
      this.server.close(() => {
        clearTimeout(timer)
        resolve()
      })
      for (const socket of this.#rawSockets) if (socket.bytesRead === 0) socket.destroy()
    })
  }

  #stamp(): { nowMs: number; requestId: string } {
    return { nowMs: this.#options.clock.nowMs(), requestId: this.#options.newRequestId() }
  }

  #trackRaw(socket: Socket): void {
    this.#rawSockets.add(socket)
    socket.once('close', () => this.#rawSockets.delete(socket))
  }

  #open(socket: Socket): void {
    if (!hasAdmittedName(socket, this.#options.tls?.clients?.names)) {
      this.#options.onRefused('tls')
      socket.destroy()
      return
    }
    const connection = new Connection(socket, this.#world)
    this.#connections.set(socket, connection)
    socket.once('close', () => this.#connections.delete(socket))
    if (this.#connections.size > this.#options.limits.connectionsMax) {
      connection.refuse(tooManyConnections)
    }
  }

  #fail(error: NodeJS.ErrnoException, socket: Socket): void {
    const connection = this.#connections.get(socket)
    const refused = refusalOf(error)
    if (connection === undefined || refused === undefined) socket.destroy(error)
    else connection.refuse(refused)
  }

  #exchange(req: IncomingMessage, res: ServerResponse, awaitsContinue: boolean): void {
    const connection = this.#connections.get(req.socket)
    if (connection === undefined || connection.isClosing) {
      req.resume()
      return
    }
    const refuse = (refused: Refusal): void => {
      connection.refuse(refused)
      req.resume()
    }
    const { limits } = this.#options
    if (connection.underWay >= limits.pipelinedMax) return refuse(tooManyPipelined)
    const admission = admit(headOf(req), limits, this.#options.isTarget)
    if (admission.kind === 'refusal') return refuse(admission)
    if (admission.kind === 'page') {
      req.resume()
      connection.beginRequest()
      void this.#answer(connection, res, 0, this.#options.newRequestId(), () =>
        this.#options.onGet(admission.path),
      )
      return
    }
    const verdict = this.#verdict(connection, admission.headers)
    if (verdict.refused !== undefined) return refuse(unsigned(verdict.refused))
    const { signed } = verdict
    if (awaitsContinue) res.writeContinue()
    this.#receive(connection, req, admission.bodyBytes, (body) => {
      const request = this.#requestOf(req, connection, admission.headers, signed, body)
      void this.#answer(connection, res, request.body.length, request.requestId, () =>
        this.#options.onRequest(request),
      )
    })
  }

  #verdict(connection: Connection, headers: Headers): HeadVerdict {
    try {
      return this.#options.mayRead?.(headers, connection.remoteAddress) ?? unasked
    } catch (error) {
      return { refused: errorAnswer(internalFailure(error)) }
    }
  }

  #receive(
    connection: Connection,
    req: IncomingMessage,
    bodyBytes: number,
    whole: (body: Uint8Array) => void,
  ): void {
    const body = new Body(bodyBytes, connection)
    connection.beginRequest(req)
    req.on('data', (chunk: Uint8Array) => {
      if (!connection.isReceiving(req)) return
      if (!body.add(chunk)) connection.refuse(tooMuchHeld, req)
    })
    req.on('end', () => {
      // The parser may have found the next request malformed by now: this one is answered first.
      if (connection.endReceiving(req)) whole(body.whole())
    })
  }

  #requestOf(
    req: IncomingMessage,
    connection: Connection,
    headers: Headers,
    signed: SignedHead | undefined,
    body: Uint8Array,
  ): AdmittedRequest {
    return {
      method: req.method ?? '',
      target: req.url ?? '',
      body,
      remoteAddress: connection.remoteAddress,
      tls: connection.tls,
      requestId: this.#options.newRequestId(),
      headers,
      signed,
    }
  }

  /** Ends a request that has begun. Never rejects: whatever `work` does, the client gets an answer. */
  async #answer(
    connection: Connection,
    res: ServerResponse,
    bodyBytes: number,
    requestId: string,
    work: () => Promise<RawResponse> | RawResponse | undefined,
  ): Promise<void> {
    let ended = false
    const end = (): void => {
      if (ended) return
      ended = true
      connection.endRequest(bodyBytes)
    }
    res.once('finish', end)
    res.once('close', end)
    let answer: RawResponse
    try {
      answer = (await work()) ?? notFound
    } catch (error) {
      answer = this.#failed(error)
    }
    try {
      this.#send(connection, res, requestId, answer)
    } catch (error) {
      // Only headers that cannot be sent get here, before anything of them has left.
      this.#send(connection, res, requestId, this.#failed(error))
    }
  }

  #failed(error: unknown): RawResponse {
    if (error instanceof KmsError) return errorAnswer(error)
    this.#options.onRefused('failed')
    return errorAnswer(internalFailure(error))
  }

  #send(connection: Connection, res: ServerResponse, requestId: string, answer: RawResponse): void {
    if (res.destroyed || connection.socket.destroyed) return
    const list = headerList(answer, { nowMs: this.#options.clock.nowMs(), requestId })
    // While draining, the last answer that is due on a connection announces its end.
    if (this.#isDraining && connection.underWay === 1 && !connection.isClosing) {
      list.push('Connection', 'close')
    }
    res.sendDate = false
    res.writeHead(answer.status, list)
    // As bytes, for with text the head would be sent as UTF-8 too.
    res.end(Buffer.from(answer.body))
  }
}

const createServer = ({ tls, limits }: ListenerOptions): Server => {
  if (tls === undefined) return createPlainServer(serverOptions(limits))
  return createTlsServer({
    ...serverOptions(limits),
    ...tlsServerOptions(tls, limits),
    // As without TLS: who ends his side first still gets his answers.
    allowHalfOpen: true,
  })
}

const unasked: HeadVerdict = { signed: undefined }

const headOf = (req: IncomingMessage): RequestHead => ({
  line: { method: req.method ?? '', target: req.url ?? '', httpVersion: req.httpVersion },
  headers: { rawHeaders: req.rawHeaders },
})
