import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { contextOf } from '../../src/context.ts'
import { encodeContext, parseContext } from '../../src/format/context.ts'
import { failsWith } from '../messages.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const refused = (text: string): void =>
  assert.throws(() => parseContext(bytesOf(text)), failsWith('Malformed'))

describe('the encryption context', () => {
  it('is written as a count and pairs with lengths, and takes no bytes when it is empty', () => {
    assert.equal(hex(encodeContext(contextOf({ b: 'cd', a: '' }))), '0002000161000000016200026364')
    assert.equal(encodeContext(new Map()).length, 0)
  })

  it('is sorted by the UTF-8 bytes of its keys, not by their UTF-16 units', () => {
    const keys = ['\u{1f600}', '\uffee', 'z']
    const written = encodeContext(new Map(keys.map((key) => [key, ''])))
    assert.deepEqual([...parseContext(written).keys()], ['z', '\uffee', '\u{1f600}'])
  })

  it('comes back as it was written, whatever is in it', () => {
    const text = fc.string({ unit: 'grapheme' })
    const pairs = fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key })
    fc.assert(
      fc.property(pairs, (given) => {
        const context = new Map(given)
        const written = encodeContext(context)
        assert.deepEqual(parseContext(written), context)
        assert.deepEqual(encodeContext(parseContext(written)), written)
      }),
    )
  })

  it('keeps a byte order mark and the name of the prototype', () => {
    const context = new Map([
      ['\ufeffkey', '\ufeff'],
      ['__proto__', 'x'],
    ])
    assert.deepEqual(parseContext(encodeContext(context)), context)
  })

  it('is refused when it does not fit the format', () => {
    const long = (length: number) => encodeContext(new Map([['a', 'b'.repeat(length)]]))
    assert.equal(long(65_528).length, 65_535)
    assert.throws(() => long(65_529), failsWith('InvalidInput'))
  })

  it('is refused when it is not well-formed', () => {
    refused('0000')
    refused('00')
    refused('0001')
    refused('000100')
    refused('00010001')
    refused('0001000161')
    refused('00010001610001')
    refused('000100016100016200')
    refused('0002000161000162')
    refused('00020001610000000161000162')
    refused('00010001ff0000')
    refused('00010003eda0800000')
  })
})
