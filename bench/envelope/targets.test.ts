import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultFrameLength } from '../../packages/envelope/src/index.ts'
import type { Taken } from './rounds.ts'
import type { Course } from './streams.ts'
import { memoryTarget, streamTargets, targetsText, verdictOf } from './targets.ts'

const spread = (median: number) => ({ median, min: median, max: median })

/** A contestant that takes so long for the same bytes. */
const taken = (about: Omit<Taken, 'turns'>, wallMs: number): Taken => ({
  ...about,
  turns: [{ bytes: 1e9, messages: 1, wallMs, cpuMs: wallMs }],
})

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

test('the streams are held against the cipher at the default frame length', () => {
  const course: Course = {
    operation: 'encrypt',
    signing: 'unsigned',
    taken: [
      taken({ name: 'keyhold', cores: 'one', frameLength: 4096 }, 4000),
      taken({ name: 'keyhold', cores: 'one', frameLength: defaultFrameLength }, 1000),
      taken({ name: 'one cipher', cores: 'one' }, 500),
    ],
  }
  const targets = streamTargets([course])
  const cipher = targets.find(({ what }) => what === 'encrypt, one core / one cipher object')
  assert.equal(cipher?.measured?.median, 0.5)
  assert.equal(cipher?.verdict, 'NOT MET')
  const client = targets.filter(({ what }) => what.includes('client-node'))
  assert.deepEqual(
    client.map(({ verdict }) => verdict),
    ['not measured', 'not measured'],
  )
})

test('the greatest peak of memory is the one that counts', () => {
  const target = memoryTarget([{ peakBytes: 150 * 2 ** 20 }, { peakBytes: 250 * 2 ** 20 }])
  assert.equal(target.measured?.median, 250)
  assert.equal(target.verdict, 'NOT MET')
  assert.match(targetsText([target]), /peak memory, MiB +< 200 +250 \(250-250\) +NOT MET/)
})
