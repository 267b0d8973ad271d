import { Readable, Writable } from 'node:stream'

/** `bytes` bytes in pieces of one buffer, which is given again and again. */
export const repeated = (piece: Uint8Array, bytes: number): Readable => {
  let left = bytes
  return new Readable({
    read() {
      const next = piece.subarray(0, Math.min(piece.length, left))
      left -= next.length
      this.push(next.length === 0 ? null : next)
    },
  })
}

/** `bytes` in pieces, as a file would give them. */
export const inPieces = (bytes: Uint8Array, pieceBytes: number): Readable => {
  let at = 0
  return new Readable({
    read() {
      const next = bytes.subarray(at, at + pieceBytes)
      at += next.length
      this.push(next.length === 0 ? null : next)
    },
  })
}

/** Takes everything, keeps nothing, and counts. */
export class NullSink extends Writable {
  bytes = 0

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.bytes += chunk.length
    done()
  }
}

/** Keeps everything, in memory that is taken once: `bytesMax` is the most that may come. */
export class Kept extends Writable {
  readonly #memory: Buffer
  #end = 0

  constructor(bytesMax: number) {
    super()
    this.#memory = Buffer.allocUnsafeSlow(bytesMax)
  }

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#end)
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    if (this.#end + chunk.length > this.#memory.length)
      return done(new RangeError('more came than there is memory for'))
    this.#memory.set(chunk, this.#end)
    this.#end += chunk.length
    done()
  }
}

/** Memory for the longest message that there can be of so much plaintext. */
export const messageBytesMax = (plaintextBytes: number, frameLength: number): number =>
  plaintextBytes + Math.ceil(plaintextBytes / frameLength + 1) * 32 + 65_536
