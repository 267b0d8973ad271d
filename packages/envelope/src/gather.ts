/** Bytes that wait for more. Grows with what arrives, never ahead of it; zeroed when it is let go. */
export class Held {
  #bytes = new Uint8Array(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** A view that is good until the next `append`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** `most` is what will ever be held: growing by doubling stops there. */
  append(bytes: Uint8Array, most: number): void {
    const length = this.#length + bytes.length
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, Math.min(most, this.#bytes.length * 2)))
      larger.set(this.bytes)
      this.#bytes.fill(0)
      this.#bytes = larger
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = length
  }

  /** Forgets the bytes but keeps the memory. */
  clear(): void {
    this.#length = 0
  }

  zero(): void {
    this.#bytes.fill(0)
    this.#bytes = new Uint8Array(0)
    this.#length = 0
  }
}

/** Cuts units out of chunks; copies only the units that lie across the border of two chunks. */
export class Gather {
  readonly #held = new Held()
  #chunk: Uint8Array = new Uint8Array(0)
  #at = 0
  #isTaken = false

  /** The chunk before has to be used up: what `take` could not use, it has kept. */
  feed(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /** Bytes of this chunk that were not taken yet. */
  get rest(): number {
    return this.#chunk.length - this.#at
  }

  /**
   * The next `length` bytes, good until the next call; `undefined` while they have not all arrived,
   * and then the call is to be repeated after the next `feed`.
   */
  take(length: number): Uint8Array | undefined {
    if (this.#isTaken) this.#release()
    if (this.#held.length === 0 && this.rest >= length) return this.some(length)
    this.#held.append(this.some(length - this.#held.length), length)
    if (this.#held.length < length) return undefined
    this.#isTaken = true
    return this.#held.bytes
  }

  /** What is left of this chunk, `most` bytes of it at most. */
  some(most: number): Uint8Array {
    const from = this.#at
    this.#at = Math.min(this.#chunk.length, from + most)
    return this.#chunk.subarray(from, this.#at)
  }

  zero(): void {
    this.#held.zero()
    this.#chunk = new Uint8Array(0)
  }

  #release(): void {
    this.#held.clear()
    this.#isTaken = false
  }
}
