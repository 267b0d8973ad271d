import { Readable, Writable } from 'node:stream'

/** Where bytes go; their memory is not theirs any more once it returns. */
export type Take = (piece: Uint8Array) => void

/** `bytes` bytes in pieces of one buffer, which is given again and again. */
export function* repeated(piece: Uint8Array, bytes: number): Generator<Uint8Array> {
  for (let left = bytes; left > 0; left -= piece.length)
    yield piece.subarray(0, Math.min(piece.length, left))
}

/** `bytes` in pieces, as a file would give them. */
export function* inPieces(bytes: Uint8Array, pieceBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

/** The same pieces as a stream, each when it is asked for. */
export const readableOf = (chunks: Iterable<Uint8Array>): Readable => {
  const iterator = chunks[Symbol.iterator]()
  return new Readable({
    read() {
      const next = iterator.next()
      this.push(next.done === true ? null : next.value)
    },
  })
}

/** A stream that gives everything to `take`, whose errors are its own. */
export const sinkOf = (take: Take): Writable =>
  new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      try {
        take(chunk)
      } catch (error) {
        return done(error as Error)
      }
      done()
    },
  })

/** Takes everything, keeps nothing, and counts. */
export class Counter {
  bytes = 0

  readonly take: Take = (piece) => {
    this.bytes += piece.length
  }
}

/** Keeps everything, in memory that is taken once: `bytesMax` is the most that may come. */
export class Kept {
  readonly #memory: Buffer
  #end = 0

  constructor(bytesMax: number) {
    this.#memory = Buffer.allocUnsafeSlow(bytesMax)
  }

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#end)
  }

  readonly take: Take = (piece) => {
    if (this.#end + piece.length > this.#memory.length)
      throw new RangeError('more came than there is memory for')
    this.#memory.set(piece, this.#end)
    this.#end += piece.length
  }
}

/** Memory for the longest message that there can be of so much plaintext. */
export const messageBytesMax = (plaintextBytes: number, frameLength: number): number =>
  plaintextBytes + Math.ceil(plaintextBytes / frameLength + 1) * 32 + 65_536
