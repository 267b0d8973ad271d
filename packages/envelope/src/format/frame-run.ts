import { type FrameCipher, frameHeadBytes, frameOverhead, type SealedFrame } from './frame.ts'

/** Shorter frames are cheaper to copy into one piece than to hand on as several. */
const runFrameBytesMin = 32 * 1024

/** Whether frames of this length are worked on as runs. */
export const isRun = (frameLength: number): boolean => frameLength >= runFrameBytesMin

/**
 * Consecutive regular frames as a list of pieces, left in the memory into which the cipher wrote
 * them: copying long frames together costs a third of what encrypting them does. No piece lies in a
 * pool, so that each can be handed to another thread.
 */
export class FrameRun {
  readonly #frames: FrameCipher
  readonly #pieces: Uint8Array<ArrayBuffer>[] = []
  /** The heads and tags of all frames; a tag and the head behind it are one piece. */
  readonly #seams: Uint8Array<ArrayBuffer>
  #at = 0

  /** `count`: how many frames are going to be encrypted. */
  constructor(frames: FrameCipher, count: number) {
    this.#frames = frames
    this.#seams = new Uint8Array(count * frameOverhead)
  }

  encrypt(sequence: number, plaintext: Uint8Array): void {
    const head = this.#at
    const seamFrom = head === 0 ? 0 : head - frameOverhead + frameHeadBytes
    this.#at += frameOverhead
    this.#pieces.push(this.#seams.subarray(seamFrom, head + frameHeadBytes))
    this.#frames.encryptPieces(sequence, plaintext, this.#seams, head, this.#pieces)
  }

  /** Throws `DecryptionFailed`, having zeroed the whole run. */
  decrypt(sequence: number, sealed: SealedFrame): void {
    try {
      this.#frames.decryptPieces(sequence, sealed, this.#pieces)
    } catch (error) {
      for (const piece of this.#pieces) piece.fill(0)
      throw error
    }
  }

  /** Everything that was added. To be called once. */
  take(): readonly Uint8Array<ArrayBuffer>[] {
    const lastTag = this.#at - frameOverhead + frameHeadBytes
    if (this.#at > 0) this.#pieces.push(this.#seams.subarray(lastTag, this.#at))
    return this.#pieces
  }
}
