import { decryptionFailed } from '../errors.ts'
import { frameOverhead } from '../format/frame.ts'
import type { Suite } from '../format/suites.ts'
import { pool, type PoolWorker } from './pool.ts'
import { framesPerSlab, type Mode, type Outcome, slabBytes } from './protocol.ts'

/** A message whose regular frames are to be worked on. */
export type LaneMessage = {
  readonly mode: Mode
  readonly suite: Suite
  readonly messageId: Uint8Array
  readonly frameLength: number
  /** The derived key; stays the caller's. */
  readonly key: Uint8Array
}

/** Slabs on their way for each worker: one that it works on and one that waits. */
const slabsPerWorker = 2

/** A slab that is not full waits no longer than this for the next chunk. */
const lingerMs = 5

type Slab = {
  readonly bytes: Uint8Array<SharedArrayBuffer>
  sequence: number
  count: number
  outcome: Outcome | undefined
}

/**
 * The regular frames of one message, worked on by several threads and handed on in order, as soon as
 * they and all before them are done. Memory is bounded: whoever adds frames awaits `room` first.
 * After a failure nothing more is handed on, and all slabs are zeroed.
 */
export class Lanes {
  readonly #workers: readonly PoolWorker[]
  readonly #session: number
  readonly #mode: Mode
  readonly #stride: number
  readonly #perSlab: number
  readonly #onSlab: (frames: Uint8Array) => void
  readonly #onFailure: (error: unknown) => void
  readonly #free: Slab[] = []
  readonly #pending: Slab[] = []
  #filling: Slab | undefined
  #linger: NodeJS.Timeout | undefined
  #failure: { readonly error: unknown } | undefined
  #wake = Promise.withResolvers<void>()
  #isClosed = false

  /**
   * `undefined` while workers are starting, and where there are none. `onSlab` gets bytes that belong to it;
   * `onFailure` is told of the first failure, which every further call throws.
   */
  static open(
    message: LaneMessage,
    concurrency: number,
    onSlab: (frames: Uint8Array) => void,
    onFailure: (error: unknown) => void,
  ): Lanes | undefined {
    pool.start(concurrency)
    const workers = pool.ready(concurrency)
    return pool.isStarting || workers.length === 0
      ? undefined
      : new Lanes(message, workers, onSlab, onFailure)
  }

  private constructor(
    { mode, suite, messageId, frameLength, key }: LaneMessage,
    workers: readonly PoolWorker[],
    onSlab: (frames: Uint8Array) => void,
    onFailure: (error: unknown) => void,
  ) {
    this.#workers = workers
    this.#mode = mode
    this.#stride = frameLength + frameOverhead
    this.#perSlab = framesPerSlab(frameLength)
    this.#onSlab = onSlab
    this.#onFailure = onFailure
    this.#session = pool.enter()
    for (const worker of workers) {
      const shared = new SharedArrayBuffer(key.length)
      new Uint8Array(shared).set(key)
      const open = this.#session
      worker.send({ open, suiteId: suite.id, messageId, key: shared, frameLength })
    }
  }

  /** Resolves once a frame may be added; `undefined`: at once. Throws what failed before. */
  room(): Promise<void> | undefined {
    this.#check()
    return this.#hasRoom ? undefined : this.#until(() => this.#hasRoom)
  }

  /** Adds a frame: the caller fills the memory, as large as a sealed frame, during the call. */
  add(sequence: number, fill: (frame: Uint8Array) => void): void {
    this.#check()
    const slab = (this.#filling ??= this.#take(sequence))
    const at = slab.count * this.#stride
    fill(slab.bytes.subarray(at, at + this.#stride))
    slab.count += 1
    if (slab.count === this.#perSlab) this.#submit()
    else this.#linger ??= setTimeout(() => this.#submit(), lingerMs)
  }

  /** Resolves when everything that was added has been handed on. */
  async drain(): Promise<void> {
    this.#submit()
    await this.#until(() => this.#pending.length === 0)
  }

  /** Ends it, whatever is under way. More than once does no harm. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#linger)
    for (const worker of this.#workers) worker.send({ close: this.#session })
    for (const slab of [...this.#pending, ...this.#free]) slab.bytes.fill(0)
    this.#filling?.bytes.fill(0)
    this.#filling = undefined
    this.#free.length = 0
    pool.leave()
    this.#notify()
  }

  get #hasRoom(): boolean {
    return this.#pending.length < this.#workers.length * slabsPerWorker
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#isClosed) throw new Error('The message was abandoned.')
  }

  #take(sequence: number): Slab {
    const slab = this.#free.pop() ?? {
      bytes: new Uint8Array(new SharedArrayBuffer(slabBytes)),
      sequence,
      count: 0,
      outcome: undefined,
    }
    slab.sequence = sequence
    return slab
  }

  #submit(): void {
    clearTimeout(this.#linger)
    this.#linger = undefined
    const slab = this.#filling
    if (slab === undefined || this.#isClosed) return
    this.#filling = undefined
    this.#pending.push(slab)
    const worker = this.#workers.reduce((a, b) => (b.jobs < a.jobs ? b : a))
    const { sequence, count } = slab
    const request = { session: this.#session, mode: this.#mode, slab: slab.bytes.buffer }
    const outcome = worker.run((job) => ({ ...request, job, sequence, count }))
    void this.#await(slab, outcome)
  }

  async #await(slab: Slab, outcome: Promise<Outcome>): Promise<void> {
    slab.outcome = await outcome
    this.#handOn()
  }

  /** Everything that is done, up to the first slab that is not. */
  #handOn(): void {
    for (let [slab] = this.#pending; slab?.outcome !== undefined; [slab] = this.#pending) {
      this.#pending.shift()
      if (this.#failure === undefined && !this.#isClosed) this.#finish(slab.outcome)
      // A worker zeroes the plaintext that it has read, unless it ended before.
      if (slab.outcome === 'failed' || this.#isClosed) slab.bytes.fill(0)
      slab.count = 0
      slab.outcome = undefined
      if (!this.#isClosed) this.#free.push(slab)
    }
    this.#notify()
  }

  #finish(outcome: Outcome): void {
    try {
      if (outcome === 'unauthentic') throw decryptionFailed()
      if (outcome === 'failed')
        throw new Error('A worker thread ended before it had done its work.')
      this.#onSlab(outcome)
    } catch (error) {
      this.#failure = { error }
      this.#onFailure(error)
    }
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo() && this.#failure === undefined && !this.#isClosed) await this.#wake.promise
    this.#check()
  }

  #notify(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers<void>()
  }
}
