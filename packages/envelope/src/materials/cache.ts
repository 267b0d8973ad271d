import { EnvelopeError } from '../errors.ts'
import type { CacheEntry } from './cache-entry.ts'
import { monotonicClock } from './clock.ts'

/**
 * Where caching managers keep data keys. Everything is synchronous, since a use is booked on an
 * entry in the same turn in which the entry is found. Whatever leaves the cache, or cannot stay in
 * it, is told so by `evict()`.
 */
export type MaterialsCache = {
  /** The data keys that are being asked for, by id: the newest one of each. Never evicted. */
  readonly pending: Map<string, CacheEntry>
  /** The live entry, marked as used. Never an expired one. */
  get(id: string): CacheEntry | undefined
  /** Whether there is a live entry; marks nothing. */
  has(id: string): boolean
  /** Takes ownership, and replaces what is there. */
  put(id: string, entry: CacheEntry): void
  /** Evicts this entry, if it is still there. */
  remove(id: string, entry: CacheEntry): void
  /** All live entries, the least recently used first; marks none. */
  entries(): readonly CacheEntry[]
}

/** What every `get` and `put` looks through for expired entries, at the end used least recently. */
const pruningTail = 10
/** Timers of Node hold 31 bits of milliseconds. */
const timerMaxMs = 2 ** 31 - 1
const timerMinMs = 1000

/**
 * A cache in this process's memory that keeps the most recently used entries, `capacity` of them at
 * most. Zero keeps none: then only requests that wait at the same time share a data key. Expired
 * keys are zeroed even if nobody asks again; the timer for that keeps no process alive. Dispose of
 * it to zero all keys at once; it keeps nothing from then on.
 */
export class LocalCryptoMaterialsCache implements MaterialsCache, Disposable {
  readonly pending = new Map<string, CacheEntry>()
  /** In the order of use: a `Map` iterates in the order of insertion. */
  readonly #entries = new Map<string, CacheEntry>()
  #capacity: number
  #timer: NodeJS.Timeout | undefined
  #timerDueMs = Infinity

  constructor(options: { readonly capacity: number }) {
    const { capacity } = options
    if (!Number.isSafeInteger(capacity) || capacity < 0)
      throw new EnvelopeError('InvalidInput', 'The capacity has to be an integer, zero or more.')
    this.#capacity = capacity
  }

  /** Entries held, those included that have expired and were not noticed yet. */
  get size(): number {
    return this.#entries.size
  }

  get(id: string): CacheEntry | undefined {
    this.#prune(pruningTail)
    const entry = this.#entries.get(id)
    if (entry === undefined) return undefined
    if (entry.isExpired) {
      this.remove(id, entry)
      return undefined
    }
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    return entry
  }

  has(id: string): boolean {
    return this.#entries.get(id)?.isExpired === false
  }

  put(id: string, entry: CacheEntry): void {
    const replaced = this.#entries.get(id)
    if (replaced !== undefined) this.remove(id, replaced)
    this.#entries.set(id, entry)
    this.#prune(pruningTail)
    for (const [oldestId, oldest] of this.#entries) {
      if (this.#entries.size <= this.#capacity) break
      this.remove(oldestId, oldest)
    }
    if (this.#entries.size > 0) this.#wakeIn(entry.leftMs)
  }

  remove(id: string, entry: CacheEntry): void {
    if (this.#entries.get(id) !== entry) return
    this.#entries.delete(id)
    entry.evict()
  }

  entries(): readonly CacheEntry[] {
    this.#prune(Infinity)
    return [...this.#entries.values()]
  }

  /** Zeroes all entries. Those that are being asked for still come in. */
  clear(): void {
    for (const [id, entry] of this.#entries) this.remove(id, entry)
    this.#schedule()
  }

  [Symbol.dispose](): void {
    this.#capacity = 0
    this.clear()
  }

  #prune(count: number): void {
    let looked = 0
    for (const [id, entry] of this.#entries) {
      if (looked++ >= count) return
      if (entry.isExpired) this.remove(id, entry)
    }
  }

  /** One timer for all entries: it goes off when the first one expires, and looks at each. */
  #schedule(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerDueMs = Infinity
    if (this.#entries.size === 0) return
    let leftMs = Infinity
    for (const entry of this.#entries.values()) leftMs = Math.min(leftMs, entry.leftMs)
    this.#wakeIn(leftMs)
  }

  #wakeIn(leftMs: number): void {
    const nowMs = monotonicClock.nowMs()
    // Not more often than once a second.
    const delayMs = Math.min(Math.max(Math.ceil(leftMs), timerMinMs), timerMaxMs)
    if (nowMs + delayMs >= this.#timerDueMs) return
    clearTimeout(this.#timer)
    this.#timerDueMs = nowMs + delayMs
    this.#timer = setTimeout(() => {
      this.#prune(Infinity)
      this.#schedule()
    }, delayMs)
    this.#timer.unref()
  }
}
