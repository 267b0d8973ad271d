import type { Channel, Outcome } from './connection.ts'
import { Histogram } from './histogram.ts'

/** How requests come: each connection's next when it has its answer, or at a rate of their own. */
export type Loop =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly perSecond: number }

export type LoadOptions = {
  readonly channels: readonly Channel[]
  readonly loop: Loop
  readonly durationMs: number
  /** Sends no more than so many. */
  readonly requestsMax: number
  /** How long an answer may take before the request counts as lost. */
  readonly timeoutMs: number
  /** The next request to send, ready as it goes over the wire. */
  readonly request: () => Uint8Array
  readonly world: LoadWorld
}

/** Time for a load: monotonic, in ms, and a way to be called again. */
export type LoadWorld = {
  nowMs(): number
  /** Calls at the next chance, if `waitMs` is below a timer's resolution, else after about so long. */
  later(waitMs: number, run: () => void): void
}

/** What was measured. Latencies are those of answers with status 200 alone. */
export type Measured = {
  readonly latencies: Histogram
  /** Answers with status 200. */
  readonly answered: number
  /** Until the last of them. */
  readonly durationMs: number
  /** Requests that were not answered with 200, by code or by why they were lost. */
  readonly failures: ReadonlyMap<string, number>
  /** Of an open loop: fell due, and never were sent, since every connection was busy. */
  readonly notSent: number
}

/** A channel, and when what is under way on it was sent. */
type Lane = { readonly channel: Channel; sentAtMs: number | undefined }

/** How often time-outs and the end are looked for. */
const lookMs = 100
/** A server that is gone is not asked again at once. */
const afterLossMs = 10

/**
 * Loads for a time and resolves when nothing is under way any more. In an open loop a latency
 * counts from when the request was due, not from when a connection was free to send it: else a
 * server that stalls would hide its stall by holding up the load (coordinated omission).
 */
export class Load {
  readonly #options: LoadOptions
  readonly #latencies = new Histogram()
  readonly #failures = new Map<string, number>()
  readonly #lanes: readonly Lane[]
  readonly #idle: Lane[]
  readonly #end = Promise.withResolvers<void>()
  readonly #startMs: number
  #lastAtMs: number
  #begun = 0
  #waitsForIdle = false

  constructor(options: LoadOptions) {
    this.#options = options
    this.#lanes = options.channels.map((channel) => ({ channel, sentAtMs: undefined }))
    this.#idle = [...this.#lanes]
    this.#startMs = options.world.nowMs()
    this.#lastAtMs = this.#startMs
  }

  /** Answered so far, well or not. */
  get count(): number {
    return this.#latencies.count + this.failed
  }

  get failed(): number {
    return this.#failures.values().reduce((sum, each) => sum + each, 0)
  }

  async run(): Promise<Measured> {
    if (this.#options.loop.kind === 'open') this.#pace()
    else for (const lane of this.#idle.splice(0)) this.#sendNext(lane)
    this.#look()
    await this.#end.promise
    const answered = this.#latencies.count
    return {
      answered,
      durationMs: this.#lastAtMs - this.#startMs,
      notSent: this.#recordUnsent(),
      latencies: this.#latencies,
      failures: this.#failures,
    }
  }

  /** Loses what takes too long, and sees when nothing is to come any more. */
  #look(): void {
    const { world, timeoutMs } = this.#options
    const nowMs = world.nowMs()
    for (const { channel, sentAtMs } of this.#lanes)
      if (sentAtMs !== undefined && nowMs - sentAtMs >= timeoutMs) channel.abandon('timed out')
    const isAtRest = this.#lanes.every(({ sentAtMs }) => sentAtMs === undefined)
    if (this.#isOver(nowMs) && isAtRest) this.#end.resolve()
    else world.later(lookMs, () => this.#look())
  }

  #isOver(nowMs: number): boolean {
    const { durationMs, requestsMax } = this.#options
    return nowMs - this.#startMs >= durationMs || this.#begun >= requestsMax
  }

  /** Of a closed loop. */
  #sendNext(lane: Lane): void {
    const nowMs = this.#options.world.nowMs()
    if (this.#isOver(nowMs)) return
    this.#begun += 1
    this.#send(lane, nowMs, nowMs, () => this.#sendNext(lane))
  }

  /** Of an open loop: sends all that is due, and comes back when something is, or can be sent. */
  #pace(): void {
    const { world } = this.#options
    for (;;) {
      const nowMs = world.nowMs()
      if (this.#isOver(nowMs)) return
      const dueAtMs = this.#dueAtMs(this.#begun)
      if (dueAtMs > nowMs) {
        world.later(dueAtMs - nowMs, () => this.#pace())
        return
      }
      const lane = this.#idle.pop()
      this.#waitsForIdle = lane === undefined
      if (lane === undefined) return
      this.#begun += 1
      this.#send(lane, nowMs, dueAtMs, () => {
        this.#idle.push(lane)
        if (this.#waitsForIdle) this.#pace()
      })
    }
  }

  #dueAtMs(index: number): number {
    const { loop } = this.#options
    if (loop.kind === 'closed') return this.#startMs
    return this.#startMs + (index * 1000) / loop.perSecond
  }

  #send(lane: Lane, sentAtMs: number, fromMs: number, next: () => void): void {
    lane.sentAtMs = sentAtMs
    lane.channel.send(this.#options.request(), (outcome) => {
      lane.sentAtMs = undefined
      const failure = failureOf(outcome)
      this.#lastAtMs = this.#options.world.nowMs()
      if (failure === undefined) this.#latencies.record(this.#lastAtMs - fromMs)
      else this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1)
      if ('lost' in outcome) this.#options.world.later(afterLossMs, next)
      else next()
    })
  }

  /** What was due and found no connection waited at least until now, and must not be left out. */
  #recordUnsent(): number {
    const { loop, durationMs, requestsMax } = this.#options
    if (loop.kind === 'closed') return 0
    const due = Math.min(requestsMax, Math.ceil((durationMs * loop.perSecond) / 1000))
    const endMs = this.#startMs + durationMs
    const unsent = Math.max(0, due - this.#begun)
    for (let index = this.#begun; index < due; index += 1)
      this.#latencies.record(endMs - this.#dueAtMs(index))
    return unsent
  }
}

/** `undefined` for an answer with status 200. */
const failureOf = (outcome: Outcome): string | undefined => {
  if ('lost' in outcome) return outcome.lost
  if (outcome.status === 200) return undefined
  const text = Buffer.from(outcome.body).toString('utf8', 0, 4096)
  return /"__type" *: *"(?:[^"#]*#)?([A-Za-z]{1,60})/.exec(text)?.[1] ?? `HTTP ${outcome.status}`
}

/** Timers hold a millisecond at best; what is due sooner is looked at in each turn of the loop. */
export const systemLoadWorld: LoadWorld = {
  nowMs: () => performance.now(),
  later: (waitMs, run) => {
    if (waitMs < timerLeastMs) setImmediate(run)
    else setTimeout(run, waitMs - 1)
  },
}
const timerLeastMs = 2
