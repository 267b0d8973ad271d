import type { Socket } from 'node:net'
import { admit, type RequestLine } from '../admission.ts'
import type { RawResponse, Refusal } from '../answers.ts'
import { Body } from '../body.ts'
import type { BodyBudget } from '../body-budget.ts'
import { HeldBytes } from '../held-bytes.ts'
import { headerTooLarge, malformed, tooSlow } from '../client-error.ts'
import type { AdmittedRequest, HeadVerdict, ListenerOptions } from '../listener.ts'
import { tlsOf } from '../peer.ts'
import { notFound, tooManyPipelined, tooMuchHeld, unsigned } from '../refusals.ts'
import type { SignedHead } from '../../sigv4/verify.ts'
import type { HeaderNames, Headers } from '../../sigv4/request.ts'
import type { AnswerHeads } from './answers.ts'
import { parseHead } from './head.ts'
import type { Reading } from './reading.ts'
import { type Turn, Turns } from './turns.ts'
import { Unread } from './unread.ts'

/** What all connections of a listener share. */
export type LeanWorld = {
  readonly options: ListenerOptions
  readonly budget: BodyBudget
  readonly heads: AnswerHeads
  readonly isDraining: () => boolean
  /** Monotonic, in milliseconds. */
  readonly monotonicMs: () => number
  readonly verdict: (headers: Headers, remoteAddress: string) => HeadVerdict
  /** The answer to whatever a handler throws. */
  readonly failed: (error: unknown) => RawResponse
}

/** A request whose body is still to come. */
type Incoming = {
  readonly line: RequestLine
  readonly headers: Headers
  readonly signed: SignedHead | undefined
  readonly body: Body
  /** The client wants to be asked for the body. */
  awaitsContinue: boolean
}

/** More than any client sends, and few enough to be kept for every connection. */
const namesKeptMax = 64

const asksToContinue = 'HTTP/1.1 100 Continue\r\n\r\n'

/**
 * One client connection, read without `node:http`: bytes to heads and bodies, answers to bytes. A
 * refusal is its last answer and comes after those that are due; nothing is read after it.
 */
export class LeanConnection {
  readonly socket: Socket
  readonly #world: LeanWorld
  readonly #remoteAddress: string
  readonly #tls: AdmittedRequest['tls']
  readonly #turns = new Turns()
  readonly #held: HeldBytes
  readonly #unread: Unread
  #incoming: Incoming | undefined
  /** Of the last request, and most probably of the next; absent where they are many. */
  #lastNames: HeaderNames | undefined
  #hasServed = false
  #isEnded = false
  #isBlocked = false
  #isOver = false
  #refused: Refusal | undefined
  #closesAfterAnswer = false
  #requestStartMs: number
  /** When it is too late for what is awaited, and when something last came or went. */
  #deadlineMs: number
  #lastMs: number

