import { createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { internalFailure, KmsError } from '../../../api/errors.ts'
import { errorAnswer, type RawResponse } from '../answers.ts'
import { BodyBudget } from '../body-budget.ts'
import type { ListenerOptions } from '../listener.ts'
import { hasAdmittedName } from '../peer.ts'
import { tooManyConnections } from '../refusals.ts'
import { tlsServerOptions } from '../server-options.ts'
import { AnswerHeads } from './answers.ts'
import { LeanConnection, type LeanWorld } from './connection.ts'
import { readAsStream, readDirectly, type Reading } from './reading.ts'

const unasked = { signed: undefined } as const

/** The connections of one listener, over sockets alone. */
export class LeanServer {
  readonly server: Server
  readonly #options: ListenerOptions
  readonly #world: LeanWorld
  readonly #connections = new Map<Socket, LeanConnection>()
  /** With TLS: what has connected, the handshakes under way included. */
  readonly #rawSockets = new Set<Socket>()
  readonly #timer: NodeJS.Timeout
  #isDraining = false

  constructor(options: ListenerOptions) {
    const { limits, tls } = options
    this.#options = options
    this.#world = {
      options,
      budget: new BodyBudget(limits),
      heads: new AnswerHeads(limits.keepAliveTimeoutMs),
      isDraining: () => this.#isDraining,
      monotonicMs: () => performance.now(),
      verdict: (headers, address) => {
        try {
          return options.mayRead?.(headers, address) ?? unasked
        } catch (error) {
          return { refused: errorAnswer(internalFailure(error)) }
        }
      },
      failed: (error) => this.#failed(error),
    }
    // A client may end its side once it has sent its requests, and still gets their answers.
    const sockets = { allowHalfOpen: true, noDelay: true }
    this.server =
      tls === undefined
        ? createPlainServer({ ...sockets, pauseOnConnect: true })
        : createTlsServer({ ...sockets, ...tlsServerOptions(tls, limits) })
    // Past the polite refusals, sockets are dropped unanswered.
    this.server.maxConnections = limits.connectionsMax + 64
    // A worker process would otherwise hand them back to be given to it again, for ever.
    Object.assign(this.server, { dropMaxConnection: true })
    this.server.on('connection', (accepted: Socket) => {
      if (tls === undefined) this.#openPlain(accepted)
      else this.#trackRaw(accepted)
    })
    this.server.on('secureConnection', (socket: Socket) => this.#openSecure(socket))
    this.server.on('drop', () => options.onRefused('connections'))
    this.server.on('tlsClientError', (_error: Error, socket: Socket) => {
      options.onRefused('tls')
      socket.destroy()
    })
    this.#timer = setInterval(() => this.#checkTimes(), limits.checkIntervalMs)
    this.#timer.unref()
  }

  connections(): number {
    return this.#connections.size
  }

  async close(graceMs: number): Promise<void> {
    this.#isDraining = true
    const sockets = new Set([...this.#rawSockets, ...this.#connections.keys()])
    // Not `once` of `node:events`, which rejects where a client resets his connection.
    const gone = [...sockets].map(
      (socket) => new Promise((resolve) => void socket.once('close', resolve)),
    )
    const closed = new Promise((resolve) => this.server.close(resolve))
    const hangUp = setTimeout(() => {
      for (const socket of this.#rawSockets) socket.destroy()
    }, graceMs)
    for (const socket of this.#rawSockets) if (socket.bytesRead === 0) socket.destroy()
    for (const [socket, connection] of this.#connections) if (connection.isIdle) socket.destroy()
    await Promise.all([closed, ...gone])
    clearTimeout(hangUp)
    clearInterval(this.#timer)
  }

  #checkTimes(): void {
    const nowMs = this.#world.monotonicMs()
    for (const connection of this.#connections.values()) connection.checkTime(nowMs)
  }

  #trackRaw(socket: Socket): void {
    this.#rawSockets.add(socket)
    socket.once('close', () => this.#rawSockets.delete(socket))
  }

  #openPlain(accepted: Socket): void {
    const reading = readDirectly(accepted)
    this.#trackRaw(reading.socket)
    this.#open(reading)
  }

  #openSecure(socket: Socket): void {
    const { tls, onRefused } = this.#options
    // Whoever has left again right after the handshake.
    if (socket.readableEnded) return void socket.destroy()
    if (hasAdmittedName(socket, tls?.clients?.names)) return this.#open(readAsStream(socket))
    onRefused('tls')
    socket.destroy()
  }

  #open(reading: Reading): void {
    const { socket } = reading
    const connection = new LeanConnection(reading, this.#world)
    this.#connections.set(socket, connection)
    socket.once('close', () => this.#connections.delete(socket))
    if (this.#connections.size > this.#options.limits.connectionsMax)
      connection.refuse(tooManyConnections)
  }

  #failed(error: unknown): RawResponse {
    if (error instanceof KmsError) return errorAnswer(error)
    this.#options.onRefused('failed')
    return errorAnswer(internalFailure(error))
  }
}
