/** The least that is allocated for a body that comes in pieces. */
const firstBytes = 4096

/**
 * A request body on its way in. Its pieces are copied into one buffer: keeping each as it came
 * costs a hundred times its bytes when they come one by one. The buffer grows with what comes, up
 * to the length announced, so that announcing much takes no memory by itself.
 */
export class Body {
  readonly #bodyBytes: number
  #bytes: Uint8Array = new Uint8Array(0)
  #length = 0

  /** `bodyBytes`: what Content-Length says; the parser never delivers more. */
  constructor(bodyBytes: number) {
    this.#bodyBytes = bodyBytes
  }

  /**
   * `hold` is asked for all memory before it is used. `false` when it refuses: the body cannot be
   * completed then. Takes ownership of `piece`.
   */
  add(piece: Uint8Array, hold: (bytes: number) => boolean): boolean {
    // Most bodies come whole, and need no copy.
    if (piece.length === this.#bodyBytes) {
      if (!hold(piece.length)) return false
      this.#bytes = piece
      return true
    }
    const length = this.#length + piece.length
    const capacity = this.#bytes.length
    if (length > capacity) {
      const wanted = Math.min(this.#bodyBytes, Math.max(length, 2 * capacity, firstBytes))
      if (!hold(wanted - capacity)) return false
      const grown = new Uint8Array(wanted)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes.set(piece, this.#length)
    this.#length = length
    return true
  }

  /** Everything, once everything has come: exactly the bytes announced, and as many were held. */
  whole(): Uint8Array {
    return this.#bytes
  }
}
