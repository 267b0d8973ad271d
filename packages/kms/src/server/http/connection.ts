import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Refusal } from './answers.ts'
import type { BodyBudget } from './body-budget.ts'
import { HeldBytes } from './held-bytes.ts'
import { tlsOf } from './peer.ts'

export type ConnectionWorld = {
  readonly budget: BodyBudget
  readonly lingerMs: number
  readonly onRefused: (refused: Refusal) => void
  /** The whole answer as bytes, stamped now. */
  readonly closingBytes: (refused: Refusal) => Uint8Array
}

/**
 * One client connection: what it waits for, what it holds, and how it ends. A refusal is the last
 * answer of a connection, comes after the answers to the requests before it, and is written past
 * `node:http`, which may be in the midst of a request then.
 */
export class Connection {
  readonly socket: Socket
  readonly remoteAddress: string
  readonly tls: { readonly version: string; readonly cipher: string } | undefined
  readonly #world: ConnectionWorld
  #underWay = 0
  /** Requests of which the end has not been read yet, though the parser may have seen it. */
  readonly #receiving = new Set<IncomingMessage>()
  readonly #held: HeldBytes
  #refused: Refusal | undefined
  #hasWrittenRefusal = false

  constructor(socket: Socket, world: ConnectionWorld) {
    this.socket = socket
    this.#world = world
    this.remoteAddress = socket.remoteAddress ?? ''
    this.tls = tlsOf(socket)
    this.#held = new HeldBytes(world.budget, this.remoteAddress)
    socket.once('close', () => this.#held.release())
  }

  /** Requests admitted and not yet answered. */
  get underWay(): number {
    return this.#underWay
  }

  /** A refusal is written or waits for its turn: no further request counts. */
  get isClosing(): boolean {
    return this.#refused !== undefined
  }

  /** Memory for a body of `bodyBytes` in all; `false` when the listener holds too much already. */
  hold(bytes: number, bodyBytes: number): boolean {
    return this.#held.hold(bytes, bodyBytes)
  }

  /** `receiving`: its body is still to come; `endReceiving` follows. */
  beginRequest(receiving?: IncomingMessage): void {
    this.#underWay += 1
    if (receiving !== undefined) this.#receiving.add(receiving)
  }

  /** `false`: the request was given up meanwhile, and will never be answered. */
  isReceiving(req: IncomingMessage): boolean {
    return this.#receiving.has(req)
  }

  /** `false` as above; otherwise the request is here, and has to be answered. */
  endReceiving(req: IncomingMessage): boolean {
    return this.#receiving.delete(req)
  }

  /** The answer has left; `bodyBytes` are held no longer. */
  endRequest(bodyBytes: number): void {
    this.#underWay -= 1
    this.#held.giveBack(bodyBytes)
    if (this.#refused !== undefined) this.#writeRefusal(this.#refused)
  }

  /**
   * Answers once more, after what is under way, and closes. A request that is only half here is
   * what the refusal answers; `abandoned` says so of one that the parser may have read whole.
   */
  refuse(refused: Refusal, abandoned?: IncomingMessage): void {
    if (this.#refused !== undefined) return
    this.#refused = refused
    this.#world.onRefused(refused)
    for (const req of this.#receiving) {
      if (req.complete && req !== abandoned) continue
      this.#receiving.delete(req)
      this.#underWay -= 1
    }
    this.#writeRefusal(refused)
  }

  #writeRefusal(refused: Refusal): void {
    if (this.#underWay > 0 || this.#hasWrittenRefusal) return
    this.#hasWrittenRefusal = true
    const { socket } = this
    if (!socket.writable) {
      socket.destroy()
      return
    }
    // Whatever the client still sends is read and dropped for a moment: a socket that is closed
    // with unread bytes resets the connection, and the client may lose the answer (RFC 9112 §9.6).
    socket.end(this.#world.closingBytes(refused))
    const timer = setTimeout(() => socket.destroy(), this.#world.lingerMs)
    socket.once('close', () => clearTimeout(timer))
    socket.on('error', () => socket.destroy())
  }
}
