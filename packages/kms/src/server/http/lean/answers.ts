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

const noCache = 'Cache-Control: no-cache, no-store, must-revalidate, private\r\n'
const lastEnd = `\r\n${noCache}Connection: close\r\n\r\n`

/** The parts of a head that are the same for a second, or for good. */
export class AnswerHeads {
  readonly #end: string
  #second = -1
  #dateAndId = ''
  #lastHeaders: RawResponse['headers'] | undefined
  #lastHeadersText = ''

  constructor(keepAliveTimeoutMs: number) {
    const seconds = Math.floor(keepAliveTimeoutMs / 1000)
    this.#end = `\r\n${noCache}Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n\r\n`
  }

  /** A whole answer as one piece of memory. */
  bytes(
    answer: RawResponse,
    nowMs: number,
    { requestId, isLast, isHead }: Pick<Turn, 'requestId' | 'isLast' | 'isHead'>,
  ): Buffer {
    const { body } = answer
    const bodyBytes = Buffer.byteLength(body)
    let head = statusLine(answer.status) + this.#headersText(answer.headers)
    // Exactly this spelling: a client in the field compares it letter by letter.
    head += `Content-Length: ${bodyBytes}${this.#dateAndIdAt(nowMs)}${requestId}`
    head += isLast ? lastEnd : this.#end
    const bytes = Buffer.allocUnsafe(head.length + (isHead ? 0 : bodyBytes))
    bytes.write(head, 0, 'latin1')
    if (isHead) return bytes
    if (typeof body === 'string') bytes.write(body, head.length, 'utf8')
    else bytes.set(body, head.length)
    return bytes
  }

  /** Answers of one protocol share theirs. */
  #headersText(headers: RawResponse['headers']): string {
    if (headers !== this.#lastHeaders) {
      this.#lastHeadersText = headers.map(([name, value]) => headerText(name, value)).join('')
      this.#lastHeaders = headers
    }
    return this.#lastHeadersText
  }

  /** Up to the id of the request. */
  #dateAndIdAt(nowMs: number): string {
    const second = Math.floor(nowMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#dateAndId = `\r\nDate: ${new Date(nowMs).toUTCString()}\r\nx-amzn-RequestId: `
    }
    return this.#dateAndId
  }
}

/** Throws for what would end the header, or could not be sent as it is. */
const headerText = (name: string, value: string): string => {
  if (/[^!#$%&'*+.^_`|~0-9A-Za-z-]/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw new TypeError('an answer has a header that cannot be sent')
  return `${name}: ${value}\r\n`
}
