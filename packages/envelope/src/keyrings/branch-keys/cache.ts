import { monotonicClock, type MonotonicClock } from '../../materials/clock.ts'
import { invalid } from '../data-key.ts'
import type { BranchKey, BranchKeyStore } from './store.ts'

/** What to look up: the active version, or the one named. */
export type BranchKeyLookup = {
  readonly store: BranchKeyStore
  readonly branchKeyId: string
  readonly version: string | undefined
  readonly ttlMs: number
}

/** Plain branch keys, kept for a while. Several keyrings, over several stores, may share one. */
export type BranchKeyCache = {
  /**
   * Calls `use` with the key, whose material is valid during this call only and must not be kept.
   * Any number of concurrent look-ups of one key make one call to the store; a failure is not kept.
   */
  withKey<T>(lookup: BranchKeyLookup, use: (key: BranchKey) => T): Promise<T>
  /** Drops everything, and zeroes what is not in use at the moment. */
  clear(): void
  readonly size: number
}

export type BranchKeyCacheOptions = {
  /** How many branch key versions are kept; the least recently used goes first. Default 1,000. */
  readonly capacity?: number
  readonly clock?: MonotonicClock
}

type Entry = {
  readonly id: string
  readonly key: Promise<BranchKey>
  readonly startedMs: number
  readonly ttlMs: number
  /** Who waits for the key or reads it; the material is zeroed only when nobody does. */
  users: number
  isDropped: boolean
}

/**
 * A cache of branch keys that zeroes them when they are evicted or cleared, and when they expire:
 * that is, at the first look-up of any key after that.
 */
export const branchKeyCache = ({
  capacity = 1_000,
  clock = monotonicClock,
}: BranchKeyCacheOptions = {}): BranchKeyCache => {
  if (!Number.isSafeInteger(capacity) || capacity < 0)
    throw invalid('The capacity of a branch key cache is a whole number, 0 or more.')
  // A map keeps the order of insertion, so its first entry is the least recently used one.
  const entries = new Map<string, Entry>()
  const scopes = new WeakMap<BranchKeyStore, number>()
  let scopeCount = 0
  let nextExpiryMs = Infinity

  const idOf = ({ store, branchKeyId, version }: BranchKeyLookup): string => {
    let scope = scopes.get(store)
    if (scope === undefined) {
      scopeCount += 1
      scope = scopeCount
      scopes.set(store, scope)
    }
    return JSON.stringify([scope, branchKeyId, version ?? null])
  }

  const drop = (entry: Entry): void => {
    entry.isDropped = true
    if (entries.get(entry.id) === entry) entries.delete(entry.id)
    zeroUnused(entry)
  }

  const dropExpired = (nowMs: number): void => {
    if (nowMs < nextExpiryMs) return
    nextExpiryMs = Infinity
    for (const entry of entries.values()) {
      const expiryMs = entry.startedMs + entry.ttlMs
      if (nowMs >= expiryMs) drop(entry)
      else nextExpiryMs = Math.min(nextExpiryMs, expiryMs)
    }
  }

  const load = (id: string, lookup: BranchKeyLookup, nowMs: number): Entry => {
    const entry: Entry = {
      id,
      key: read(lookup),
      // From the start of the look-up, so that no key is used for longer after a rotation.
      startedMs: nowMs,
      ttlMs: lookup.ttlMs,
      users: 0,
      isDropped: false,
    }
    nextExpiryMs = Math.min(nextExpiryMs, nowMs + lookup.ttlMs)
    entry.key.catch(() => {
      drop(entry)
    })
    return entry
  }

  const entryFor = (lookup: BranchKeyLookup): Entry => {
    const nowMs = clock.nowMs()
    dropExpired(nowMs)
    const id = idOf(lookup)
    let entry = entries.get(id)
    // A shared entry may be younger than its own limit and too old for this keyring's.
    if (entry !== undefined && nowMs - entry.startedMs >= lookup.ttlMs) {
      drop(entry)
      entry = undefined
    }
    entry ??= load(id, lookup, nowMs)
    entries.delete(id)
    entries.set(id, entry)
    return entry
  }

  const withKey = async <T>(lookup: BranchKeyLookup, use: (key: BranchKey) => T): Promise<T> => {
    const entry = entryFor(lookup)
    entry.users += 1
    for (const oldest of entries.values()) {
      if (entries.size <= capacity) break
      drop(oldest)
    }
    try {
      return use(await entry.key)
    } finally {
      entry.users -= 1
      zeroUnused(entry)
    }
  }

  return {
    withKey,
    clear: () => {
      for (const entry of entries.values()) drop(entry)
    },
    get size() {
      return entries.size
    },
  }
}

const read = async ({ store, branchKeyId, version }: BranchKeyLookup): Promise<BranchKey> =>
  version === undefined
    ? store.activeBranchKey(branchKeyId)
    : store.branchKeyVersion(branchKeyId, version)

const zeroUnused = (entry: Entry): void => {
  if (!entry.isDropped || entry.users > 0) return
  entry.key.then(
    ({ material }) => material.fill(0),
    () => undefined,
  )
}
