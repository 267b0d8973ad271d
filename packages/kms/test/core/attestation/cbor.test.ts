import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { cborBytes, CborError, cborLimits, parseCbor } from '../../../src/core/attestation/cbor.ts'
import { concatBytes, fromHex } from '../../../src/core/crypto/bytes.ts'
import { cbor, IndefiniteMap } from './cbor-writer.ts'

const read = (hex: string) => parseCbor(fromHex(hex))
const refuses = (hex: string) => assert.throws(() => read(hex), CborError, hex)

describe('CBOR', () => {
  it('is read as RFC 8949 appendix A shows it', () => {
    for (const [hex, value] of [
      ['00', 0],
      ['17', 23],
      ['1818', 24],
      ['1903e8', 1000],
      ['1a000f4240', 1_000_000],
      ['1b000000e8d4a51000', 1_000_000_000_000],
      ['20', -1],
      ['3903e7', -1000],
      ['40', new Uint8Array()],
      ['4401020304', Uint8Array.of(1, 2, 3, 4)],
      ['60', ''],
      ['6449455446', 'IETF'],
      ['62c3bc', 'ü'],
      ['80', []],
      ['8301820203820405', [1, [2, 3], [4, 5]]],
      ['a0', new Map()],
      [
        'a201020304',
        new Map([
          [1, 2],
          [3, 4],
        ]),
      ],
      [
        'a26161016162820203',
        new Map<unknown, unknown>([
          ['a', 1],
          ['b', [2, 3]],
        ]),
      ],
      ['bf61610161629f', undefined],
      ['bf616101ff', new Map([['a', 1]])],
      ['f6', null],
    ] as const)
      if (value === undefined) refuses(hex)
      else assert.deepEqual(read(hex), value, hex)
  })

  it('of other kinds is refused: tags, simple values, floats, bignums, indefinite strings', () => {
    for (const hex of [
      'c074323031332d30332d32315432303a30343a30305a',
      'c249010000000000000000',
      'd28440a04040',
      'f4',
      'f5',
      'f7',
      'f0',
      'f8ff',
      'f90000',
      'fa47c35000',
      'fb3ff199999999999a',
      'ff',
      '5f42010243030405ff',
      '7f657374726561646d696e67ff',
      '9f0102ff',
    ])
      refuses(hex)
  })

  it('is refused where it is longer than it has to be, or beyond 2^53', () => {
    for (const hex of [
      '1817',
      '1900ff',
      '1a0000ffff',
      '1b00000000ffffffff',
      '1b0020000000000000',
      '1bffffffffffffffff',
      '3bffffffffffffffff',
      '3817',
      '5801ff',
      '780161',
      '9800',
      'b800',
      '1c',
      '1d',
      '1e',
      '1f',
      '3f',
    ])
      refuses(hex)
    assert.equal(read('1b001fffffffffffff'), Number.MAX_SAFE_INTEGER)
  })

  it('is refused with text that is not UTF-8, and with keys that are neither number nor text', () => {
    for (const hex of ['61ff', '62c328', '63eda080', 'a140f6', 'a1f600', 'a18000', 'a1a000'])
      refuses(hex)
    assert.equal(read('63efbbbf'), '\ufeff')
  })

  it('is refused with a key twice, and tells the number 1 from the text', () => {
    for (const hex of ['a201000100', 'a2616100616100', 'bf01000100ff']) refuses(hex)
    assert.equal((read('a20100613100') as Map<unknown, unknown>).size, 2)
  })

  it('is refused where it ends too early, and where something follows', () => {
    for (const hex of [
      '',
      '18',
      '1900',
      '41',
      '6261',
      '81',
      '8101ff',
      'a1',
      'a101',
      'bf',
      'bf01',
      'bf01ff',
      'bf0102',
    ])
      refuses(hex)
    for (const hex of ['0000', 'f6f6', 'a000', 'bfffff']) refuses(hex)
  })

  it('has a depth and a number of values that it does not exceed', () => {
    read('81'.repeat(cborLimits.depth) + '00')
    refuses('81'.repeat(cborLimits.depth + 1) + '00')
    const zeros = (count: number) => cbor(Array.from({ length: count }, () => 0))
    parseCbor(zeros(cborLimits.values - 1))
    assert.throws(() => parseCbor(zeros(cborLimits.values)), CborError)
  })

  it('reads back whatever is written of it, and never throws anything else', () => {
    const key = fc.oneof(fc.integer(), fc.string({ unit: 'grapheme' }))
    const { value } = fc.letrec((tie) => ({
      leaf: fc.oneof(
        fc.maxSafeInteger(),
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array({ maxLength: 300 }),
        fc.constant(null),
      ),
      list: fc.array(tie('leaf'), { maxLength: 30 }),
      value: fc.oneof(
        tie('leaf'),
        tie('list'),
        fc.array(fc.tuple(key, tie('list')), { maxLength: 9 }).map((pairs) => new Map(pairs as [])),
      ),
    }))
    fc.assert(
      fc.property(value, (written) => {
        assert.deepEqual(parseCbor(cbor(written)), written)
        if (written instanceof Map)
          assert.deepEqual(parseCbor(cbor(new IndefiniteMap(written))), written)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          parseCbor(bytes)
        } catch (error) {
          assert.ok(error instanceof CborError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('is written for byte strings, as long as they may be', () => {
    for (const length of [0, 23, 24, 255, 256, 65_535]) {
      const bytes = new Uint8Array(length).fill(7)
      assert.deepEqual(concatBytes(...cborBytes(bytes)), cbor(bytes))
    }
    assert.throws(() => cborBytes(new Uint8Array(65_536)), RangeError)
  })
})
