import { copyToShared } from '../bytes.ts'
import { decryptionFailed } from '../errors.ts'
import { frameHeadBytes, frameOverhead } from '../format/frame.ts'
import { slabBytes } from '../memory.ts'
import type { LaneMessage } from './lane-message.ts'
import { OwnPiece } from './own-piece.ts'
import { pool, type PoolWorker, workerEnded } from './pool.ts'
import { framesPerSlab, type Outcome } from './protocol.ts'
import { Worth } from './worth.ts'

/** Slabs on their way for each worker: one that it works on and one that waits. */
const slabsPerWorker = 2

/** Slabs' worth of frames that may be done and wait for one before them. */
const waitingMax = 4

/** A slab or piece that is not full waits no longer than this for the next chunk. */
const lingerMs = 5

/** Frames on their way, in the order of the message. */
type Batch = { readonly bytes: number; outcome: Outcome | undefined }

type Slab = { readonly bytes: Uint8Array<SharedArrayBuffer>; sequence: number; count: number }

/**
 * The regular frames of one message, worked on by this thread and by others, and handed on in order,
 * as soon as they and all before them are done. The others have precedence: this thread works on
 * what they have no room for. Memory is bounded: whoever adds frames awaits `room` first. After a
 * failure nothing more is handed on, and all slabs are zeroed.
 */
export class Lanes {
  readonly #workers: readonly PoolWorker[]
  readonly #session: number
  readonly #message: LaneMessage
  readonly #stride: number
  readonly #perSlab: number
  readonly #onPiece: (piece: Uint8Array<ArrayBuffer>) => void
  readonly #onFailure: (error: unknown) => void
  readonly #worth = new Worth()
  readonly #free: Slab[] = []
  /** Slabs that workers have. */
  readonly #lent = new Set<Slab>()
  readonly #pending: Batch[] = []
  #pendingBytes = 0
  /** What frames are added to: a slab for a worker, or a piece of this thread's. */
  #filling: Slab | undefined
  #own: OwnPiece | undefined
  #linger: NodeJS.Timeout | undefined
  #failure: { readonly error: unknown } | undefined
  #wake = Promise.withResolvers<void>()
  #isClosed = false

