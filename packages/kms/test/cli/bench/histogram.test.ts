import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Histogram } from '../../../src/cli/bench/histogram.ts'

const filled = (values: Iterable<number>): Histogram => {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

describe('a histogram of latencies', () => {
  test('gives the nearest rank, at most 1/128 too high and never above the greatest', () => {
    const latencies = fc.array(fc.double({ min: 0, max: 3_600_000, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(latencies, fc.double({ min: 0, max: 1, noNaN: true }), (values, fraction) => {
        const sorted = values.toSorted((a, b) => a - b)
        const rank = Math.max(1, Math.ceil(values.length * fraction))
        const exactMs = sorted[rank - 1]!
        const foundMs = filled(values).percentileMs(fraction)
        // A microsecond for the rounding of what is recorded.
        assert(foundMs >= exactMs - 0.001, `${foundMs} for ${exactMs}`)
        assert(foundMs <= exactMs * (1 + 1 / 128) + 0.001, `${foundMs} for ${exactMs}`)
        assert(foundMs <= sorted.at(-1)!)
      }),
    )
  })

  test('knows the mean, the greatest and the number exactly', () => {
    const histogram = filled([0.25, 1.5, 7])
    assert.deepEqual([histogram.count, histogram.meanMs, histogram.maxMs], [3, 8.75 / 3, 7])
  })

  test('counts what is longer than it holds as the longest', () => {
    assert.equal(filled([1e12]).percentileMs(0.5), (2 ** 32 - 1) / 1000)
  })

  test('has no percentile while nothing is recorded', () => {
    assert(Number.isNaN(filled([]).percentileMs(0.5)))
  })
})
