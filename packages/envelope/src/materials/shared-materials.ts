import type { MaterialsCache } from './cache.ts'
import { CacheEntry, type Materials, type UseLimits } from './cache-entry.ts'
import type { CachingSettings } from './caching-options.ts'
import type { CachingStats } from './stats.ts'

/** What a request wants of the cache. */
export type Want<M extends Materials> = {
  readonly kind: 'encrypt' | 'decrypt'
  readonly id: string
  /** Bytes of plaintext to book; 0 for decryption. */
  readonly bytes: number
  /** Asks the manager beneath, and checks the answer; the data key of a bad one is zeroed. */
  ask(): Promise<M>
  /** Throws for materials that this request must not have. */
  check(materials: M): void
}

/** Materials, and the entry on which their use is booked; none for those outside of the cache. */
export type Served<M extends Materials> = {
  readonly materials: M
  readonly entry: CacheEntry | undefined
}

/** How long after a refresh failed the next one may begin: a failing key service gets no storm. */
const refreshRetryMs = 1000

/**
 * The way of a request through the cache. From finding an entry, or starting one, to booking the use
 * nothing is awaited: so limits hold exactly, and any number of concurrent misses ask for one key.
 */
export class SharedMaterials {
  readonly #cache: MaterialsCache
  readonly #settings: CachingSettings
  #hits = 0
  #misses = 0
  #bypasses = 0
  #calls = 0
  #refreshes = 0
  #refreshesFailed = 0
  #evictions = 0

  constructor(cache: MaterialsCache, settings: CachingSettings) {
    this.#cache = cache
    this.#settings = settings
  }

  /** Around the cache: materials that nobody else gets. */
  async bypass<M extends Materials>(ask: () => Promise<M>): Promise<Served<M>> {
    this.#bypasses += 1
    this.#calls += 1
    return { materials: await ask(), entry: undefined }
  }

  async serve<M extends Materials>(want: Want<M>): Promise<Served<M>> {
    const limits = this.#limitsOf(want)
    const stored = this.#cache.get(want.id)
    // An id holds the kind, so an entry under it has the materials that this request is about.
    if (stored?.materials !== undefined && stored.fits(want.bytes, limits)) {
      this.#hits += 1
      want.check(stored.materials as M)
      return this.#take(want, stored, limits)
    }
    this.#misses += 1
    const entry = this.#pending(want, limits) ?? this.#start(want, limits)
    entry.reserve(want.bytes, limits)
    const materials = await entry.join()
    if (materials !== undefined) return { materials: materials as M, entry }
    // They serve one message only, and another had them.
    this.#calls += 1
    return { materials: await want.ask(), entry: undefined }
  }

  stats(): CachingStats {
    // First, for looking at them evicts those that have expired.
    const entries = this.#cache
      .entries()
      .filter((entry) => entry.partition === this.#settings.partition)
      .map(entryStats)
    const requests = this.#hits + this.#misses + this.#bypasses
    return {
      hits: this.#hits,
      misses: this.#misses,
      bypasses: this.#bypasses,
      calls: this.#calls,
      callsSaved: requests - this.#calls,
      refreshes: this.#refreshes,
      refreshesFailed: this.#refreshesFailed,
      evictions: this.#evictions,
      entries,
    }
  }

  #take<M extends Materials>(want: Want<M>, entry: CacheEntry, limits: UseLimits): Served<M> {
    entry.reserve(want.bytes, limits)
    const materials = entry.copy() as M
    if (entry.isExhausted) this.#cache.remove(want.id, entry)
    else if (entry.leftMs <= this.#settings.refreshAheadMs) this.#refresh(want, entry)
    return { materials, entry }
  }

  /** The data key that is being asked for already, if this request may use it as well. */
  #pending<M extends Materials>(want: Want<M>, limits: UseLimits): CacheEntry | undefined {
    const entry = this.#cache.pending.get(want.id)
    return entry?.fits(want.bytes, limits) ? entry : undefined
  }

  #refresh<M extends Materials>(want: Want<M>, expiring: CacheEntry): void {
    const pending = this.#cache.pending.get(want.id)
    if (!expiring.mayRefresh || pending?.isExpired === false) return
    this.#refreshes += 1
    this.#start(want, this.#limitsOf(want), () => {
      this.#refreshesFailed += 1
      expiring.postponeRefresh(refreshRetryMs)
    })
  }

  #start<M extends Materials>(
    want: Want<M>,
    limits: UseLimits,
    onFailure?: () => void,
  ): CacheEntry {
    const { partition, clock } = this.#settings
    const onEvict = () => {
      this.#evictions += 1
    }
    const entry = new CacheEntry({ kind: want.kind, partition, limits, clock, onEvict })
    this.#calls += 1
    this.#cache.pending.set(want.id, entry)
    void want.ask().then(
      (materials) => this.#arrive(want.id, entry, materials),
      (error: unknown) => {
        this.#endPending(want.id, entry)
        onFailure?.()
        entry.fail(error)
      },
    )
    return entry
  }

  /** Serves everybody who waits, and keeps what may serve more. */
  #arrive(id: string, entry: CacheEntry, materials: Materials): void {
    const isNewest = this.#endPending(id, entry)
    entry.settle(materials)
    const isOfUse = materials.suite.kdf !== undefined && !entry.isExhausted && !entry.isExpired
    // A data key that was asked for earlier and comes later does not replace a younger one.
    if (isOfUse && (isNewest || !this.#cache.has(id))) this.#cache.put(id, entry)
    else entry.erase()
  }

  /** Whether it was the newest that is being asked for under this id. */
  #endPending(id: string, entry: CacheEntry): boolean {
    const isNewest = this.#cache.pending.get(id) === entry
    if (isNewest) this.#cache.pending.delete(id)
    return isNewest
  }

  /** Entries for decryption only age. */
  #limitsOf(want: Want<Materials>): UseLimits {
    const { limits } = this.#settings
    if (want.kind === 'encrypt') return limits
    return { ageMaxMs: limits.ageMaxMs, messagesMax: Infinity, bytesMax: Infinity }
  }
}

const entryStats = (entry: CacheEntry) => ({
  kind: entry.kind,
  suite: entry.materials?.suite.name ?? '',
  messages: entry.messages,
  bytes: entry.bytes,
  ageMs: entry.ageMs,
  leftMs: entry.leftMs,
})
