import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { concatBytes, fromHex, toHex } from '../../../src/core/crypto/bytes.ts'
import {
  contextTag,
  derElement,
  DerError,
  DerReader,
  derTag,
} from '../../../src/core/crypto/der.ts'

const reader = (hex: string): DerReader => new DerReader(fromHex(hex))

describe('DER', () => {
  it('is written with the shortest length, and reads back', () => {
    for (const [length, head] of [
      [0, '0400'],
      [127, '047f'],
      [128, '048180'],
      [255, '0481ff'],
      [256, '04820100'],
      [65_535, '0482ffff'],
      [65_536, '0483010000'],
    ] as const) {
      const content = new Uint8Array(length).fill(7)
      const element = derElement(derTag.octetString, content)
      assert.equal(toHex(element.subarray(0, element.length - length)), head)
      const read = new DerReader(element)
      assert.deepEqual(read.read(derTag.octetString), content)
      read.requireEnd()
    }
  })

  it('is read element by element, in and out of what holds them', () => {
    const outer = reader('30090201050500a002040083')
    const inner = outer.enter(derTag.sequence)
    assert.equal(inner.readSmallInteger(), 5)
    assert.equal(inner.readIf(derTag.octetString), undefined)
    assert.deepEqual(inner.readIf(5), new Uint8Array())
    assert.deepEqual(inner.enter(contextTag(0)).read(derTag.octetString), new Uint8Array())
    assert.ok(inner.isAtEnd)
    inner.requireEnd()
    assert.throws(() => outer.requireEnd(), DerError)
  })

  it('is refused with another tag, at the end, and longer than what holds it', () => {
    for (const hex of ['', '02', '0402', '040201', '0481', '048201', '0201'])
      assert.throws(() => reader(hex).read(derTag.octetString), DerError, hex)
  })

  it('is refused with a length that is indefinite or not the shortest', () => {
    for (const hex of [
      '0480',
      '048100',
      '04817f',
      '04820080',
      '0483000100',
      '0484000000ff',
      '04ff',
    ])
      assert.throws(() => reader(hex + '00'.repeat(300)).read(derTag.octetString), DerError, hex)
  })

  it('has integers of 0 to 2^31 - 1, and none longer than it has to be', () => {
    for (const value of [0, 1, 127, 128, 255, 256, 65_535, 2 ** 31 - 1]) {
      const hex = value.toString(16)
      const even = hex.length % 2 === 0 ? hex : '0' + hex
      const content = fromHex(/^[89a-f]/.test(even) ? '00' + even : even)
      const element = derElement(derTag.integer, content)
      assert.equal(new DerReader(element).readSmallInteger(), value)
    }
    for (const hex of ['0200', '020180', '0201ff', '02020001', '0202007f', '02050080000000'])
      assert.throws(() => reader(hex).readSmallInteger(), DerError, hex)
  })

  it('has true spelt in one way, and false in none', () => {
    assert.equal(reader('0101ff').readDefaultFalse(), true)
    assert.equal(reader('0500').readDefaultFalse(), false)
    assert.equal(reader('').readDefaultFalse(), false)
    for (const hex of ['010100', '010101', '0100', '0102ffff'])
      assert.throws(() => reader(hex).readDefaultFalse(), DerError, hex)
  })

  it('never throws anything else, whatever it reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const read = new DerReader(concatBytes(Uint8Array.of(derTag.sequence), bytes))
        try {
          const inner = read.enter(derTag.sequence)
          inner.readSmallInteger()
        } catch (error) {
          assert.ok(error instanceof DerError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
