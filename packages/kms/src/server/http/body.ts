/** Who is asked for all memory before it is used, and may refuse it. */
type Holder = { hold(bytes: number, bodyBytes: number): boolean }

const nothing = new Uint8Array(0)

/** The least that is allocated for a body that comes in pieces. */
const firstBytes = 4096

/**
 * A request body on its way in. Its pieces are copied into one buffer: keeping each as it came
 * costs a hundred times its bytes when they come one by one. The buffer grows with what comes, up
 * to the length announced, so that announcing much takes no memory by itself.
 */
export class Body {
  /** What Content-Length says; the parser never delivers more. */
  readonly bodyBytes: number
  readonly #holder: Holder
  #bytes: Uint8Array = nothing
  #length = 0

  constructor(bodyBytes: number, holder: Holder) {
    this.bodyBytes = bodyBytes
    this.#holder = holder
  }

  /** Of what was announced. */
  get missingBytes(): number {
    return this.bodyBytes - this.#length
  }

  /**
   * `false` where the memory for it is refused: the body cannot be completed then. Takes ownership
   * of `piece`.
   */
  add(piece: Uint8Array): boolean {
    const length = this.#length + piece.length
    // Most bodies come whole, and need no copy.
    if (piece.length === this.bodyBytes) {
      if (!this.#hold(length)) return false
      this.#bytes = piece
      this.#length = length
      return true
    }
    const capacity = this.#bytes.length
    if (length > capacity) {
      const wanted = Math.min(this.bodyBytes, Math.max(length, 2 * capacity, firstBytes))
      if (!this.#hold(wanted - capacity)) return false
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

  #hold(bytes: number): boolean {
    return this.#holder.hold(bytes, this.bodyBytes)
  }
}
