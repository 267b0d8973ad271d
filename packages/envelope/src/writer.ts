import { uncleared } from './bytes.ts'
import { EnvelopeError } from './errors.ts'
import { finalOverhead, frameHeadBytes, frameOverhead, framesMax } from './format/frame.ts'
import { Held } from './gather.ts'
import { LaneOpener, parallelOf, type Parallel } from './parallel/parallel.ts'
import type { Lanes } from './parallel/lanes.ts'
import type { WriteStart } from './start.ts'

/** Frames are gathered into pieces of about this size before they are handed on. */
export const slabBytes = 1024 * 1024

export type Emit = (slab: Uint8Array) => void

/** How many frames a plaintext takes: full ones, the last of them final; an empty one has one too. */
export const frameCount = (plaintextBytes: number, frameLength: number): number => {
  const count = Math.max(1, Math.ceil(plaintextBytes / frameLength))
  if (count > framesMax)
    throw new EnvelopeError(
      'InvalidInput',
      `The plaintext takes ${count} frames of ${frameLength} bytes; ${framesMax} are allowed.`,
    )
  return count
}

/**
 * Writes one message, chunk by chunk. Holds no more than one frame: the last bytes are kept back,
 * for only the end of the plaintext tells which frame is the final one. Long messages go through
 * several threads: a promise that a call returns has to settle before the next one.
 */
export class MessageWriter {
  readonly #start: WriteStart
  readonly #emit: Emit
  readonly #frameLength: number
  readonly #plaintextBytesMax: number
  readonly #held = new Held()
  readonly #opener: LaneOpener
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
    this.#opener = new LaneOpener(parallel, { mode: 'encrypt', ...message })
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
    const ready = Math.ceil((this.#held.length + chunk.length) / this.#frameLength) - 1
    const lanes = this.#opener.at(plaintextBytes, (frames) => this.#seal(frames))
    if (lanes !== undefined) return this.#delegate(lanes, chunk, ready)
    const used = ready > 0 ? this.#frames(chunk, ready) : 0
    this.#held.append(chunk.subarray(used), this.#frameLength)
    return this.#opener.starting()
  }

  /** Emits the final frame and the footer; nothing may follow. */
  finish(): Promise<void> | undefined {
    const { lanes } = this.#opener
    if (lanes !== undefined) return lanes.drain().then(() => this.#end())
    this.#end()
    return undefined
  }

  /** Forgets keys and plaintext. To be called whatever happens; more than once does no harm. */
  zero(): void {
    this.#opener.close()
    this.#start.end(this.#plaintextBytes)
    this.#held.zero()
  }

  #end(): void {
    const { frames, signer } = this.#start
    const last = uncleared(this.#held.length + finalOverhead)
    frames.encrypt('final', this.#sequence, this.#held.bytes, last, 0)
    signer?.update(last)
    this.#emit(last)
    if (signer) this.#emit(signer.finish())
    this.zero()
  }

  #seal(slab: Uint8Array): void {
    this.#start.signer?.update(slab)
    this.#emit(slab)
  }

  /** Leaves `count` regular frames to other threads, and waits where they do not keep up. */
  async #delegate(lanes: Lanes, chunk: Uint8Array, count: number): Promise<void> {
    let used = 0
    for (let done = 0; done < count; done++) {
      const room = lanes.room()
      if (room) await room
      const next = chunk.subarray(used, used + this.#frameLength - this.#held.length)
      used += next.length
      lanes.add(this.#sequence, (frame) => {
        frame.set(this.#held.bytes, frameHeadBytes)
        frame.set(next, frameHeadBytes + this.#held.length)
      })
      this.#held.clear()
      this.#sequence += 1
    }
    this.#held.append(chunk.subarray(used), this.#frameLength)
  }

  /** Emits `count` regular frames of what is held and then of the chunk; returns what it used. */
  #frames(chunk: Uint8Array, count: number): number {
    const sealed = this.#frameLength + frameOverhead
    const perSlab = Math.max(1, Math.floor(slabBytes / sealed))
    let used = 0
    for (let done = 0; done < count; done += perSlab) {
      const slab = uncleared(Math.min(perSlab, count - done) * sealed)
      for (let at = 0; at < slab.length;) {
        const missing = this.#frameLength - this.#held.length
        const next = chunk.subarray(used, used + missing)
        used += missing
        at = this.#frame(next, slab, at)
      }
      this.#seal(slab)
    }
    return used
  }

  #frame(next: Uint8Array, slab: Uint8Array, at: number): number {
    let plaintext = next
    if (this.#held.length > 0) {
      this.#held.append(next, this.#frameLength)
      plaintext = this.#held.bytes
    }
    const end = this.#start.frames.encrypt('regular', this.#sequence, plaintext, slab, at)
    this.#held.clear()
    this.#sequence += 1
    return end
  }
}
