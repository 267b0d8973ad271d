import { EnvelopeError } from './errors.ts'
import { finalOverhead, frameOverhead, framesMax } from './format/frame.ts'
import { Held } from './gather.ts'
import { Memory, slabBytes } from './memory.ts'
import { Digest } from './parallel/digest.ts'
import { LaneOpener, parallelOf, type Parallel } from './parallel/parallel.ts'
import type { Lanes } from './parallel/lanes.ts'
import type { WriteStart } from './start.ts'

export type Emit = (slab: Uint8Array) => void

/**
 * How many frames a plaintext takes: full ones, and a final one with the rest, which may be nothing.
 * The final one is never full: readers of the format exist that refuse it (the AWS Encryption SDK
 * for Python up to 3.3, and with it the AWS Encryption CLI), and none that refuse an empty one.
 */
export const frameCount = (plaintextBytes: number, frameLength: number): number => {
  const count = Math.floor(plaintextBytes / frameLength) + 1
  if (count > framesMax)
    throw new EnvelopeError(
      'InvalidInput',
      `The plaintext takes ${count} frames of ${frameLength} bytes; ${framesMax} are allowed.`,
    )
  return count
}

/**
 * Writes one message, chunk by chunk. Holds less than one frame, which the next chunk completes or
 * the final frame takes. Long messages go through several threads: a promise that a call returns has
 * to settle before the next one.
 */
export class MessageWriter {
  readonly #memory = new Memory()
  readonly #start: WriteStart
  readonly #emit: Emit
  readonly #frameLength: number
  readonly #plaintextBytesMax: number
  readonly #held = new Held()
  readonly #opener: LaneOpener
  readonly #digest: Digest | undefined
  #sequence = 1
  #plaintextBytes = 0

  /** Emits the header at once. More than `plaintextBytesMax` bytes of plaintext are refused. */
  constructor(
    start: WriteStart,
    emit: Emit,
    plaintextBytesMax = Number.MAX_SAFE_INTEGER,
    parallel: Parallel = parallelOf(1),
  ) {
    this.#start = start
    this.#emit = emit
    this.#frameLength = start.header.frameLength
    this.#plaintextBytesMax = plaintextBytesMax
    const { suite, messageId, frameLength } = start.header
    const message = { suite, messageId, frameLength, key: start.keys.encryption }
    const { frames } = start
    const own = { frames, memory: this.#memory }
    this.#opener = new LaneOpener(parallel, { mode: 'encrypt', ...message, ...own })
    this.#digest = start.signer && new Digest(start.signer, start.headerBytes, parallel)
    emit(start.headerBytes)
  }

  update(chunk: Uint8Array): Promise<void> | undefined {
    const plaintextBytes = this.#plaintextBytes + chunk.length
    if (plaintextBytes > this.#plaintextBytesMax)
      throw new EnvelopeError(
        'PolicyViolation',
        `The plaintext exceeds the ${this.#plaintextBytesMax} bytes that were declared.`,
      )
    frameCount(plaintextBytes, this.#frameLength)
    this.#plaintextBytes = plaintextBytes
    const ready = Math.floor((this.#held.length + chunk.length) / this.#frameLength)
    const lanes = this.#opener.at(plaintextBytes, (piece) => this.#seal(piece))
    if (lanes !== undefined) return this.#delegate(lanes, chunk, ready)
    const used = ready > 0 ? this.#frames(chunk, ready) : 0
    this.#held.append(chunk.subarray(used), this.#frameLength)
    return this.#digest?.room() ?? this.#opener.starting()
  }

  /** Emits the final frame and the footer; nothing may follow. */
  async finish(): Promise<void> {
    await this.#opener.lanes?.drain()
    const { frames } = this.#start
    const last = this.#memory.take(this.#held.length + finalOverhead)
    frames.encrypt('final', this.#sequence, this.#held.bytes, last, 0)
    this.#seal(last)
    const footer = await this.#digest?.finish()
    if (footer !== undefined) this.#emit(footer)
    this.zero()
  }

  /** Takes back what was emitted, to be used again. */
  give(piece: Uint8Array): void {
    this.#memory.give(piece)
  }

  /** Forgets keys and plaintext. To be called whatever happens; more than once does no harm. */
  zero(): void {
    this.#opener.close()
    this.#digest?.close()
    this.#memory.zero()
    this.#start.end(this.#plaintextBytes)
    this.#held.zero()
  }

  #seal(piece: Uint8Array): void {
    this.#digest?.update(piece)
    this.#emit(piece)
  }

  /** Shares `count` regular frames with other threads, and waits where they do not keep up. */
  async #delegate(lanes: Lanes, chunk: Uint8Array, count: number): Promise<void> {
    let used = 0
    for (let done = 0; done < count; done++) {
      const room = lanes.room()
      if (room) await room
      used = this.#next(chunk, used, (plaintext) => lanes.add(this.#sequence, plaintext))
    }
    this.#held.append(chunk.subarray(used), this.#frameLength)
    await this.#digest?.room()
  }

  /** Emits `count` regular frames of what is held and then of the chunk; returns what it used. */
  #frames(chunk: Uint8Array, count: number): number {
    const sealed = this.#frameLength + frameOverhead
    const perSlab = Math.max(1, Math.floor(slabBytes / sealed))
    let used = 0
    for (let done = 0; done < count; done += perSlab) {
      const slab = this.#memory.take(Math.min(perSlab, count - done) * sealed)
      for (let at = 0; at < slab.length; at += sealed)
        used = this.#next(chunk, used, (plaintext) =>
          this.#start.frames.encrypt('regular', this.#sequence, plaintext, slab, at),
        )
      this.#seal(slab)
    }
    return used
  }

  /** Gives a regular frame's plaintext to `use`; returns how far the chunk is then used. */
  #next(chunk: Uint8Array, used: number, use: (plaintext: Uint8Array) => void): number {
    const end = used + this.#frameLength - this.#held.length
    let plaintext = chunk.subarray(used, end)
    if (this.#held.length > 0) {
      this.#held.append(plaintext, this.#frameLength)
      plaintext = this.#held.bytes
    }
    use(plaintext)
    this.#held.clear()
    this.#sequence += 1
    return end
  }
}
