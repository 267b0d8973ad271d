import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Lru } from '../../src/core/lru.ts'

const keysOf = (lru: Lru<string, string>): readonly string[] =>
  ['a', 'b', 'c', 'd'].filter((key) => lru.get(key) !== undefined)

describe('a bounded map', () => {
  test('forgets what was used least recently', () => {
    const lru = new Lru<string, string>(2)
    lru.set('a', 'x')
    lru.set('b', 'x')
    assert.equal(lru.get('a'), 'x')
    lru.set('c', 'x')
    assert.deepEqual(keysOf(lru), ['a', 'c'])
    lru.delete('a')
    assert.equal(lru.size, 1)
    lru.clear()
    assert.equal(lru.size, 0)
  })

  test('bounds the weight of its entries too, and keeps the newest whatever it weighs', () => {
    const lru = new Lru<string, string>(10, { max: 4, of: (value) => value.length })
    lru.set('a', 'xx')
    lru.set('b', 'x')
    lru.set('c', 'xx')
    assert.deepEqual(keysOf(lru), ['b', 'c'])
    // An entry that is replaced weighs what its new value does.
    lru.set('c', 'xxx')
    assert.deepEqual(keysOf(lru), ['b', 'c'])
    lru.set('d', 'xxxxxxxx')
    assert.deepEqual(keysOf(lru), ['d'])
    lru.delete('d')
    lru.set('a', 'xxxx')
    lru.clear()
    lru.set('b', 'xx')
    lru.set('c', 'xx')
    assert.deepEqual(keysOf(lru), ['b', 'c'])
  })
})
