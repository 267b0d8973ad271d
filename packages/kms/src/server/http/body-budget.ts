import type { HttpLimits } from './limits.ts'

export type BudgetLimits = Pick<
  HttpLimits,
  'bodyBytesHeldMax' | 'smallBodyBytesMax' | 'largeBytesHeldMax' | 'largeBytesPerAddressMax'
>

/**
 * Bytes of memory for request bodies, over all connections of a listener. Large bodies have a share
 * of it, and each remote address a share of that, so that what is left always takes the small ones,
 * of which real calls consist.
 */
export class BodyBudget {
  readonly #limits: BudgetLimits
  #heldBytes = 0
  #largeBytes = 0
  readonly #largeBytesOf = new Map<string, number>()

  constructor(limits: BudgetLimits) {
    this.#limits = limits
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** By the length that was announced, whatever of it has come. */
  isLarge(bodyBytes: number): boolean {
    return bodyBytes > this.#limits.smallBodyBytesMax
  }

  /** `false`, and nothing is taken, when that would be too much. */
  take(bytes: number, isLarge: boolean, address: string): boolean {
    if (this.#heldBytes + bytes > this.#limits.bodyBytesHeldMax) return false
    if (isLarge && !this.#takeLarge(bytes, address)) return false
    this.#heldBytes += bytes
    return true
  }

  /** Only what was taken, for the same kind and address. */
  giveBack(bytes: number, isLarge: boolean, address: string): void {
    this.#heldBytes -= bytes
    if (!isLarge || bytes === 0) return
    this.#largeBytes -= bytes
    const left = (this.#largeBytesOf.get(address) ?? 0) - bytes
    if (left > 0) this.#largeBytesOf.set(address, left)
    else this.#largeBytesOf.delete(address)
  }

  #takeLarge(bytes: number, address: string): boolean {
    const { largeBytesHeldMax, largeBytesPerAddressMax } = this.#limits
    const ofAddress = (this.#largeBytesOf.get(address) ?? 0) + bytes
    if (this.#largeBytes + bytes > largeBytesHeldMax) return false
    if (ofAddress > largeBytesPerAddressMax) return false
    this.#largeBytes += bytes
    this.#largeBytesOf.set(address, ofAddress)
    return true
  }
}
