import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { NewestSeqs } from '../../../src/core/state/newest-seqs.ts'
import { SeqTable } from '../../../src/core/state/seq-table.ts'
import { someStateKey } from './state-key.ts'

const word = fc.oneof(
  fc.constantFrom(0, 1, 2, 2 ** 31, 2 ** 32 - 1),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
)
const seq = fc.oneof(
  fc.integer({ min: 1, max: 1000 }),
  fc.constantFrom(2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER),
)

describe('a table of seqs', () => {
  test('holds the greatest seq of each hash, whatever the hashes are', () => {
    const additions = fc.array(fc.tuple(word, word, seq), { maxLength: 300 })
    fc.assert(
      fc.property(additions, (all) => {
        const table = new SeqTable()
        const model = new Map<string, number>()
        for (const [low, high, added] of all) {
          table.add(low, high, added)
          const name = `${low} ${high}`
          model.set(name, Math.max(added, model.get(name) ?? 0))
        }
        assert.equal(table.count, model.size)
        const copy = new SeqTable(table.words.slice(), table.count)
        for (const [low, high] of all) {
          const expected = model.get(`${low} ${high}`)
          assert.equal(table.of(low, high), expected)
          assert.equal(copy.of(low, high), expected)
        }
        assert.equal(table.of(12_345, 67_890), model.get('12345 67890') ?? 0)
      }),
      { numRuns: 200 },
    )
  })

  test('takes no more than 32 bytes for each of many hashes, and no less than 20', () => {
    const table = new SeqTable()
    for (let n = 1; n <= 50_000; n += 1) {
      table.add(n, Math.imul(n, 0x9e3779b1) >>> 0, n)
      const bytesEach = table.words.byteLength / table.count
      if (n > 100) assert(bytesEach >= 20 && bytesEach <= 32, `${bytesEach} bytes of each of ${n}`)
    }
  })
})

describe('the newest seqs', () => {
  test('are of each row of each table, and 0 of one that never was', () => {
    const seqs = new NewestSeqs(someStateKey())
    for (let n = 1; n <= 20_000; n += 1) seqs.add({ table: 'key', id: `k${n}`, seq: n })
    seqs.add({ table: 'alias', id: 'k7', seq: 20_001 })
    seqs.add({ table: 'key', id: 'k8', seq: 20_002 })
    assert.equal(seqs.count, 20_001)
    assert.equal(seqs.of('key', 'k7'), 7)
    assert.equal(seqs.of('alias', 'k7'), 20_001)
    assert.equal(seqs.of('key', 'k8'), 20_002)
    assert.equal(seqs.of('key', 'k0'), 0)
    assert.equal(seqs.of('material', 'k7'), 0)
  })

  test('lie elsewhere under another key, so that nobody can foresee where', () => {
    const placesUnder = (fill: number): string => {
      const seqs = new NewestSeqs(someStateKey(fill))
      seqs.add({ table: 'alias', id: 'alias/chosen', seq: 1 })
      return seqs.tables
        .flatMap(({ words, count }, index) => (count === 0 ? [] : [index, ...words]))
        .join()
    }
    assert.equal(placesUnder(1), placesUnder(1))
    assert.notEqual(placesUnder(1), placesUnder(2))
  })
})
