/** The least that is allocated for a body that comes in pieces. */
const firstBytes = 4096

/**
 * A request body on its way in. Its pieces are copied into one buffer: a buffer for each would cost
 * a hundred times its bytes when they come one by one. The buffer grows with what comes, up to the
 * length announced, so that announcing much takes no memory by itself.
 */
export class Body {
  readonly #bodyBytes: number
  #bytes: Uint8Array = new Uint8Array(0)
  #length = 0

  /** `bodyBytes`: what Content-Length says, which the parser holds the client to. */
  constructor(bodyBytes: number) {
    this.#bodyBytes = bodyBytes
  }

  /**
   * Adds a piece and keeps it, or copies it. `hold` is asked for every byte of memory before it is
   * allocated; `false` when it refuses, and the body is of no use then.
   */
  add(piece: Uint8Array, hold: (bytes: number) => boolean): boolean {
    const length = this.#length + piece.length
    // Most bodies come whole.
    if (piece.length === this.#bodyBytes) this.#bytes = piece
    if (length > this.#bytes.length && !this.#grow(length, hold)) return false
    if (this.#bytes !== piece) this.#bytes.set(piece, this.#length)
    this.#length = length
    return true
  }

  /** All of it; holds exactly as many bytes as were announced. */
  whole(): Uint8Array {
    return this.#bytes
  }
}
