import assert from 'node:assert/strict'
import { test } from 'node:test'
import { opensslBytesPerSecond } from './openssl.ts'
import { childMillis, runTimed } from './timed-command.ts'

test('the sum of several processes is the figure of openssl speed', () => {
  const one = '+H:65536\n+F:25:AES-256-GCM:4229562368.00\n'
  assert.equal(opensslBytesPerSecond(one), 4_229_562_368)
  const two =
    'Forked child 0\nGot: +H:65536 from 0\nGot: +F:25:AES-256-GCM:2224619520.00 from 0\n' +
    'Got: +F:25:AES-256-GCM:2231697408.00 from 1\n+F:25:AES-256-GCM:4456316928.00\n'
  assert.equal(opensslBytesPerSecond(two), 4_456_316_928)
  assert.throws(() => opensslBytesPerSecond('speed: unknown algorithm'), /told no figure/)
})

test('the times of a command are the second line of the shell, user and system', () => {
  assert.equal(childMillis('0m0.010000s 0m0.000000s\n1m2.500000s 0m0.250000s\n'), 62_750)
  assert.equal(childMillis('0m0.001s 0m0.002s\n0m0.030s 0m0.040s\n'), 70)
  assert.throws(() => childMillis('0m0.01s 0m0.00s\n'), /did not tell/)
})

test('a command is run to its end, and a failing one is told with its last words', async () => {
  const options = { cpu: undefined, output: 'keep' } as const
  const { kept, wallMs, cpuMs } = await runTimed(['printf', '%s', 'a b'], options)
  assert.equal(kept, 'a b')
  assert.ok(wallMs > 0 && cpuMs >= 0)
  await assert.rejects(runTimed(['sh', '-c', 'echo why >&2; exit 3'], options), /ended with 3: why/)
})
