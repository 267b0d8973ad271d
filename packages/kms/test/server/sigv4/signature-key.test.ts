import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { SignatureKey } from '../../../src/server/sigv4/signature-key.ts'

const mac = (key: Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text, 'latin1').digest('hex')

test('a signature is the HMAC-SHA-256 of the text, in hex', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.string({ unit: 'grapheme-ascii', maxLength: 1024 }),
      (bytes, text) => {
        const key = new SignatureKey(bytes)
        assert(key.isOf(text, mac(bytes, text)))
        // No text has this last character.
        assert(!key.isOf(`${text.slice(1)}\x7f`, mac(bytes, text)))
        const shorter = text.slice(1)
        assert(key.isOf(shorter, mac(bytes, shorter)))
        assert(key.isOf(text, mac(bytes, text)))
      },
    ),
  )
})

test('one character more, less or other is no signature', () => {
  const bytes = randomBytes(32)
  const key = new SignatureKey(bytes)
  const right = mac(bytes, 'text')
  for (let at = 0; at < right.length; at += 1) {
    const other = right[at] === '0' ? '1' : '0'
    assert(!key.isOf('text', right.slice(0, at) + other + right.slice(at + 1)))
  }
  for (const wrong of ['', right.slice(1), `${right}0`, right.toUpperCase(), `\u0100${right}`])
    assert(!key.isOf('text', wrong))
  assert(key.isOf('text', right))
})

test('a character whose last byte is a digit is none', () => {
  const bytes = randomBytes(32)
  const right = mac(bytes, 'text')
  const like = (digit: string): string => String.fromCharCode(0x100 + digit.charCodeAt(0))
  const wrong = right.replace(/[0-9a-f]/, like)
  assert.equal(wrong.length, right.length)
  assert(!new SignatureKey(bytes).isOf('text', wrong))
})

test('a key that was disposed of checks nothing any more', () => {
  const bytes = randomBytes(32)
  const key = new SignatureKey(bytes)
  key[Symbol.dispose]()
  assert(!key.isOf('text', mac(bytes, 'text')))
})

test('a text that is longer than any to sign is refused', () => {
  assert.throws(() => new SignatureKey(randomBytes(32)).isOf('x'.repeat(1025), ''), TypeError)
})
