import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

const headEnd = Buffer.from('\r\n\r\n')
const lengthForm = /\r\ncontent-length: *([0-9]+)\r\n/i

/**
 * The answer's bytes in all, or `undefined` while its head is incomplete. Throws for any status but
 * 200, with the answer in the message: a benchmark that counts refusals measures nothing.
 */
export const answerLength = (received: Buffer): number | undefined => {
  const end = received.indexOf(headEnd)
  if (end < 0) return undefined
  const head = received.toString('latin1', 0, end + 2)
  const length = lengthForm.exec(head)?.[1]
  if (!head.startsWith('HTTP/1.1 200 ') || length === undefined)
    throw new Error(`not the answer that was expected: ${received.toString('utf8', 0, 600)}`)
  return end + headEnd.length + Number(length)
}

/**
 * One keep-alive connection that has at most one request under way. `onAnswer` gets each answer
 * whole; after `onFailure`, which is told once, the connection is closed.
 */
export class ClientConnection {
  onAnswer: (answer: Buffer) => void = () => undefined
  onFailure: (error: Error) => void = () => undefined
  readonly #socket: Socket
  #received: Buffer | undefined
  #isOver = false

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  static async open(port: number): Promise<ClientConnection> {
    const socket = connect({ host: '127.0.0.1', port })
    await once(socket, 'connect')
    return new ClientConnection(socket)
  }

  send(request: Uint8Array): void {
    this.#socket.write(request)
  }

  close(): void {
    this.#isOver = true
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    const received = this.#received === undefined ? chunk : Buffer.concat([this.#received, chunk])
    try {
      const length = answerLength(received)
      if (length === undefined || received.length < length) {
        this.#received = received
        return
      }
      if (received.length > length) throw new Error('the server sent more than its answer')
      this.#received = undefined
      this.onAnswer(received)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #fail(error: Error): void {
    if (this.#isOver) return
    this.close()
    this.onFailure(error)
  }
}

/** One request over a connection of its own; the body of its answer as text. */
export const exchange = async (port: number, request: Uint8Array): Promise<string> => {
  const connection = await ClientConnection.open(port)
  try {
    const answer = await new Promise<Buffer>((resolve, reject) => {
      connection.onAnswer = resolve
      connection.onFailure = reject
      connection.send(request)
    })
    return answer.toString('utf8', answer.indexOf(headEnd) + headEnd.length)
  } finally {
    connection.close()
  }
}