  constructor(reading: Reading, world: LeanWorld) {
    const { socket } = reading
    this.socket = socket
    this.#world = world
    this.#unread = new Unread(world.options.limits.headerBytesMax)
    this.#remoteAddress = socket.remoteAddress ?? ''
    this.#tls = tlsOf(socket)
    this.#held = new HeldBytes(world.budget, this.#remoteAddress)
    const nowMs = world.monotonicMs()
    this.#lastMs = nowMs
    this.#requestStartMs = nowMs
    this.#deadlineMs = nowMs + world.options.limits.headersTimeoutMs
    reading.onBytes = (lent) => this.#onData(lent)
    socket.on('end', () => this.#onEnd())
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      this.#isOver = true
      this.#held.release()
    })
  }

  /** Nothing is under way, and nothing of a request has come. */
  get isIdle(): boolean {
    return this.#turns.count === 0 && this.#incoming === undefined && this.#unread.isEmpty
  }

  /** To be called now and then. */
  checkTime(nowMs: number): void {
    const { limits } = this.#world.options
    if (nowMs - this.#lastMs > limits.inactivityTimeoutMs) this.socket.destroy()
    else if (this.#refused !== undefined || nowMs < this.#deadlineMs) return
    // Between an answer and the next request, of which nothing has come.
    else if (this.isIdle && this.#hasServed) this.socket.destroy()
    else if (this.#incoming !== undefined || this.#turns.count === 0) this.refuse(tooSlow)
  }

  #onData(lent: Buffer): void {
    this.#lastMs = this.#world.monotonicMs()
    if (!this.#reads) return
    if (this.#unread.isEmpty && this.#incoming === undefined)
      this.#beginRequest(this.#hasServed ? this.#lastMs : this.#requestStartMs)
    this.#unread.add(lent)
    this.#read()
  }

  #beginRequest(startMs: number): void {
    this.#requestStartMs = startMs
    this.#deadlineMs = startMs + this.#world.options.limits.headersTimeoutMs
  }

  /** After a refusal, or the last answer, whatever comes is dropped. */
  get #reads(): boolean {
    return this.#refused === undefined && !this.#closesAfterAnswer
  }

  #read(): void {
    while (!this.#unread.isEmpty && this.#reads && !this.#isBlocked) {
      const hasMoved = this.#incoming === undefined ? this.#readHead() : this.#readBody()
      if (!hasMoved) break
    }
    this.#unread.keep()
  }

  /** `false`: more has to come. */
  #readHead(): boolean {
    const found = this.#unread.nextHead()
    if (found.kind === 'more') return false
    if (found.kind === 'head') this.#admit(found.text)
    else this.refuse(found.kind === 'too-large' ? headerTooLarge : malformed)
    return true
  }

  #admit(text: string): void {
    const { options } = this.#world
    const head = parseHead(text, this.#lastNames)
    if (head === undefined) return this.refuse(malformed)
    if (this.#turns.count >= options.limits.pipelinedMax) return this.refuse(tooManyPipelined)
    const admission = admit(head, options.limits, options.isTarget)
    if (admission.kind === 'refusal') return this.refuse(admission)
    const { line } = head
    const { headers } = admission
    if (admission.kind === 'page') return this.#servePage(line, headers, admission.path)
    const verdict = this.#world.verdict(headers, this.#remoteAddress)
    if (verdict.refused !== undefined) return this.refuse(unsigned(verdict.refused))
    this.#lastNames = headers.names.raw.length > namesKeptMax ? undefined : headers.names
    const body = new Body(admission.bodyBytes, this.#held)
    const awaitsContinue = headers.has('expect')
    this.#incoming = { line, headers, signed: verdict.signed, body, awaitsContinue }
    this.#askToContinue()
    this.#deadlineMs = this.#requestStartMs + options.limits.requestTimeoutMs
  }

  /** In its turn: before an answer that is due, it would be taken for a part of that. */
  #askToContinue(): void {
    if (this.#incoming?.awaitsContinue !== true || this.#turns.count > 0) return
    this.#incoming.awaitsContinue = false
    this.socket.write(asksToContinue)
  }

  #readBody(): boolean {
    const incoming = this.#incoming
    if (incoming === undefined) return false
    const { body } = incoming
    if (!body.add(this.#unread.take(body.missingBytes))) {
      this.refuse(tooMuchHeld)
      return false
    }
    if (body.missingBytes > 0) return false
    this.#incoming = undefined
    // What came together with the end of this one begins the next.
    if (!this.#unread.isEmpty) this.#beginRequest(this.#lastMs)
    this.#serve(incoming)
    return true
  }

  #serve({ line, headers, signed, body }: Incoming): void {
    const requestId = this.#world.options.newRequestId()
    const request: AdmittedRequest = {
      method: line.method,
      target: line.target,
      body: body.whole(),
      remoteAddress: this.#remoteAddress,
      tls: this.#tls,
      requestId,
      headers,
      signed,
    }
    const turn = this.#beginTurn(requestId, body.bodyBytes, headers, false)
    void this.#answer(turn, request)
  }

  #servePage({ method }: RequestLine, headers: Headers, path: string): void {
    const requestId = this.#world.options.newRequestId()
    const turn = this.#beginTurn(requestId, 0, headers, method === 'HEAD')
    void this.#answer(turn, path)
  }

  #beginTurn(requestId: string, bodyBytes: number, headers: Headers, isHead: boolean): Turn {
    const isLast = wantsClose(headers.get('connection'))
    this.#closesAfterAnswer = isLast
    const turn: Turn = { requestId, bodyBytes, isHead, isLast, bytes: undefined }
    this.#turns.begin(turn)
    return turn
  }

  /** Never rejects: whatever becomes of a request or of the path of a page, the client gets an answer. */
  async #answer(turn: Turn, asked: AdmittedRequest | string): Promise<void> {
    const { options, failed } = this.#world
    let answer: RawResponse | undefined
    try {
      answer = await (typeof asked === 'string' ? options.onGet(asked) : options.onRequest(asked))
    } catch (error) {
      answer = failed(error)
    }
    this.#finish(turn, answer ?? notFound)
  }

  #finish(turn: Turn, answer: RawResponse): void {
    const { heads, options, isDraining, failed } = this.#world
    const nowMs = options.clock.nowMs()
    // While draining, the last answer that is due on a connection announces its end.
    const isLastDue = isDraining() && this.#turns.isNewest(turn) && this.#refused === undefined
    turn.isLast ||= isLastDue
    try {
      turn.bytes = heads.bytes(answer, nowMs, turn)
    } catch (error) {
      turn.bytes = heads.bytes(failed(error), nowMs, turn)
    }
    this.#flush()
  }

  /** Sends what is ready, in order. */
  #flush(): void {
    for (let turn = this.#turns.next(); turn !== undefined; turn = this.#turns.next()) {
      this.#held.giveBack(turn.bodyBytes)
      if (this.#isOver) continue
      this.#lastMs = this.#world.monotonicMs()
      this.#hasServed = true
      if (turn.isLast) return this.#endWith(turn.bytes)
      if (!this.socket.write(turn.bytes)) this.#block()
    }
    if (this.#turns.count > 0 || this.#isOver) return
    this.#askToContinue()
    if (this.#refused !== undefined) this.#writeRefusal(this.#refused)
    else if (this.#isEnded && !this.#isBlocked) this.socket.end()
    else if (this.isIdle)
      this.#deadlineMs = this.#lastMs + this.#world.options.limits.keepAliveTimeoutMs
  }

  /** Who does not read his answers is not read from until he does. */
  #block(): void {
    if (this.#isBlocked) return
    this.#isBlocked = true
    this.socket.pause()
    this.socket.once('drain', () => {
      this.#isBlocked = false
      this.socket.resume()
      this.#read()
      if (this.#isEnded) this.#endRequests()
    })
  }

  /** The client will send nothing more; what it has sent is answered all the same. */
  #onEnd(): void {
    this.#isEnded = true
    this.#endRequests()
  }

  #endRequests(): void {
    // What was read with the end may wait for the client to take his answers.
    if (this.#refused !== undefined || this.#isBlocked) return
    if (this.#incoming !== undefined || !this.#unread.isEmpty) this.refuse(malformed)
    else if (this.#turns.count === 0) this.socket.end()
  }

  /** Answers once more, after what is under way, and closes. */
  refuse(refused: Refusal): void {
    if (this.#refused !== undefined) return
    this.#refused = refused
    this.#incoming = undefined
    this.#unread.clear()
    this.#world.options.onRefused(refused.reason)
    if (this.#turns.count === 0) this.#writeRefusal(refused)
  }

  #writeRefusal({ answer }: Refusal): void {
    const { heads, options } = this.#world
    const turn = { requestId: options.newRequestId(), isLast: true, isHead: false }
    this.#endWith(heads.bytes(answer, options.clock.nowMs(), turn))
  }

  /**
   * Whatever the client still sends is read and dropped for a moment: a socket that is closed with
   * unread bytes resets the connection, and the client may lose the answer (RFC 9112 §9.6).
   */
  #endWith(bytes: Buffer): void {
    this.#closesAfterAnswer = true
    const { socket } = this
    if (!socket.writable) {
      socket.destroy()
      return
    }
    socket.end(bytes)
    const timer = setTimeout(() => socket.destroy(), this.#world.options.limits.lingerMs)
    socket.once('close', () => clearTimeout(timer))
  }
}

/** RFC 9112 §9.6: `close` may be one of several options. */
const wantsClose = (connection: string | undefined): boolean =>
  connection !== undefined && /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(connection)
