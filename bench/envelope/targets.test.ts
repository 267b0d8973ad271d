import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryTargets, targetsText, verdictOf } from './targets.ts'

const spread = (median: number) => ({ median, min: median, max: median })

test('a figure at its bound is met where it is the least, and not where it has to be below', () => {
  assert.equal(verdictOf(spread(0.9), 0.9), 'met')
  assert.equal(verdictOf(spread(0.89), 0.9), 'NOT MET')
  assert.equal(verdictOf(spread(200), 200, 'below'), 'NOT MET')
  assert.equal(verdictOf(spread(199), 200, 'below'), 'met')
})

test('what was not measured is said to be so, never met', () => {
  assert.equal(verdictOf(undefined, 0.9), 'not measured')
  assert.equal(verdictOf(undefined, undefined), 'not measured')
})

test('the greatest peak of each is the one that counts', () => {
  const peaks = [150, 250].map((mebibytes) => ({
    user: 'into' as const,
    peakBytes: mebibytes * 2 ** 20,
  }))
  const [streams, into, command] = memoryTargets([...peaks, { user: 'stream', peakBytes: 2 ** 20 }])
  assert.equal(into?.measured?.median, 250)
  assert.equal(into?.verdict, 'NOT MET')
  assert.equal(streams?.verdict, 'met')
  assert.equal(command?.verdict, 'not measured')
  assert.match(targetsText([into]), /peak memory of into, MiB +< 200 +250 \(250-250\) +NOT MET/)
})
