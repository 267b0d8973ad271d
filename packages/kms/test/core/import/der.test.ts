import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readDer, readDerList, writeDer } from '../../../src/core/import/der.ts'

test('values of every length read as they were written', () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65_535]) {
    const contents = new Uint8Array(length).fill(7)
    const value = writeDer(4, contents)
    assert.deepEqual(readDer(value, 0), { tag: 4, contents, end: value.length })
  }
  assert.throws(() => writeDer(4, new Uint8Array(65_536)), RangeError)
})

test('lists read as they were written', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (all) => {
      const list = readDer(writeDer(0x30, ...all.map((each) => writeDer(2, each))), 0)
      const read = readDerList(list!.contents)!.map(({ contents }) => new Uint8Array(contents))
      assert.deepEqual(read, all)
    }),
  )
})

test('what ends too early or has no end is no value, and nothing throws', () => {
  for (const hex of ['', '30', '3080', '3001', '308101', '3082ff', '3083000001aa'])
    assert.equal(readDer(Buffer.from(hex, 'hex'), 0), undefined, hex)
  assert.equal(readDerList(Buffer.from('300105ff', 'hex')), undefined)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(90), (bytes, at) => {
      const value = readDer(bytes, at)
      if (value !== undefined) assert(value.end <= bytes.length)
    }),
  )
})
