import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConditionCase, holds, isPossible } from './support.ts'

/** What an Allow and a Deny make of the same condition. */
const byEffect = (asked: ConditionCase): readonly boolean[] => [
  holds({ ...asked, effect: 'Allow' }),
  holds({ ...asked, effect: 'Deny' }),
]

test('a value of another type never fits, and differs only for a Deny', () => {
  for (const [operator, negated, wanted] of [
    ['NumericEquals', 'NumericNotEquals', '1'],
    ['DateEquals', 'DateNotEquals', '2026-01-01'],
    ['IpAddress', 'NotIpAddress', '10.0.0.0/8'],
  ] as const) {
    assert.deepEqual(byEffect({ operator, wanted, actual: 'x' }), [false, false], operator)
    assert.deepEqual(byEffect({ operator: negated, wanted, actual: 'x' }), [false, true], negated)
  }
})

test('a variable without a value never fits, and differs only for a Deny', () => {
  for (const [operator, negated] of [
    ['StringEquals', 'StringNotEquals'],
    ['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
    ['StringLike', 'StringNotLike'],
    ['ArnLike', 'ArnNotLike'],
  ] as const) {
    const wanted = operator === 'ArnLike' ? 'arn:aws:iam::1:user/${a:b}' : '${a:b}'
    const actual = 'arn:aws:iam::1:user/'
    assert.deepEqual(byEffect({ operator, wanted, actual }), [false, false], operator)
    assert.deepEqual(byEffect({ operator: negated, wanted, actual }), [false, true], negated)
  }
})

test('a variable with several values is one without a value', () => {
  const others = { 'a:b': ['x', 'y'] }
  assert.equal(holds({ operator: 'StringEquals', wanted: '${a:b}', actual: 'x', others }), false)
  assert.equal(
    holds({ operator: 'StringEquals', wanted: "${a:b, 'z'}", actual: 'z', others }),
    true,
  )
})

test('another alternative that fits counts, whatever cannot be told of the first', () => {
  const wanted = ['${a:b}', 'x']
  assert.deepEqual(byEffect({ operator: 'StringEquals', wanted, actual: 'x' }), [true, true])
  assert.deepEqual(byEffect({ operator: 'StringNotEquals', wanted, actual: 'x' }), [false, false])
  assert.deepEqual(byEffect({ operator: 'StringNotEquals', wanted, actual: 'y' }), [false, true])
})

test('variables have their values in texts, in any case of the name, and defaults', () => {
  const others = { 'aws:username': 'Alice' }
  for (const [operator, wanted, actual, expected] of [
    ['StringEquals', '${aws:UserName}', 'Alice', true],
    ['StringEquals', '${aws:username}', 'alice', false],
    ['StringEqualsIgnoreCase', 'x-${aws:username}', 'X-ALICE', true],
    ['StringLike', '${aws:username}/*', 'Alice/home', true],
    ['StringNotLike', '${aws:username}/*', 'Alice/home', false],
    ['StringEquals', "${aws:userid, 'none'}", 'none', true],
    ['StringEquals', '${*}${?}${$}', '*?$', true],
    ['StringLike', 'a${*}', 'ab', false],
    ['StringLike', 'a${*}', 'a*', true],
  ] as const)
    assert.equal(holds({ operator, wanted, actual, others }), expected, `${operator} ${wanted}`)
})

test('a variable’s value is literal: its wildcards match themselves alone', () => {
  for (const value of ['*', '?', 'a*', '${*}']) {
    const others = { 'a:b': value }
    const like = { operator: 'StringLike', wanted: '${a:b}', others }
    assert.equal(holds({ ...like, actual: 'a' }), false, value)
    assert.equal(holds({ ...like, actual: 'ab' }), false, value)
    assert.equal(holds({ ...like, actual: value }), true, value)
    const arn = { operator: 'ArnLike', wanted: 'arn:aws:iam::1:user/${a:b}', others }
    assert.equal(holds({ ...arn, actual: 'arn:aws:iam::1:user/ab' }), false, value)
    assert.equal(holds({ ...arn, actual: `arn:aws:iam::1:user/${value}` }), true, value)
  }
})

test('Bool has variables too, and one that is neither true nor false fits nothing', () => {
  const bool = (value: string, actual: string): boolean =>
    holds({ operator: 'Bool', wanted: '${a:b}', actual, others: { 'a:b': value } })
  assert.equal(bool('TRUE', 'true'), true)
  assert.equal(bool('false', 'true'), false)
  assert.equal(bool('maybe', 'true'), false)
  assert.equal(bool('maybe', 'maybe'), false)
  assert.equal(holds({ operator: 'Bool', wanted: '${a:b}', actual: 'true' }), false)
})

test('in the older version of the language a variable is plain text', () => {
  const plain = { wanted: '${a:b}', variables: false, others: { 'a:b': 'x' } }
  assert.equal(holds({ ...plain, operator: 'StringEquals', actual: 'x' }), false)
  assert.equal(holds({ ...plain, operator: 'StringEquals', actual: '${a:b}' }), true)
  assert.equal(holds({ ...plain, operator: 'StringLike', actual: '${a:b}' }), true)
  assert.equal(isPossible('Bool', '${a:b}', false), false)
})

test('operators of other types have no variables', () => {
  for (const operator of ['NumericEquals', 'DateEquals', 'IpAddress', 'BinaryEquals'])
    assert.equal(isPossible(operator, '${a:b}'), false, operator)
})
