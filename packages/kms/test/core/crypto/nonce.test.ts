import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { toHex, utf8 } from '../../../src/core/crypto/bytes.ts'
import { NonceSource } from '../../../src/core/crypto/nonce.ts'
import { stuckRandom, systemRandom } from './fixtures.ts'

const canon = Uint8Array.of(0, 0)
const message = utf8('message')

test('N is made as the format page says', () => {
  const nonces = new NonceSource(stuckRandom(7))
  const digest = createHash('sha256').update(canon).update(message).digest()
  for (const counter of [0, 1, 2]) {
    const input = Buffer.concat([Buffer.alloc(16, 7), Buffer.alloc(7), Buffer.of(counter), digest])
    const expected = createHmac('sha256', Buffer.alloc(32, 7)).update(input).digest('hex')
    assert.equal(toHex(nonces.next(canon, message)), expected.slice(0, 32))
  }
})

test('nonces differ although the randomness stands still', () => {
  const nonces = new NonceSource(stuckRandom(0))
  const seen = new Set(Array.from({ length: 1_000 }, () => toHex(nonces.next(canon, message))))
  assert.equal(seen.size, 1_000)
})

test('two clones repeat a nonce for the same message only', () => {
  const clone = () => new NonceSource(stuckRandom(0))
  const nonce = toHex(clone().next(canon, message))
  assert.equal(toHex(clone().next(canon, message)), nonce)
  assert.notEqual(toHex(clone().next(canon, utf8('messagf'))), nonce)
  assert.notEqual(toHex(clone().next(Uint8Array.of(0, 1), message)), nonce)
})

test('two processes make different nonces from the same randomness for the same message', () => {
  const secrets = [1, 2].map((byte) => {
    let calls = 0
    return { ...systemRandom, bytes: (n: number) => new Uint8Array(n).fill(calls++ ? 9 : byte) }
  })
  const [a, b] = secrets.map((random) => toHex(new NonceSource(random).next(canon, message)))
  assert.notEqual(a, b)
})

test('neither context nor plaintext is changed, and a nonce is 16 bytes', () => {
  const plaintext = new Uint8Array(message)
  const nonce = new NonceSource(systemRandom).next(canon, plaintext)
  assert.deepEqual([nonce.length, plaintext, canon], [16, message, Uint8Array.of(0, 0)])
})
