import { release, uncleared } from './bytes.ts'

/** Bytes of frames that are worked on and handed on together, where frames are not longer. */
export const slabBytes = 1024 * 1024 + 1024

/** More than are on their way at a time, for any number of threads that pays. */
const keptMax = 16

/**
 * Memory for output. Whoever knows that a piece is used up gives it back, and it is used again: the
 * pages of fresh memory cost as much as encrypting them does. Nobody has to give anything back.
 * What a thread wrote goes back to that thread, whose processor has it at hand.
 */
export class Memory {
  readonly #own: Uint8Array<ArrayBuffer>[] = []
  readonly #others: Uint8Array<ArrayBuffer>[] = []
  readonly #writtenByOthers = new WeakSet<ArrayBuffer>()
  #isClosed = false

  /** The caller has to write all of it, or to hand out only the part that it wrote. */
  take(length: number): Uint8Array<ArrayBuffer> {
    return takeFrom(this.#own, length)?.subarray(0, length) ?? uncleared(length)
  }

  /** Memory for another thread to write into; `undefined`: it needs memory of its own. */
  takeForOthers(length: number): ArrayBuffer | undefined {
    return takeFrom(this.#others, length)?.buffer
  }

  noteWrittenByOthers(bytes: Uint8Array<ArrayBuffer>): void {
    this.#writtenByOthers.add(bytes.buffer)
  }

  /** Nobody may look at these bytes, or at others in the same memory, any more. */
  give({ buffer }: Uint8Array): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength === 0) return
    const whole = new Uint8Array(buffer)
    const kept = this.#writtenByOthers.has(buffer) ? this.#others : this.#own
    const isFit = whole.length >= slabBytes / 2 && whole.length <= slabBytes * 2
    if (isFit && !this.#isClosed && kept.length < keptMax) return void kept.push(whole)
    whole.fill(0)
    release(whole)
  }

  /** Forgets all that is kept. */
  zero(): void {
    this.#isClosed = true
    for (const bytes of [...this.#own.splice(0), ...this.#others.splice(0)]) bytes.fill(0)
  }
}

const takeFrom = (
  kept: Uint8Array<ArrayBuffer>[],
  length: number,
): Uint8Array<ArrayBuffer> | undefined => {
  const at = kept.findIndex((bytes) => bytes.length >= length)
  return at === -1 ? undefined : kept.splice(at, 1)[0]
}
