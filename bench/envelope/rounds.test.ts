import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Contestant } from './contestant.ts'
import { cpuRatio, figuresOf, interleaved, isDisturbed, speedRatio, type Taken } from './rounds.ts'
import type { Turn } from './work.ts'

const turn = (wallMs: number, cpuMs = wallMs): Turn => ({ bytes: 1e6, messages: 4, wallMs, cpuMs })
const taken = (...turns: readonly Turn[]): Taken => ({ name: 'a', cores: 'one', turns })

test('rounds go through the contestants forwards and then backwards', async () => {
  const order: string[] = []
  const contestant = (name: string): Contestant => ({
    name,
    cores: 'one',
    turn: () => {
      order.push(name)
      return Promise.resolve(turn(order.length))
    },
  })
  const told: string[] = []
  const all = await interleaved([contestant('a'), contestant('b')], 3, (text) => told.push(text))
  assert.deepEqual(order, ['a', 'b', 'b', 'a', 'a', 'b'])
  assert.deepEqual(
    all.map(({ turns }) => turns.map(({ wallMs }) => wallMs)),
    [
      [1, 4, 5],
      [2, 3, 6],
    ],
  )
  assert.equal(told.length, 3)
})

test('rates are bytes and messages by wall time, costs are CPU time by both', () => {
  const figures = figuresOf(taken(turn(10, 20)))
  assert.equal(figures.mbPerSecond.median, 100)
  assert.equal(figures.messagesPerSecond.median, 400)
  assert.equal(figures.cpuSecondsPerGb.median, 20)
  assert.equal(figures.cpuMicrosPerMessage.median, 5000)
  assert.equal(figures.busy.median, 2)
})

test('a ratio compares each round with the same round of the other', () => {
  const slow = taken(turn(20), turn(400))
  const fast = taken(turn(10), turn(100))
  assert.deepEqual(speedRatio(fast, slow), { median: 3, min: 2, max: 4 })
})

test('by CPU time, who uses less of it is ahead', () => {
  const ratio = cpuRatio(taken(turn(50, 10)), taken(turn(20, 20)))
  assert.equal(ratio.median, 2)
})

test('work on one core that waited is disturbed, work on all cores is not', () => {
  const held = taken(turn(100, 80))
  assert.equal(isDisturbed([taken(turn(100, 95))]), false)
  assert.equal(isDisturbed([taken(turn(100)), held]), true)
  assert.equal(isDisturbed([{ ...held, cores: 'all' }]), false)
})
