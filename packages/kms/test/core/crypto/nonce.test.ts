import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { toHex, utf8 } from '../../../src/core/crypto/bytes.ts'
import { NonceSource } from '../../../src/core/crypto/nonce.ts'
import { nextNonce, stuckRandom, systemRandom } from './fixtures.ts'

const canon = Uint8Array.of(0, 0)
const message = utf8('message')

test('N is made as the format page says', () => {
  const nonces = new NonceSource(stuckRandom(7))
  for (const counter of [0, 1, 2]) {
    const secret = Buffer.alloc(32, 7)
    const beginning = [secret, Buffer.alloc(16, 7), Buffer.alloc(7), Buffer.of(counter)]
    const expected = createHash('sha256')
      .update(Buffer.concat([...beginning, canon, message]))
      .digest('hex')
    assert.equal(toHex(nextNonce(nonces, canon, message)), expected.slice(0, 32))
  }
})

test('a context of any length has its place, and the secret stays the same', () => {
  const nonces = new NonceSource(stuckRandom(7))
  const large = new Uint8Array(20_000)
  const input = (counter: number, context: Uint8Array): Buffer =>
    Buffer.concat([Buffer.alloc(48, 7), Buffer.alloc(7), Buffer.of(counter), context, message])
  for (const [counter, context] of [canon, large, canon].entries()) {
    const expected = createHash('sha256').update(input(counter, context)).digest('hex')
    assert.equal(toHex(nextNonce(nonces, context, message)), expected.slice(0, 32))
  }
})

test('nonces differ although the randomness stands still', () => {
  const nonces = new NonceSource(stuckRandom(0))
  const seen = new Set(
    Array.from({ length: 1_000 }, () => toHex(nextNonce(nonces, canon, message))),
  )
  assert.equal(seen.size, 1_000)
})

test('two clones repeat a nonce for the same message only', () => {
  const clone = () => new NonceSource(stuckRandom(0))
  const nonce = toHex(nextNonce(clone(), canon, message))
  assert.equal(toHex(nextNonce(clone(), canon, message)), nonce)
  assert.notEqual(toHex(nextNonce(clone(), canon, utf8('messagf'))), nonce)
  assert.notEqual(toHex(nextNonce(clone(), Uint8Array.of(0, 1), message)), nonce)
})

test('two processes make different nonces from the same randomness for the same message', () => {
  const secrets = [1, 2].map((byte) => {
    let calls = 0
    return { ...systemRandom, bytes: (n: number) => new Uint8Array(n).fill(calls++ ? 9 : byte) }
  })
  const [a, b] = secrets.map((random) => toHex(nextNonce(new NonceSource(random), canon, message)))
  assert.notEqual(a, b)
})

test('neither context nor plaintext is changed, and a nonce is 16 bytes', () => {
  const plaintext = new Uint8Array(message)
  const nonce = nextNonce(new NonceSource(systemRandom), canon, plaintext)
  assert.deepEqual([nonce.length, plaintext, canon], [16, message, Uint8Array.of(0, 0)])
})
