import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Refusal } from './answers.ts'
import type { BodyBudget } from './body-budget.ts'

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
  /** Of small bodies, and of large ones. */
  #smallBytes = 0
  #largeBytes = 0
  #isOver = false
  #refused: Refusal | undefined
  #hasWrittenRefusal = false

  constructor(socket: Socket, world: ConnectionWorld) {
    this.socket = socket
    this.#world = world
    this.remoteAddress = socket.remoteAddress ?? ''
    this.tls = tlsOf(socket)
    socket.once('close', () => {
      this.#isOver = true
      world.budget.giveBack(this.#smallBytes, false, this.remoteAddress)
      world.budget.giveBack(this.#largeBytes, true, this.remoteAddress)
    })
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
    const { budget } = this.#world
    const isLarge = budget.isLarge(bodyBytes)
    if (this.#isOver || !budget.take(bytes, isLarge, this.remoteAddress)) return false
    if (isLarge) this.#largeBytes += bytes
    else this.#smallBytes += bytes
    return true
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
    if (!this.#isOver) {
      const { budget } = this.#world
      const isLarge = budget.isLarge(bodyBytes)
      budget.giveBack(bodyBytes, isLarge, this.remoteAddress)
      if (isLarge) this.#largeBytes -= bodyBytes
      else this.#smallBytes -= bodyBytes
    }
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

const tlsOf = (socket: Socket): { version: string; cipher: string } | undefined => {
  if (!('getCipher' in socket)) return undefined
  const secure = socket as TLSSocket
  const cipher = secure.getCipher()
  return { version: secure.getProtocol() ?? '', cipher: cipher.standardName }
}
