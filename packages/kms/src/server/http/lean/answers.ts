import { STATUS_CODES } from 'node:http'
import type { RawResponse } from '../answers.ts'
import type { Turn } from './turns.ts'

const statusLines = new Map<number, string>()

const statusLine = (status: number): string => {
  let line = statusLines.get(status)
  if (line === undefined) {
    line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`
    statusLines.set(status, line)
  }
  return line
}

/** The part of a head that is the same for a second, or for good. */
export class AnswerHeads {
  readonly #keepAlive: string
  #second = -1
  #date = ''

  constructor(keepAliveTimeoutMs: number) {
    const seconds = Math.floor(keepAliveTimeoutMs / 1000)
    this.#keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n`
  }

  /** A whole answer as one piece of memory. */
  bytes(
    answer: RawResponse,
    nowMs: number,
    { requestId, isLast, isHead }: Pick<Turn, 'requestId' | 'isLast' | 'isHead'>,
  ): Buffer {
    const { body } = answer
    let head = statusLine(answer.status)
    for (const [name, value] of answer.headers) head += headerText(name, value)
    head +=
      // Exactly this spelling: a client in the field compares it letter by letter.
      `Content-Length: ${body.length}\r\nDate: ${this.#dateOf(nowMs)}\r\n` +
      `x-amzn-RequestId: ${requestId}\r\n` +
      'Cache-Control: no-cache, no-store, must-revalidate, private\r\n' +
      (isLast ? 'Connection: close\r\n\r\n' : `${this.#keepAlive}\r\n`)
    const bytes = Buffer.allocUnsafe(head.length + (isHead ? 0 : body.length))
    bytes.write(head, 0, 'latin1')
    if (!isHead) bytes.set(body, head.length)
    return bytes
  }

  #dateOf(nowMs: number): string {
    const second = Math.floor(nowMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#date = new Date(nowMs).toUTCString()
    }
    return this.#date
  }
}

/** Throws for what would end the header, or could not be sent as it is. */
const headerText = (name: string, value: string): string => {
  if (/[^!#$%&'*+.^_`|~0-9A-Za-z-]/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw new TypeError('an answer has a header that cannot be sent')
  return `${name}: ${value}\r\n`
}
