import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { wholeAnswer, type WholeAnswer } from './answer.ts'

/** Where connections go. */
export type Place = {
  readonly url: URL
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca: string | undefined
  readonly verifyTls: boolean
}

/** What became of a request: its answer, or why there is none, in a word. */
export type Outcome = WholeAnswer | { readonly lost: string }

/** Sends a request and tells once what became of it. One request at a time. */
export type Channel = {
  send(request: Uint8Array, done: (outcome: Outcome) => void): void
  /** Gives up what is under way: it is lost, for this reason. */
  abandon(why: string): void
  close(): void
}

/**
 * A keep-alive connection that is opened with its first request, and anew after it was lost. What
 * opening takes counts as part of the request that needs it, as it does for any client.
 */
export class Connection implements Channel {
  readonly #place: Place
  #socket: Socket | undefined
  #received: Buffer | undefined
  #done: ((outcome: Outcome) => void) | undefined

  constructor(place: Place) {
    this.#place = place
  }

  send(request: Uint8Array, done: (outcome: Outcome) => void): void {
    this.#done = done
    this.#received = undefined
    this.#socket ??= this.#open()
    this.#socket.write(request)
  }

  abandon(why: string): void {
    this.#lose(why)
  }

  close(): void {
    this.#done = undefined
    this.#drop()
  }

  #open(): Socket {
    const socket = openSocket(this.#place)
    socket.setNoDelay(true)
    const ofThis =
      <T>(hear: (value: T) => void) =>
      (value: T): void => {
        if (socket === this.#socket) hear(value)
      }
    socket.on(
      'data',
      ofThis((chunk: Buffer) => this.#take(chunk)),
    )
    socket.on(
      'error',
      ofThis((error: NodeJS.ErrnoException) => this.#lose(error.code ?? error.message)),
    )
    socket.on(
      'close',
      ofThis(() => this.#ended()),
    )
    return socket
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received === undefined ? chunk : Buffer.concat([this.#received, chunk])
    this.#look(false)
  }

  #ended(): void {
    if (this.#received !== undefined) this.#look(true)
    this.#lose('closed')
  }

  #look(isClosed: boolean): void {
    let answer: WholeAnswer | undefined
    try {
      answer = wholeAnswer(this.#received!, isClosed)
      if (this.#done === undefined) throw new Error('the server sent what it was not asked for')
    } catch {
      this.#lose('not HTTP')
      return
    }
    if (answer === undefined) return
    if (answer.isLast || isClosed) this.#drop()
    this.#tell(answer)
  }

  #lose(why: string): void {
    this.#drop()
    this.#tell({ lost: why })
  }

  #tell(outcome: Outcome): void {
    const done = this.#done
    this.#done = undefined
    this.#received = undefined
    done?.(outcome)
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    socket?.destroy()
  }
}

const openSocket = ({ url, ca, verifyTls }: Place): Socket => {
  const isTls = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port)
  if (!isTls) return connectTcp({ host, port })
  const options: ConnectionOptions = { host, port, rejectUnauthorized: verifyTls }
  // RFC 6066, section 3: no name is indicated for an address.
  if (!/^[0-9.]+$|:/.test(host)) options.servername = host
  if (ca !== undefined) options.ca = ca
  return connectTls(options)
}
