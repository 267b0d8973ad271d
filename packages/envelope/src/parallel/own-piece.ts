import { frameOverhead, type SealedFrame, sealedFrameAt } from '../format/frame.ts'
import type { LaneMessage } from './lane-message.ts'
import type { Outcome } from './protocol.ts'

/** After so much of its own work this thread looks whether another one has room again. */
const pieceBytes = 128 * 1024

/**
 * Consecutive regular frames that this thread works on itself, one behind the other in one piece:
 * handed on one by one, small frames would cost more on their way out than their encryption does.
 */
export class OwnPiece {
  readonly #message: LaneMessage
  readonly #out: Uint8Array<ArrayBuffer>
  readonly #frameBytes: number
  #filled = 0
  #isFailed = false

  constructor(message: LaneMessage) {
    const { mode, frameLength, memory } = message
    this.#message = message
    this.#frameBytes = mode === 'encrypt' ? frameLength + frameOverhead : frameLength
    const count = Math.max(1, Math.floor(pieceBytes / this.#frameBytes))
    this.#out = memory.take(count * this.#frameBytes)
  }

  /** Whether it has to be ended: there is no room, or no use, for another frame. */
  get isFull(): boolean {
    return this.#isFailed || this.#filled === this.#out.length
  }

  add(sequence: number, frame: Uint8Array): void {
    const { frames, mode, frameLength } = this.#message
    if (mode === 'encrypt') frames.encrypt('regular', sequence, frame, this.#out, this.#filled)
    else if (!this.#decrypt(sequence, sealedFrameAt(frame, numberless, frameLength))) return
    this.#filled += this.#frameBytes
  }

  /** What was done. Nothing may be added any more. */
  end(): Outcome {
    if (this.#isFailed) return 'unauthentic'
    // What was not filled was never written: it must not be seen through the view's buffer.
    this.#out.fill(0, this.#filled)
    return this.#out.subarray(0, this.#filled)
  }

  zero(): void {
    this.#out.fill(0)
  }

  #decrypt(sequence: number, sealed: SealedFrame): boolean {
    try {
      this.#message.frames.decrypt('regular', sequence, sealed, this.#out, this.#filled)
      return true
    } catch {
      this.zero()
      this.#isFailed = true
      return false
    }
  }
}

/** Where a frame begins whose number, which would stand in four bytes before it, is not there. */
const numberless = -4
