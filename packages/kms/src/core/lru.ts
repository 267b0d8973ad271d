/** How much the entries of a map may weigh together. */
export type WeightRule<V> = { readonly max: number; readonly of: (value: V) => number }

/** A bounded map that forgets what was used least recently. */
export class Lru<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #entriesMax: number
  readonly #weights: WeightRule<V> | undefined
  #weight = 0

  /** `weights`: the entries are of very different size, and this bounds them too. */
  constructor(entriesMax: number, weights?: WeightRule<V>) {
    this.#entriesMax = entriesMax
    this.#weights = weights
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  /** The newest entry stays, whatever it weighs. */
  set(key: K, value: V): void {
    this.delete(key)
    this.#entries.set(key, value)
    this.#weight += this.#weights?.of(value) ?? 0
    while (this.#entries.size > 1 && this.#isFull()) {
      const oldest = this.#entries.keys().next()
      if (oldest.done !== true) this.delete(oldest.value)
    }
  }

  delete(key: K): void {
    if (this.#weights !== undefined) {
      const value = this.#entries.get(key)
      if (value !== undefined) this.#weight -= this.#weights.of(value)
    }
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
    this.#weight = 0
  }

  get size(): number {
    return this.#entries.size
  }

  #isFull(): boolean {
    return this.#entries.size > this.#entriesMax || this.#weight > (this.#weights?.max ?? Infinity)
  }
}
