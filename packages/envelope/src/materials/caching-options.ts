import { randomUUID } from 'node:crypto'
import { EnvelopeError } from '../errors.ts'
import type { MaterialsCache } from './cache.ts'
import type { UseLimits } from './cache-entry.ts'
import { type MonotonicClock, monotonicClock } from './clock.ts'
import type { ManagerOrKeyring } from './default.ts'

export type CachingOptions = ManagerOrKeyring & {
  /** May be shared by several managers; each keeps to its own partition of it. */
  readonly cache: MaterialsCache
  /** How long a data key may be used, counted from when it was asked for. More than zero. */
  readonly maxAgeSeconds: number
  /**
   * How many bytes of plaintext one data key may encrypt. Default: 2^53 - 1, no limit in practice.
   * Messages larger than that have a data key each, outside of the cache.
   */
  readonly maxBytesEncrypted?: number | undefined
  /** How many messages one data key may encrypt. 1 to 2^32, which is also the default. */
  readonly maxMessagesEncrypted?: number | undefined
  /**
   * Managers of the same cache share data keys if, and only if, they have the same partition: give
   * one to managers whose keyrings may stand in for each other. Default: one of its own.
   */
  readonly partition?: string | undefined
  /**
   * In the last so many seconds of a data key's age a use of it has the next one fetched in the
   * background. Less than `maxAgeSeconds`. Default: 0, nothing is fetched ahead.
   */
  readonly refreshAheadSeconds?: number | undefined
  /** Default: the process's. */
  readonly clock?: MonotonicClock | undefined
}

/** The options, checked, with the defaults filled in. */
export type CachingSettings = {
  readonly limits: UseLimits
  readonly partition: string
  readonly refreshAheadMs: number
  readonly clock: MonotonicClock
}

// NIST SP 800-38D §8.3 allows 2^32 messages with random IVs; here every message has a key of its own.
const messagesMax = 2 ** 32

/** Throws `InvalidInput` for what is out of range. */
export const requireCachingSettings = (options: CachingOptions): CachingSettings => {
  const { maxAgeSeconds, refreshAheadSeconds = 0, partition = randomUUID() } = options
  const { maxMessagesEncrypted = messagesMax } = options
  const { maxBytesEncrypted = Number.MAX_SAFE_INTEGER } = options
  if (!(Number.isFinite(maxAgeSeconds) && maxAgeSeconds > 0))
    throw invalid('maxAgeSeconds has to be more than zero')
  if (!isInteger(maxMessagesEncrypted, 1, messagesMax))
    throw invalid('maxMessagesEncrypted has to be an integer from 1 to 2^32')
  if (!isInteger(maxBytesEncrypted, 0, Number.MAX_SAFE_INTEGER))
    throw invalid('maxBytesEncrypted has to be an integer from 0 to 2^53 - 1')
  if (!(refreshAheadSeconds >= 0 && refreshAheadSeconds < maxAgeSeconds))
    throw invalid('refreshAheadSeconds has to be zero or more, and less than maxAgeSeconds')
  if (typeof partition !== 'string' || !partition.isWellFormed())
    throw invalid('partition has to be well-formed Unicode')
  return {
    limits: {
      ageMaxMs: maxAgeSeconds * 1000,
      messagesMax: maxMessagesEncrypted,
      bytesMax: maxBytesEncrypted,
    },
    partition,
    refreshAheadMs: refreshAheadSeconds * 1000,
    clock: options.clock ?? monotonicClock,
  }
}

const isInteger = (value: number, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= min && value <= max

const invalid = (why: string): EnvelopeError => new EnvelopeError('InvalidInput', `${why}.`)
