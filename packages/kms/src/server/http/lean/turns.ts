/** The place of an answer in their order. */
export type Turn = {
  /** Memory that its request holds until then. */
  readonly bodyBytes: number
  /** The answer, once there is one. */
  bytes: Buffer | undefined
  /** Nothing follows it on the connection. */
  isLast: boolean
}

/** Answers leave in the order in which their requests came, whichever is ready first. */
export class Turns {
  readonly #waiting: Turn[] = []

  get count(): number {
    return this.#waiting.length
  }

  begin(bodyBytes: number, isLast: boolean): Turn {
    const turn: Turn = { bodyBytes, bytes: undefined, isLast }
    this.#waiting.push(turn)
    return turn
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
