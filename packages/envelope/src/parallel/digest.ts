import { copyOf, uncleared } from '../bytes.ts'
import { decryptionFailed } from '../errors.ts'
import type { FooterSigner, FooterVerifier } from '../format/footer.ts'
import { digestWorker, othersOf, type Parallel, turn } from './parallel.ts'
import { pool, type PoolWorker, workerEnded } from './pool.ts'
import type { Outcome } from './protocol.ts'

/** The first one is small: most messages are. */
const firstSlabBytes = 64 * 1024
const slabBytes = 1024 * 1024
/** Slabs that the other thread may be behind. */
const behindMax = 3

type Slab = { readonly bytes: Uint8Array<ArrayBuffer>; length: number }

/**
 * What hashes a message for its signature: a thread of its own once the message is long, for SHA-384
 * takes longer than AES. Until then what is signed is kept, since a hash cannot move between
 * threads; a message that ends before is hashed by the main thread after all.
 */
export class Digest {
  readonly #near: FooterSigner | FooterVerifier
  readonly #header: Uint8Array<ArrayBuffer>
  readonly #parallel: Parallel
  readonly #kept: Slab[] = []
  readonly #free: Slab[] = []
  #filling: Slab | undefined
  #bytes = 0
  #far: PoolWorker | undefined
  #id = 0
  #behind = 0
  #isFailed = false
  #isOver = false
  #wake = Promise.withResolvers<void>()

  /** `near` has seen the header and nothing else. */
  constructor(near: FooterSigner | FooterVerifier, header: Uint8Array, parallel: Parallel) {
    this.#near = near
    this.#header = copyOf(header)
    this.#parallel = parallel
    this.#isOver = othersOf(parallel) <= 0
  }

  /** The next bytes, which are read during the call. */
  update(bytes: Uint8Array): void {
    this.#bytes += bytes.length
    if (this.#isOver) return this.#near.update(bytes)
    for (let at = 0; at < bytes.length;) {
      const slab = (this.#filling ??= this.#take())
      const next = bytes.subarray(at, at + slab.bytes.length - slab.length)
      slab.bytes.set(next, slab.length)
      slab.length += next.length
      at += next.length
      if (slab.length === slab.bytes.length) this.#full()
    }
  }

  /** Resolves once more bytes may come; `undefined`: at once. */
  room(): Promise<void> | undefined {
    if (this.#isOver || this.#bytes < this.#parallel.fromBytes) return undefined
    if (this.#far === undefined) return this.#start()
    this.#far.poll()
    return this.#behind < behindMax ? undefined : this.#until(behindMax)
  }

  /**
   * The footer of what is signed. For a signature that is to be verified: nothing, or
   * `DecryptionFailed`.
   */
  async finish(signature: Uint8Array = none): Promise<Uint8Array | undefined> {
    if (this.#far === undefined) {
      this.#nearer()
      return this.#near.finish(signature) ?? undefined
    }
    const footer = await this.#finishThere(this.#far, signature)
    return footer.length > 0 ? footer : undefined
  }

  /** Ends it, whatever is under way. */
  close(): void {
    if (this.#far !== undefined && !this.#isOver) {
      this.#far.send({ close: this.#id })
      pool.leave()
    }
    this.#isOver = true
  }

  #take(): Slab {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const length = this.#bytes > firstSlabBytes ? slabBytes : firstSlabBytes
    return { bytes: uncleared(length), length: 0 }
  }

  #full(): void {
    const slab = this.#filling
    this.#filling = undefined
    if (slab === undefined) return
    if (this.#far === undefined) this.#kept.push(slab)
    else this.#post(this.#far, slab)
  }

  async #start(): Promise<void> {
    let worker = digestWorker(this.#parallel)
    while (worker === undefined && pool.isStarting) {
      await turn()
      // Whoever closed it meanwhile does not do so again.
      if (this.#isOver) return
      worker = digestWorker(this.#parallel)
    }
    if (worker === undefined) return this.#nearer()
    this.#far = worker
    this.#id = pool.enter()
    const { signature, key } = this.#near
    worker.send({ openDigest: this.#id, signature, key })
    const header = { bytes: this.#header, length: this.#header.length }
    for (const slab of [header, ...this.#kept.splice(0)]) this.#post(worker, slab)
  }

  /** Everything that was kept is hashed here, and everything else as it comes. */
  #nearer(): void {
    this.#isOver = true
    if (this.#filling !== undefined) this.#kept.push(this.#filling)
    this.#filling = undefined
    for (const { bytes, length } of this.#kept.splice(0))
      this.#near.update(bytes.subarray(0, length))
  }

  /** The memory goes to the other thread and comes back: what both saw, both would have to let go. */
  #post(worker: PoolWorker, { bytes, length }: Slab): void {
    const request = { digest: this.#id, slab: bytes.buffer, bytes: length }
    this.#behind += 1
    worker.run(
      (job) => ({ ...request, job }),
      (outcome) => this.#settle(outcome),
      [bytes.buffer],
    )
  }

  #settle(outcome: Outcome): void {
    this.#behind -= 1
    if (typeof outcome === 'object' && outcome.length === slabBytes)
      this.#free.push({ bytes: outcome, length: 0 })
    this.#isFailed ||= outcome === 'failed'
    this.#wake.resolve()
    this.#wake = Promise.withResolvers<void>()
  }

  async #until(behind: number): Promise<void> {
    while (this.#behind >= behind && !this.#isFailed) await this.#wake.promise
    if (this.#isFailed) throw workerEnded()
  }

  async #finishThere(far: PoolWorker, signature: Uint8Array): Promise<Uint8Array> {
    this.#full()
    const outcome = await new Promise<Outcome>((resolve) => {
      far.run((job) => ({ job, finish: this.#id, signature }), resolve)
    })
    if (outcome === 'unauthentic') throw decryptionFailed()
    if (outcome === 'failed' || this.#isFailed) throw workerEnded()
    return outcome
  }
}

const none = new Uint8Array(0)
