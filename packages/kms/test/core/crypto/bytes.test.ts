import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as b from '../../../src/core/crypto/bytes.ts'

test('hex reads back what it writes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.deepEqual(b.fromHex(b.toHex(bytes)), bytes)
    }),
  )
})

test('hex is written for the bytes of a view, not for the buffer behind it', () => {
  const whole = Uint8Array.of(1, 2, 3, 4)
  assert.equal(b.toHex(whole.subarray(1, 3)), '0203')
  assert.equal(b.toBase64(whole.subarray(1, 3)), 'AgM=')
})

for (const text of ['0', 'AB', '0g', ' 00', '00 ', '00\n', '0x00', '٠٠'])
  test(`${JSON.stringify(text)} is not hex`, () => {
    assert.throws(() => b.fromHex(text), TypeError)
  })

test('bytes of different lengths are unequal, and do not throw', () => {
  assert.equal(b.equalConstantTime(Uint8Array.of(1), Uint8Array.of(1, 2)), false)
  assert.equal(b.equalConstantTime(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false)
  assert.equal(b.equalConstantTime(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true)
  assert.equal(b.equalConstantTime(new Uint8Array(), new Uint8Array()), true)
})

test('joined bytes lie in a buffer of their own', () => {
  const joined = b.concatBytes(Uint8Array.of(1), new Uint8Array(), Buffer.from([2, 3]))
  assert.deepEqual(joined, Uint8Array.of(1, 2, 3))
  assert.equal(joined.buffer.byteLength, 3)
})

test('a lone surrogate has no UTF-8', () => {
  assert.throws(() => b.utf8('a\ud800'), TypeError)
  assert.throws(() => b.lengthPrefixed('\udc00'), TypeError)
  assert.deepEqual(b.utf8('é'), Uint8Array.of(0xc3, 0xa9))
})

test('length-prefixed parts can be told apart again', () => {
  const anyPart = fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 300 }))
  fc.assert(
    fc.property(fc.array(anyPart), (parts) => {
      const bytes = b.lengthPrefixed(...parts)
      const read: Uint8Array[] = []
      for (let at = 0; at < bytes.length;) {
        const end = at + 2 + bytes[at]! * 256 + bytes[at + 1]!
        read.push(bytes.slice(at + 2, end))
        at = end
      }
      assert.deepEqual(
        read,
        parts.map((part) => (typeof part === 'string' ? b.utf8(part) : part)),
      )
    }),
  )
})

test('a part of 65,535 bytes has a length, one of 65,536 has none', () => {
  const bytes = b.lengthPrefixed(new Uint8Array(65_535))
  assert.deepEqual(bytes.subarray(0, 3), Uint8Array.of(255, 255, 0))
  assert.throws(() => b.lengthPrefixed(new Uint8Array(65_536)), RangeError)
})
