import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operators } from '../../../../src/core/access/conditions/operators.ts'
import { holds } from './support.ts'

const effects = ['Allow', 'Deny'] as const

/** A value that an operator accepts in a policy. */
const sampleOf = (name: string): string => {
  if (name.startsWith('Numeric') || name.startsWith('Date')) return '1'
  if (name === 'Bool') return 'true'
  if (name === 'BinaryEquals') return 'YQ=='
  return name.includes('IpAddress') ? '10.0.0.1' : 'a'
}

test('a request without the key fits only what asks for a difference, under every operator', () => {
  for (const name of Object.keys(operators))
    for (const effect of effects)
      assert.equal(
        holds({ operator: name, wanted: sampleOf(name), actual: [], effect }),
        name.includes('Not'),
        name,
      )
})

test('IfExists holds without the key, and changes nothing with it', () => {
  for (const name of Object.keys(operators))
    assert.ok(holds({ operator: `${name}IfExists`, wanted: sampleOf(name), actual: [] }), name)
  assert.equal(holds({ operator: 'StringEqualsIfExists', wanted: 'a', actual: 'b' }), false)
  assert.equal(holds({ operator: 'StringEqualsIfExists', wanted: 'a', actual: 'a' }), true)
})

test('ForAllValues holds without the key, ForAnyValue does not, whatever the operator', () => {
  for (const name of Object.keys(operators)) {
    const wanted = sampleOf(name)
    assert.equal(holds({ operator: `ForAllValues:${name}`, wanted, actual: [] }), true, name)
    assert.equal(holds({ operator: `ForAnyValue:${name}`, wanted, actual: [] }), false, name)
    assert.equal(holds({ operator: `ForAnyValue:${name}IfExists`, wanted, actual: [] }), true, name)
  }
})

test('ForAllValues asks every value of the request, ForAnyValue one', () => {
  const wanted = ['a', 'b']
  for (const effect of effects) {
    const all = (actual: string[]): boolean =>
      holds({ operator: 'ForAllValues:StringEquals', wanted, actual, effect })
    const any = (actual: string[]): boolean =>
      holds({ operator: 'ForAnyValue:StringEquals', wanted, actual, effect })
    assert.deepEqual([all(['a', 'b']), all(['a', 'c']), all(['c'])], [true, false, false])
    assert.deepEqual([any(['a', 'b']), any(['a', 'c']), any(['c'])], [true, true, false])
  }
})

test('with a negation, ForAllValues asks that none of the values fits, ForAnyValue that one does not', () => {
  for (const effect of effects) {
    const all = (actual: string[]): boolean =>
      holds({ operator: 'ForAllValues:StringNotEquals', wanted: 'a', actual, effect })
    const any = (actual: string[]): boolean =>
      holds({ operator: 'ForAnyValue:StringNotEquals', wanted: 'a', actual, effect })
    assert.deepEqual([all(['b', 'c']), all(['a', 'b']), all(['a'])], [true, false, false])
    assert.deepEqual([any(['b', 'c']), any(['a', 'b']), any(['a'])], [true, true, false])
  }
})

test('several values of a policy are alternatives, and of a negated operator all excluded', () => {
  const wanted = ['a', 'b']
  assert.equal(holds({ operator: 'StringLike', wanted, actual: 'b' }), true)
  assert.equal(holds({ operator: 'StringLike', wanted, actual: 'c' }), false)
  assert.equal(holds({ operator: 'StringNotLike', wanted, actual: 'b' }), false)
  assert.equal(holds({ operator: 'StringNotLike', wanted, actual: 'c' }), true)
})

test('Null tells whether the key is there', () => {
  for (const effect of effects) {
    assert.equal(holds({ operator: 'Null', wanted: 'true', actual: [], effect }), true)
    assert.equal(holds({ operator: 'Null', wanted: 'true', actual: 'a', effect }), false)
    assert.equal(holds({ operator: 'Null', wanted: 'False', actual: [], effect }), false)
    assert.equal(holds({ operator: 'Null', wanted: 'false', actual: ['a', 'b'], effect }), true)
    assert.equal(holds({ operator: 'Null', wanted: ['true', 'false'], actual: [], effect }), true)
  }
})

test('an empty text is a value', () => {
  assert.equal(holds({ operator: 'Null', wanted: 'true', actual: '' }), false)
  assert.equal(holds({ operator: 'StringEquals', wanted: '', actual: '' }), true)
})

test('where one value was expected and several came, an Allow asks all of them and a Deny any', () => {
  const several = ['a', 'b']
  for (const operator of ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike']) {
    const of = (effect: 'Allow' | 'Deny'): boolean =>
      holds({ operator, wanted: 'a', actual: several, effect })
    assert.deepEqual([of('Allow'), of('Deny')], [false, true], operator)
  }
  const same = { operator: 'StringEquals', wanted: ['a', 'b'], actual: several }
  assert.ok(effects.every((effect) => holds({ ...same, effect })))
})
