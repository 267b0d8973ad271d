/** Steps in each doubling: what is read back is at most 1/128 above what was recorded. */
const stepsBits = 7
const steps = 2 ** stepsBits
/** 2^32 microseconds are 71 minutes; a longer latency counts as that. */
const microsMax = 2 ** 32 - 1
const doublings = 32 - stepsBits

/**
 * Latencies in memory that does not grow: counts by microsecond up to 128, then 128 counts for each
 * doubling. Percentiles are the upper ends of their steps; the mean and the greatest are exact.
 */
export class Histogram {
  readonly #counts = new Float64Array(steps * (doublings + 1))
  #count = 0
  #sumMs = 0
  #maxMs = 0

  get count(): number {
    return this.#count
  }

  get maxMs(): number {
    return this.#maxMs
  }

  /** NaN while nothing is recorded. */
  get meanMs(): number {
    return this.#sumMs / this.#count
  }

  record(ms: number): void {
    const micros = Math.min(microsMax, Math.max(0, Math.round(ms * 1000)))
    this.#counts[stepOf(micros)]! += 1
    this.#count += 1
    this.#sumMs += ms
    if (ms > this.#maxMs) this.#maxMs = ms
  }

  /** The latency in ms that `fraction` (0 to 1) of all do not exceed; NaN without any. */
  percentileMs(fraction: number): number {
    if (this.#count === 0) return Number.NaN
    let left = Math.max(1, Math.ceil(this.#count * fraction))
    for (let step = 0; step < this.#counts.length; step += 1) {
      left -= this.#counts[step]!
      if (left <= 0) return Math.min(this.#maxMs, upperMicros(step) / 1000)
    }
    return this.#maxMs
  }
}

const stepOf = (micros: number): number => {
  if (micros < steps) return micros
  const doubling = 31 - stepsBits - Math.clz32(micros)
  return (doubling + 1) * steps + (micros >>> doubling) - steps
}

const upperMicros = (step: number): number => {
  if (step < steps) return step
  const doubling = Math.floor(step / steps) - 1
  return (steps + (step % steps) + 1) * 2 ** doubling - 1
}