  /** `onPiece` gets bytes that belong to it; `onFailure` is told of the first failure, which every further call throws. */
  constructor(
    message: LaneMessage,
    workers: readonly PoolWorker[],
    onPiece: (piece: Uint8Array<ArrayBuffer>) => void,
    onFailure: (error: unknown) => void,
  ) {
    const { suite, messageId, frameLength, key } = message
    this.#workers = workers
    this.#message = message
    this.#stride = frameLength + frameOverhead
    this.#perSlab = framesPerSlab(frameLength)
    this.#onPiece = onPiece
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
    if (this.#hasRoom) return undefined
    this.#endOwn()
    return this.#until(() => this.#hasRoom)
  }

  /**
   * Adds a frame: its plaintext, or all of a sealed one but its number. The bytes are read during the
   * call.
   */
  add(sequence: number, frame: Uint8Array): void {
    this.#check()
    const slab = (this.#filling ??= this.#lend(sequence))
    if (slab === undefined) return this.#workHere(sequence, frame)
    const isPlain = this.#message.mode === 'encrypt'
    const startMs = performance.now()
    copyToShared(frame, slab.bytes, slab.count * this.#stride + (isPlain ? frameHeadBytes : 4))
    this.#worth.copied(frame.length, performance.now() - startMs)
    slab.count += 1
    if (slab.count === this.#perSlab) this.#submit()
    else this.#lingerOn()
  }

  /** Resolves when everything that was added has been handed on. */
  async drain(): Promise<void> {
    this.#flush()
    await this.#until(() => this.#pending.length === 0)
  }

  /** Ends it, whatever is under way. More than once does no harm. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stopLingering()
    for (const worker of this.#workers) worker.send({ close: this.#session })
    for (const slab of [...this.#lent, ...this.#free]) slab.bytes.fill(0)
    for (const { outcome } of this.#pending) discard(outcome)
    this.#filling?.bytes.fill(0)
    this.#filling = undefined
    this.#own?.zero()
    this.#own = undefined
    this.#free.length = 0
    pool.leave()
    this.#notify()
  }

  get #hasRoom(): boolean {
    return this.#pendingBytes < (this.#workers.length * slabsPerWorker + waitingMax) * slabBytes
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#isClosed) throw new Error('The message was abandoned.')
  }

  /** A slab for a worker that has too little to do; not while a piece is being filled here. */
  #lend(sequence: number): Slab | undefined {
    if (this.#own !== undefined) return undefined
    for (const worker of this.#workers) worker.poll()
    // What has arrived may have ended it.
    this.#check()
    if (!this.#workers.some((worker) => loadOf(worker) < slabsPerWorker)) return undefined
    if (!this.#worth.pays()) return undefined
    const bytes = this.#free.pop()?.bytes ?? new Uint8Array(new SharedArrayBuffer(slabBytes))
    return { bytes, sequence, count: 0 }
  }

  #lingerOn(): void {
    this.#linger ??= setTimeout(() => this.#flush(), lingerMs)
  }

  #stopLingering(): void {
    clearTimeout(this.#linger)
    this.#linger = undefined
  }

  #flush(): void {
    this.#submit()
    this.#endOwn()
  }

  #submit(): void {
    const slab = this.#filling
    if (slab === undefined || this.#isClosed) return
    this.#filling = undefined
    this.#stopLingering()
    const { sequence, count } = slab
    const batch = this.#append(count * this.#stride)
    const { mode, memory, frameLength } = this.#message
    const outBytes = count * (mode === 'encrypt' ? this.#stride : frameLength)
    const spare = memory.takeForOthers(outBytes)
    const request = {
      session: this.#session,
      mode,
      slab: slab.bytes.buffer,
      sequence,
      count,
      spare,
    }
    this.#lent.add(slab)
    const worker = this.#workers.reduce((a, b) => (loadOf(b) < loadOf(a) ? b : a))
    worker.run(
      (job) => ({ ...request, job }),
      (outcome) => this.#settle(batch, slab, outcome),
      spare && [spare],
    )
  }

  #append(bytes: number): Batch {
    const batch: Batch = { bytes, outcome: undefined }
    this.#pending.push(batch)
    this.#pendingBytes += bytes
    return batch
  }

  #settle(batch: Batch, slab: Slab, outcome: Outcome): void {
    this.#lent.delete(slab)
    if (this.#isClosed) {
      slab.bytes.fill(0)
      discard(outcome)
    } else this.#free.push(slab)
    if (typeof outcome === 'object') this.#message.memory.noteWrittenByOthers(outcome)
    batch.outcome = outcome
    this.#handOn()
  }

  #workHere(sequence: number, frame: Uint8Array): void {
    const own = (this.#own ??= new OwnPiece(this.#message))
    const startMs = performance.now()
    own.add(sequence, frame)
    this.#worth.worked(frame.length, performance.now() - startMs)
    if (own.isFull) this.#endOwn()
    else this.#lingerOn()
    // What was handed on may have been wrong: then this call has not succeeded.
    this.#check()
  }

  /** Hands on what this thread has done so far. */
  #endOwn(): void {
    const own = this.#own
    if (own === undefined) return
    this.#own = undefined
    this.#stopLingering()
    const outcome = own.end()
    this.#append(typeof outcome === 'object' ? outcome.length : 0).outcome = outcome
    this.#handOn()
  }

  /** Everything that is done, up to the first batch that is not. */
  #handOn(): void {
    for (let [batch] = this.#pending; batch?.outcome !== undefined; [batch] = this.#pending) {
      this.#pending.shift()
      this.#pendingBytes -= batch.bytes
      if (this.#failure === undefined && !this.#isClosed) this.#finish(batch.outcome)
      else discard(batch.outcome)
    }
    this.#notify()
  }

  #finish(outcome: Outcome): void {
    try {
      if (outcome === 'unauthentic') throw decryptionFailed()
      if (outcome === 'failed') throw workerEnded()
      this.#onPiece(outcome)
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

/** One that has ended is never idle. */
const loadOf = ({ isUsable, jobs }: PoolWorker): number => (isUsable ? jobs : Infinity)

/** What may be plaintext and is not wanted any more. */
const discard = (outcome: Outcome | undefined): void => {
  if (typeof outcome === 'object') outcome.fill(0)
}
