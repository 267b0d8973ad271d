import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rateIn } from './openssl-speed.ts'

/** What OpenSSL 3.0 prints: the second rate of key agreement is the time of one, in seconds. */
const outputs = [
  ['rsa2048', '+F2:2:2048:2895.918367:51550.000000', 2895.918367, 51550],
  ['ecdsap256', '+F4:3:256:37488.000000:12995.918367', 37488, 12995.918367],
  ['ecdhp256', '+F5:3:256:15882.000000:0.000063', 15882, 0.000063],
  ['ed25519', '+F6:0:253:Ed25519:24316.666667:8072.727273', 24316.666667, 8072.727273],
] as const

for (const [algorithm, line, first, second] of outputs)
  test(`the rates of ${algorithm} are read from what openssl speed prints`, () => {
    const output = `+H:16:64:256\n${line}\n`
    assert.equal(rateIn(output, 'first'), first)
    assert.equal(rateIn(output, 'second'), second)
  })

test('an output without a rate gives none', () => {
  assert.equal(rateIn('', 'first'), undefined)
  assert.equal(rateIn('speed: Unknown algorithm ml-dsa-44\n', 'first'), undefined)
})
