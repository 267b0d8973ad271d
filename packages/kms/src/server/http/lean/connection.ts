import type { Socket } from 'node:net'
import { admit } from '../admission.ts'
import type { RawResponse, Refusal } from '../answers.ts'
import { Body } from '../body.ts'
import type { BodyBudget } from '../body-budget.ts'
import { HeldBytes } from '../held-bytes.ts'
import { headerTooLarge, malformed, tooSlow } from '../client-error.ts'
import type { AdmittedRequest, HeadVerdict, ListenerOptions } from '../listener.ts'
import { tlsOf } from '../peer.ts'
import { notFound, tooManyPipelined, tooMuchHeld, unsigned } from '../refusals.ts'
import type { SignedHead } from '../../sigv4/verify.ts'
import type { Headers } from '../../sigv4/request.ts'
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

type Head = Extract<ReturnType<typeof admit>, { kind: 'operation' }>

/** A request whose body is still to come. */
type Incoming = {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly head: Head
  readonly signed: SignedHead | undefined
  readonly body: Body
  missingBytes: number
}

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
    reading.onBytes = (bytes) => this.#onData(bytes)
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

  #onData(chunk: Buffer): void {
    this.#lastMs = this.#world.monotonicMs()
    if (!this.#reads) return
    if (this.#unread.isEmpty && this.#incoming === undefined)
      this.#beginRequest(this.#hasServed ? this.#lastMs : this.#requestStartMs)
    this.#unread.add(chunk)
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
      if (!hasMoved) return
    }
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
    const parsed = parseHead(text)
    if (parsed === undefined) return this.refuse(malformed)
    if (this.#turns.count >= options.limits.pipelinedMax) return this.refuse(tooManyPipelined)
    const head = admit(parsed, options.limits, options.isTarget)
    if (head.kind === 'refusal') return this.refuse(head)
    if (head.kind === 'page') return this.#answerPage(head.path, parsed)
    const verdict = this.#world.verdict(head.headers, this.#remoteAddress)
    if (verdict.refused !== undefined) return this.refuse(unsigned(verdict.refused))
    if (head.headers.has('expect')) this.socket.write(asksToContinue)
    const { signed } = verdict
    const body = new Body(head.bodyBytes)
    this.#incoming = { ...parsed, head, signed, body, missingBytes: head.bodyBytes }
    this.#deadlineMs = this.#requestStartMs + options.limits.requestTimeoutMs
  }

  #readBody(): boolean {
    const incoming = this.#incoming
    if (incoming === undefined) return false
    const { head, body } = incoming
    const piece = this.#unread.take(incoming.missingBytes)
    if (!body.add(piece, (bytes) => this.#held.hold(bytes, head.bodyBytes))) {
      this.refuse(tooMuchHeld)
      return false
    }
    incoming.missingBytes -= piece.length
    if (incoming.missingBytes > 0) return false
    this.#incoming = undefined
    // What came together with the end of this one begins the next.
    if (!this.#unread.isEmpty) this.#beginRequest(this.#lastMs)
    this.#serve(incoming)
    return true
  }

  #serve({ method, target, rawHeaders, head, signed, body }: Incoming): void {
    const { options } = this.#world
    const request: AdmittedRequest = {
      method,
      target,
      rawHeaders,
      body: body.whole(),
      remoteAddress: this.#remoteAddress,
      tls: this.#tls,
      requestId: options.newRequestId(),
      headers: head.headers,
      signed,
    }
    const isLast = wantsClose(head.headers.get('connection'))
    const turn = this.#newTurn(head.bodyBytes, isLast)
    this.#answer(turn, request.requestId, false, () => options.onRequest(request))
  }

  #answerPage(path: string, parsed: { method: string; rawHeaders: readonly string[] }): void {
    const { options } = this.#world
    const turn = this.#newTurn(0, wantsClose(headerOf(parsed.rawHeaders, 'connection')))
    const isHead = parsed.method === 'HEAD'
    this.#answer(turn, options.newRequestId(), isHead, () => options.onGet(path))
  }

  #newTurn(bodyBytes: number, isLast: boolean): Turn {
    this.#closesAfterAnswer = isLast
    return this.#turns.begin(bodyBytes, isLast)
  }

  /** Never rejects: whatever `work` does, the client gets an answer. */
  #answer(
    turn: Turn,
    requestId: string,
    isHead: boolean,
    work: () => Promise<RawResponse> | RawResponse | undefined,
  ): void {
    const finish = (answer: RawResponse): void => this.#finish(turn, answer, requestId, isHead)
    const fail = (error: unknown): void => finish(this.#world.failed(error))
    try {
      const answer = work() ?? notFound
      if (answer instanceof Promise) answer.then(finish, fail)
      else finish(answer)
    } catch (error) {
      fail(error)
    }
  }

  #finish(turn: Turn, answer: RawResponse, requestId: string, isHead: boolean): void {
    const { heads, options, isDraining } = this.#world
    const stamp = { nowMs: options.clock.nowMs(), requestId }
    // While draining, the last answer that is due on a connection announces its end.
    const isLastDue = isDraining() && this.#turns.isNewest(turn) && this.#refused === undefined
    turn.isLast ||= isLastDue
    try {
      turn.bytes = heads.bytes(answer, stamp, turn.isLast, isHead)
    } catch (error) {
      turn.bytes = heads.bytes(this.#world.failed(error), stamp, turn.isLast, isHead)
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
    const stamp = { nowMs: options.clock.nowMs(), requestId: options.newRequestId() }
    this.#endWith(heads.bytes(answer, stamp, true, false))
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

const headerOf = (rawHeaders: readonly string[], name: string): string | undefined => {
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() === name) return rawHeaders[at + 1]
  return undefined
}
