import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { chainStart } from '../../src/core/state/chain.ts'
import { scheduleVerification } from '../../src/server/verification-schedule.ts'
import { SilentLog } from './harness.ts'

const hourMs = 3_600_000

/** Verifications that end when the test says so. */
const heldState = () => {
  const underWay: PromiseWithResolvers<void>[] = []
  const verify = (): Promise<void> => {
    const held = Promise.withResolvers<void>()
    underWay.push(held)
    return held.promise
  }
  return { verify, newest: chainStart, underWay }
}

const turn = (): Promise<void> => setImmediate()

describe('the verification of the state', () => {
  it('takes place at once and every hour, until it is stopped', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const state = heldState()
    const log = new SilentLog()
    const schedule = scheduleVerification(state, log)
    assert.equal(state.underWay.length, 1)
    state.underWay[0]?.resolve()
    await turn()
    t.mock.timers.tick(hourMs)
    assert.equal(state.underWay.length, 2)
    state.underWay[1]?.reject(new Error('found'))
    await turn()
    t.mock.timers.tick(hourMs)
    assert.equal(state.underWay.length, 3)
    schedule.stop()
    state.underWay[2]?.reject(new Error('the store was closed'))
    await turn()
    t.mock.timers.tick(2 * hourMs)
    assert.equal(state.underWay.length, 3)
    const told = log.lines.map(({ event }) => event)
    assert.deepEqual(told, ['state verified', 'state not verified'])
  })

  it('never takes place twice at once', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const state = heldState()
    const schedule = scheduleVerification(state, new SilentLog())
    t.mock.timers.tick(3 * hourMs)
    assert.equal(state.underWay.length, 1)
    state.underWay[0]?.resolve()
    await turn()
    t.mock.timers.tick(hourMs)
    assert.equal(state.underWay.length, 2)
    schedule.stop()
  })
})
