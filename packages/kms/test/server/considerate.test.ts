import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { considerate, ownLoop } from '../../src/server/considerate.ts'

/** A loop whose time the test makes, and whose rests are `share` busy with others. */
const fakeLoop = () => {
  const rests: number[] = []
  const loop = {
    atMs: 0,
    share: 0,
    rests,
    nowMs: () => loop.atMs,
    rest: async (ms: number) => {
      rests.push(ms)
      loop.atMs += ms
      return loop.share
    },
  }
  return loop
}

describe('long work in the background', () => {
  it('rests as long as it works while nobody else does', async () => {
    const loop = fakeLoop()
    const pause = considerate(loop)
    for (const workedMs of [2, 3, 4]) {
      loop.atMs += workedMs
      await pause()
    }
    assert.deepEqual(loop.rests, [2, 3, 4])
  })

  it('rests nine times as long after others were seen to work, until they do not', async () => {
    const loop = fakeLoop()
    const pause = considerate(loop)
    for (const share of [0.5, 0.21, 0.2, 0]) {
      loop.atMs += 2
      loop.share = share
      await pause()
    }
    assert.deepEqual(loop.rests, [2, 18, 18, 2])
  })

  it('does not rest for what kept it from going on', async () => {
    const loop = fakeLoop()
    const pause = considerate(loop)
    loop.atMs += 5000
    await pause()
    assert.deepEqual(loop.rests, [20])
  })

  it('sees who else works in its own process', async () => {
    const held = setTimeout(() => undefined, 60_000)
    const idle = await ownLoop.rest(50)
    const untilMs = performance.now() + 50
    setImmediate(function turn() {
      if (performance.now() < untilMs) setImmediate(turn)
    })
    const busy = await ownLoop.rest(40)
    clearTimeout(held)
    assert(idle < busy, `${idle} ${busy}`)
    assert(busy > 0.5)
  })
})
