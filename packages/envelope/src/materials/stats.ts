/**
 * What a caching manager did. `hits + misses + bypasses` is the number of requests; each request
 * counts once, whether it succeeded or not.
 */
export type CachingStats = {
  /** Answered from the cache, without waiting. */
  readonly hits: number
  /** Had to wait for a data key, its own or one that another request was already asking for. */
  readonly misses: number
  /** May not be cached: no KDF, unknown length, or larger than a data key's bytes. */
  readonly bypasses: number
  /** Calls of the manager beneath, refreshes included: what reached the keyring. */
  readonly calls: number
  /** Calls that caching saved: requests less calls. */
  readonly callsSaved: number
  /** Calls ahead of expiry, and how many of them failed. */
  readonly refreshes: number
  readonly refreshesFailed: number
  /** Entries of this manager's making that left the cache, for whatever reason. */
  readonly evictions: number
  /** The live entries of this manager's partition, the least recently used first. */
  readonly entries: readonly CachingEntryStats[]
}

export type CachingEntryStats = {
  readonly kind: 'encrypt' | 'decrypt'
  readonly suite: string
  /** Messages booked on the data key; for `decrypt`, how often it was given out. */
  readonly messages: number
  /** Bytes of plaintext booked on the data key; always 0 for `decrypt`, where they do not count. */
  readonly bytes: number
  readonly ageMs: number
  /** Milliseconds until it expires. */
  readonly leftMs: number
}
