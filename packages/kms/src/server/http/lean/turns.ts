/** An answer that is due, and its place in their order. */
export type Turn = {
  readonly requestId: string
  /** Memory that its request holds until then. */
  readonly bodyBytes: number
  /** The request was HEAD, and gets no body. */
  readonly isHead: boolean
  /** Nothing follows it on the connection. */
  isLast: boolean
  /** The answer, once there is one. */
  bytes: Buffer | undefined
}

/** Answers leave in the order in which their requests came, whichever is ready first. */
export class Turns {
  readonly #waiting: Turn[] = []

  get count(): number {
    return this.#waiting.length
  }

  begin(turn: Turn): void {
    this.#waiting.push(turn)
  }

  isNewest(turn: Turn): boolean {
    return this.#waiting.at(-1) === turn
  }

  /** The next answer whose turn it is, if it is ready; it counts as sent then. */
  next(): (Turn & { readonly bytes: Buffer }) | undefined {
    const [first] = this.#waiting
    if (first?.bytes === undefined) return undefined
    this.#waiting.shift()
    return first as Turn & { readonly bytes: Buffer }
  }
}
