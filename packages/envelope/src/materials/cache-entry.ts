import type { MonotonicClock } from './clock.ts'
import type { DecryptionMaterials, EncryptionMaterials } from './types.ts'

export type Materials = EncryptionMaterials | DecryptionMaterials

/** How far one data key may go. */
export type UseLimits = {
  readonly ageMaxMs: number
  readonly messagesMax: number
  readonly bytesMax: number
}

/**
 * One data key and the account of its use. It exists from the moment the key is asked for, so that
 * uses are booked before anything is awaited: what is booked can neither be lost nor exceed a limit.
 * The key's bytes are the entry's own; everybody gets copies.
 */
export class CacheEntry {
  readonly kind: 'encrypt' | 'decrypt'
  readonly partition: string
  readonly #clock: MonotonicClock
  readonly #startedAtMs: number
  readonly #onEvict: () => void
  #limits: UseLimits
  #refreshNotBeforeMs = -Infinity
  #messages = 0
  #bytes = 0
  #materials: Materials | undefined
  #waiting: PromiseWithResolvers<Materials | undefined>[] = []

  constructor(options: {
    readonly kind: 'encrypt' | 'decrypt'
    readonly partition: string
    readonly limits: UseLimits
    readonly clock: MonotonicClock
    readonly onEvict: () => void
  }) {
    this.kind = options.kind
    this.partition = options.partition
    this.#limits = options.limits
    this.#clock = options.clock
    this.#onEvict = options.onEvict
    // Before the key is asked for, not after: what a key service allowed then may be revoked since.
    this.#startedAtMs = options.clock.nowMs()
  }

  get messages(): number {
    return this.#messages
  }

  get bytes(): number {
    return this.#bytes
  }

  get ageMs(): number {
    return this.#clock.nowMs() - this.#startedAtMs
  }

  /** Time left, in milliseconds; zero or less: expired. */
  get leftMs(): number {
    return this.#limits.ageMaxMs - this.ageMs
  }

  get isExpired(): boolean {
    return this.leftMs <= 0
  }

  /** No message at all fits any more, not even an empty one. */
  get isExhausted(): boolean {
    return this.#messages >= this.#limits.messagesMax
  }

  /** Whether the next data key may be fetched ahead: not soon after that failed. */
  get mayRefresh(): boolean {
    return this.#clock.nowMs() >= this.#refreshNotBeforeMs
  }

  postponeRefresh(delayMs: number): void {
    this.#refreshNotBeforeMs = this.#clock.nowMs() + delayMs
  }

  /** The live materials, for looking at them; `undefined` before they came and after they went. */
  get materials(): Materials | undefined {
    return this.#materials
  }

  /** Whether one more message of so many bytes is within the entry's limits and these. */
  fits(bytes: number, limits: UseLimits): boolean {
    const { ageMaxMs, messagesMax, bytesMax } = tighter(this.#limits, limits)
    return this.ageMs < ageMaxMs && this.#messages < messagesMax && this.#bytes + bytes <= bytesMax
  }

  /**
   * Books one message that fits. The limits stay with the entry from then on: another manager with
   * wider ones must not carry a key further that this one has used.
   */
  reserve(bytes: number, limits: UseLimits): void {
    this.#limits = tighter(this.#limits, limits)
    this.#messages += 1
    this.#bytes += bytes
  }

  /** Takes back bytes that were booked and not used. */
  giveBack(bytes: number): void {
    this.#bytes -= bytes
  }

  /** A copy whose data key the caller owns. Only while there are materials. */
  copy(): Materials {
    if (this.#materials === undefined) throw new TypeError('The entry has no materials.')
    return copyOf(this.#materials)
  }

  /** Waits for the materials; `undefined` where they may serve one message only, and did. */
  join(): Promise<Materials | undefined> {
    const waiter = Promise.withResolvers<Materials | undefined>()
    this.#waiting.push(waiter)
    return waiter.promise
  }

  /**
   * Takes ownership of the materials and hands out all copies in one go, before anything can evict
   * the entry. Without a KDF a data key serves the first who waits, and nobody else.
   */
  settle(materials: Materials): void {
    this.#materials = materials
    const isShareable = materials.suite.kdf !== undefined
    for (const [index, waiter] of this.#waiting.entries())
      waiter.resolve(isShareable || index === 0 ? copyOf(materials) : undefined)
    this.#waiting = []
  }

  /** Tells everybody who waits why there are none. */
  fail(error: unknown): void {
    for (const waiter of this.#waiting) waiter.reject(error)
    this.#waiting = []
  }

  /** Zeroes the data key. */
  erase(): void {
    this.#materials?.dataKey.fill(0)
    this.#materials = undefined
  }

  /** What a cache calls when the entry leaves it, for whatever reason: zeroes, and is counted. */
  evict(): void {
    this.erase()
    this.#onEvict()
  }
}

const tighter = (a: UseLimits, b: UseLimits): UseLimits => ({
  ageMaxMs: Math.min(a.ageMaxMs, b.ageMaxMs),
  messagesMax: Math.min(a.messagesMax, b.messagesMax),
  bytesMax: Math.min(a.bytesMax, b.bytesMax),
})

/** Whoever changes what they were given must not change what the next one gets. */
const copyOf = <M extends Materials>(materials: M): M => {
  const copy = {
    ...materials,
    dataKey: Uint8Array.from(materials.dataKey),
    context: new Map(materials.context),
  }
  if (!('encryptedDataKeys' in copy)) return copy
  const encryptedDataKeys = copy.encryptedDataKeys.map(
    ({ providerId, providerInfo, ciphertext }) => ({
      providerId,
      providerInfo: Uint8Array.from(providerInfo),
      ciphertext: Uint8Array.from(ciphertext),
    }),
  )
  return { ...copy, encryptedDataKeys }
}
