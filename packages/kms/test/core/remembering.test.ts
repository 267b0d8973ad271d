import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { remembering } from '../../src/core/remembering.ts'

describe('a function that remembers', () => {
  const counted = () => {
    const calls: string[] = []
    const upper = remembering((text) => {
      calls.push(text)
      return text === 'none' ? undefined : text.toUpperCase()
    })
    return { calls, upper }
  }

  test('works out a text once', () => {
    const { calls, upper } = counted()
    assert.deepEqual([upper('a'), upper('b'), upper('a')], ['A', 'B', 'A'])
    assert.deepEqual(calls, ['a', 'b'])
  })

  test('keeps neither what came to nothing nor what is very long', () => {
    const { calls, upper } = counted()
    const long = 'x'.repeat(1025)
    for (const text of ['none', 'none', long, long]) upper(text)
    assert.deepEqual(calls, ['none', 'none', long, long])
  })

  test('is bounded, and right whatever it has forgotten', () => {
    const { calls, upper } = counted()
    for (let count = 0; count < 2000; count += 1) assert.equal(upper(`t${count}`), `T${count}`)
    assert.equal(upper('t0'), 'T0')
    assert.equal(calls.length, 2001)
  })
})
