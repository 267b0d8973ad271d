import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressLine, showProgress } from '../../../src/cli/bench/progress.ts'

test('the progress tells how far, how fast and what failed', () => {
  const bar = `${'█'.repeat(12)}${'░'.repeat(12)}`
  const line = progressLine(5000, 10_000, { count: 60_000, failed: 0 })
  assert.equal(line, ` 50% ${bar}  12000/s  5 s left`)
  assert.match(
    progressLine(11_000, 10_000, { count: 2, failed: 1 }),
    /^100% .*0 s left {2}1 failed$/,
  )
})

test('nothing is drawn where there is no terminal', () => {
  const drawn: string[] = []
  const sink = { write: (chunk: string | Uint8Array) => drawn.push(String(chunk)) }
  const look = () => ({ count: 0, failed: 0 })
  showProgress(sink, 1000, () => 0, look)()
  assert.deepEqual(drawn, [])
  showProgress({ ...sink, isTTY: true }, 1000, () => 0, look)()
  assert.deepEqual(drawn, ['\r\u001b[K'])
})
