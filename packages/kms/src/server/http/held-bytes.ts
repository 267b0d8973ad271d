import type { BodyBudget } from './body-budget.ts'

/** What one connection holds of the memory for bodies; given back at the latest when it ends. */
export class HeldBytes {
  readonly #budget: BodyBudget
  readonly #address: string
  /** Of small bodies, and of large ones. */
  #small = 0
  #large = 0
  #isOver = false

  constructor(budget: BodyBudget, address: string) {
    this.#budget = budget
    this.#address = address
  }

  /** Memory for a body of `bodyBytes` in all; `false` when the listener holds too much already. */
  hold(bytes: number, bodyBytes: number): boolean {
    const isLarge = this.#budget.isLarge(bodyBytes)
    if (this.#isOver || !this.#budget.take(bytes, isLarge, this.#address)) return false
    if (isLarge) this.#large += bytes
    else this.#small += bytes
    return true
  }

  /** A body that was held whole is needed no longer. */
  giveBack(bodyBytes: number): void {
    if (this.#isOver || bodyBytes === 0) return
    const isLarge = this.#budget.isLarge(bodyBytes)
    this.#budget.giveBack(bodyBytes, isLarge, this.#address)
    if (isLarge) this.#large -= bodyBytes
    else this.#small -= bodyBytes
  }

  /** The connection is gone; nothing is held afterwards. */
  release(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#budget.giveBack(this.#small, false, this.#address)
    this.#budget.giveBack(this.#large, true, this.#address)
  }
}
