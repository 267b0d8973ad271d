import { viewOf } from '../bytes.ts'
import { blockHeadBytes, finalHeadBytes, finalMarker, frameOverhead } from '../format/frame.ts'
import { type MessageHeader, tagBytes } from '../format/header.ts'
import { blockBytes } from '../format/layout.ts'
import { Gather } from '../gather.ts'

const markerBytes = 4

/**
 * Finds where the body of a message ends and its signature begins, in chunks of any size. Looks at
 * nothing but lengths: for bytes that a reader has found well-formed before.
 */
export class BodyEnd {
  readonly #header: MessageHeader
  readonly #gather = new Gather()
  #state: 'start' | 'final-head' | 'last' = 'start'
  /** Bytes to go over before the next ones that say something. */
  #left = 0

  constructor(header: MessageHeader) {
    this.#header = header
  }

  /** How many bytes of this chunk, which follows the one before, belong to the body. */
  push(chunk: Uint8Array): number {
    this.#gather.feed(chunk)
    while (this.#step());
    return chunk.length - this.#gather.rest
  }

  #step(): boolean {
    if (this.#left > 0) {
      this.#left -= this.#gather.some(this.#left).length
      return this.#left === 0
    }
    if (this.#state === 'last') return false
    if (this.#state === 'final-head') return this.#finalHead()
    return this.#header.contentType === 'framed' ? this.#marker() : this.#block()
  }

  #marker(): boolean {
    const bytes = this.#gather.take(markerBytes)
    if (bytes === undefined) return false
    if (viewOf(bytes).getUint32(0) === finalMarker) this.#state = 'final-head'
    else this.#left = frameOverhead - markerBytes + this.#header.frameLength
    return true
  }

  #finalHead(): boolean {
    const bytes = this.#gather.take(finalHeadBytes - markerBytes)
    if (bytes === undefined) return false
    return this.#last(viewOf(bytes).getUint32(bytes.length - 4))
  }

  #block(): boolean {
    const bytes = this.#gather.take(blockHeadBytes)
    return bytes === undefined ? false : this.#last(blockBytes(bytes))
  }

  #last(bytes: number): true {
    this.#left = bytes + tagBytes
    this.#state = 'last'
    return true
  }
}
