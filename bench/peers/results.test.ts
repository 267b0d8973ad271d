import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peersText, resultsOf } from './results.ts'
import type { Turn } from './turn.ts'

const turn = (perSecond: number, cpuMicrosEach: number): Turn => ({
  perSecond,
  cpuMicrosEach,
  p50Ms: 1,
  p99Ms: 2,
  failed: 3,
  generatorBusy: 0.5,
})

const turns = new Map([
  ['keyhold', [turn(1000, 100), turn(500, 200)]],
  ['moto', [turn(100, 1000), turn(25, 2000)]],
])

test('ratios are taken within a round, for what the machine did in it was done to both', () => {
  const [own, moto] = resultsOf('encrypt', 64, turns)
  assert.deepEqual(own?.keyholdRatio, { median: 1, min: 1, max: 1 })
  assert.deepEqual(moto?.keyholdRatio, { median: 15, min: 10, max: 20 })
  assert.deepEqual(moto?.keyholdCpuRatio, { median: 10, min: 10, max: 10 })
  assert.equal(moto?.failed, 6)
})

test('a peer that cannot be had is named with the reason', () => {
  const text = peersText(resultsOf('encrypt', 64, turns), { OpenBao: 'nobody serves it' })
  assert.match(text, /MISSING, so not compared: OpenBao: nobody serves it/)
})
