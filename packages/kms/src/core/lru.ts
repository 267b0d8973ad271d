/** How much the entries of a map may weigh together. */
export type WeightRule<V> = { readonly max: number; readonly of: (value: V) => number }

type Generation<K, V> = { readonly entries: Map<K, V>; weight: number }

const newGeneration = <K, V>(): Generation<K, V> => ({ entries: new Map(), weight: 0 })

/**
 * A bounded map that forgets what was not used for longest, up to half of it at once, so that only
 * the half that was used last is sure to be there: what is used moves to the younger of two generations, and when that is full the older one is dropped. To find
 * what is in the younger one is a lookup and nothing else. (A Map in order of use is deleted from
 * and added to at every lookup, and V8 keeps what was deleted from an old one for long.)
 */
export class Lru<K, V> {
  readonly #entriesMax: number
  readonly #weights: WeightRule<V> | undefined
  #young = newGeneration<K, V>()
  #old = newGeneration<K, V>()

  /** Of 2 or more. `weights`: the entries are of very different size, and this bounds them too. */
  constructor(entriesMax: number, weights?: WeightRule<V>) {
    this.#entriesMax = entriesMax
    this.#weights = weights
  }

  get(key: K): V | undefined {
    return this.#young.entries.get(key) ?? this.#getOld(key)
  }

  /** The newest entry stays, whatever it weighs. */
  set(key: K, value: V): void {
    this.delete(key)
    const weight = this.#weights?.of(value) ?? 0
    if (this.#isFullWith(weight)) {
      this.#old = this.#young
      this.#young = newGeneration()
    }
    this.#young.entries.set(key, value)
    this.#young.weight += weight
    if (this.#young.weight + this.#old.weight > this.#weightMax) this.#old = newGeneration()
  }

  delete(key: K): void {
    this.#deleteFrom(this.#young, key)
    this.#deleteFrom(this.#old, key)
  }

  clear(): void {
    this.#young = newGeneration()
    this.#old = newGeneration()
  }

  get size(): number {
    return this.#young.entries.size + this.#old.entries.size
  }

  #getOld(key: K): V | undefined {
    const value = this.#old.entries.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  #deleteFrom(generation: Generation<K, V>, key: K): void {
    if (this.#weights !== undefined) {
      const value = generation.entries.get(key)
      if (value !== undefined) generation.weight -= this.#weights.of(value)
    }
    generation.entries.delete(key)
  }

  /** Whether the younger generation would have more than half with one more of that weight. */
  #isFullWith(weight: number): boolean {
    const { entries, weight: present } = this.#young
    if (entries.size === 0) return false
    return 2 * (entries.size + 1) > this.#entriesMax || 2 * (present + weight) > this.#weightMax
  }

  get #weightMax(): number {
    return this.#weights?.max ?? Infinity
  }
}
