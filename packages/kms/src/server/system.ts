import { randomFillSync, randomUUID } from 'node:crypto'
import type { Clock, Random } from '../core/ports.ts'

export const systemClock: Clock = { nowMs: () => Date.now() }

const poolBytes = 8192

/**
 * Randomness of the operating system, drawn in bulk: one call to OpenSSL costs ten times what it
 * costs to copy a slice. Every slice is handed out once, and zeroed in the pool.
 */
export const systemRandom = (): Random => {
  const pool = new Uint8Array(poolBytes)
  let used = poolBytes
  return {
    bytes: (length) => {
      if (length > poolBytes / 8) return randomFillSync(new Uint8Array(length))
      if (used + length > poolBytes) {
        randomFillSync(pool)
        used = 0
      }
      const bytes = pool.slice(used, used + length)
      pool.fill(0, used, used + length)
      used += length
      return bytes
    },
    uuid: () => randomUUID(),
  }
}
