import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operators, parseOperator } from '../../../../src/core/access/conditions/operators.ts'
import { checkRows, holds, isPossible } from './support.ts'

test('StringEquals compares characters and case, and knows no wildcards', () => {
  checkRows('StringEquals', 'StringNotEquals', [
    ['a', 'a', true],
    ['a', 'A', false],
    ['a*', 'a*', true],
    ['a*', 'ab', false],
    ['', '', true],
    ['', 'a', false],
  ])
})

test('StringEqualsIgnoreCase compares letters in any case', () => {
  checkRows('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', [
    ['Straße', 'sTRAßE', true],
    ['a', 'b', false],
    ['A*', 'a*', true],
    ['a*', 'ab', false],
  ])
})

test('StringLike knows * and ?, and compares case', () => {
  checkRows('StringLike', 'StringNotLike', [
    ['a*', 'ab', true],
    ['a?', 'ab', true],
    ['a?', 'a', false],
    ['A*', 'ab', false],
    ['*', '', true],
  ])
})

test('the Numeric operators compare numbers, however they are written', () => {
  checkRows('NumericEquals', 'NumericNotEquals', [
    ['10', '10.0', true],
    ['010', '10', true],
    ['-0', '0', true],
    ['+1', '1.', true],
    ['.5', '0.5', true],
    ['.25', '0.25', true],
    ['10', '1', false],
  ])
  checkRows('NumericLessThan', 'NumericGreaterThanEquals', [
    ['10', '9', true],
    ['10', '10', false],
    ['10', '11', false],
    ['9', '10', false],
    ['-1', '-2', true],
  ])
  checkRows('NumericGreaterThan', 'NumericLessThanEquals', [
    ['10', '11', true],
    ['10', '10', false],
    ['9', '10', true],
    ['10', '9', false],
  ])
})

test('a number of more digits than can be told apart, or in another form, is none', () => {
  for (const value of ['', 'a', '1e3', '0x10', ' 1', '1,5', '--1', '.', '1234567890123456'])
    assert.equal(isPossible('NumericEquals', value), false, value)
  assert.equal(isPossible('NumericEquals', '123456789012345'), true)
  assert.equal(isPossible('NumericEquals', '-12345678901234.5'), true)
  assert.equal(isPossible('NumericEquals', '0000000000000000000001'), true)
  assert.equal(holds({ operator: 'NumericLessThan', wanted: '5', actual: '1e0' }), false)
})

test('the Date operators compare instants, as ISO 8601 or as seconds since the epoch', () => {
  checkRows('DateEquals', 'DateNotEquals', [
    ['2026-01-01T00:00:00Z', '1767225600', true],
    ['2026-01-01T00:00:00Z', '2026-01-01', true],
    ['2026', '2026-01-01T00:00:00.000Z', true],
    ['2026-01', '2026-01-01T02:00:00+02:00', true],
    ['2026-01-01T00:00:00Z', '2025-12-31T22:30:00-01:30', true],
    ['2026-01-01T00:00Z', '1767225600.0', true],
    ['2026-01-01T00:00:00', '2026-01-01T00:00:00z', true],
    ['2026-01-01T00:00:00.5Z', '1767225600.5', true],
    ['2026-01-01T00:00:00.125Z', '1767225600.125', true],
    ['2024-02-29', '2024-02-29T00:00:00Z', true],
    ['2026-01-01T23:59:00+23:59', '2026-01-01', true],
    ['2026-01-01', '2026-01-02', false],
  ])
  checkRows('DateLessThan', 'DateGreaterThanEquals', [
    ['2026-01-02', '2026-01-01T23:59:59Z', true],
    ['2026-01-02', '2026-01-02', false],
    ['2026-01-02', '2026-01-03', false],
  ])
  checkRows('DateGreaterThan', 'DateLessThanEquals', [
    ['2026-01-02', '2026-01-02T00:00:01Z', true],
    ['2026-01-02', '2026-01-02', false],
    ['2026-01-02', '2026-01-01', false],
  ])
})

test('a day, an hour or a zone that does not exist is no date', () => {
  for (const value of [
    '2026-02-29',
    '2026-13-01',
    '2026-00-01',
    '2026-01-00',
    '2026-02-30',
    '2026-12-32',
    '2026-01-01T24:00:00Z',
    '2026-12-31T24:00:00Z',
    '2026-01-01T99:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+00:60',
    '2026-1-1',
    '01/01/2026',
    '2026-01-01 00:00:00',
    '-1',
    '',
    '0099-01-01',
    'tomorrow',
  ])
    assert.equal(isPossible('DateEquals', value), false, value)
})

test('Bool compares true and false, in any case', () => {
  checkRows('Bool', undefined, [
    ['true', 'true', true],
    ['TRUE', 'True', true],
    ['true', 'false', false],
    ['false', 'false', true],
    ['false', 'true', false],
  ])
  assert.equal(isPossible('Bool', 'yes'), false)
  assert.equal(holds({ operator: 'Bool', wanted: 'false', actual: '0' }), false)
})

test('BinaryEquals compares bytes that both sides write as base64', () => {
  checkRows('BinaryEquals', undefined, [
    ['YWJj', 'YWJj', true],
    ['YQ==', 'YR==', true],
    ['YWJj', 'YWJk', false],
    ['', '', true],
  ])
  for (const value of ['YQ', 'Y', 'YQ=', '!!!!', 'YQ_-'])
    assert.equal(isPossible('BinaryEquals', value), false, value)
  assert.equal(holds({ operator: 'BinaryEquals', wanted: 'YQ==', actual: 'YQ' }), false)
})

test('ArnEquals and ArnLike are the same: six parts, each with wildcards', () => {
  for (const [operator, negated] of [
    ['ArnEquals', 'ArnNotEquals'],
    ['ArnLike', 'ArnNotLike'],
  ] as const)
    checkRows(operator, negated, [
      ['arn:aws:iam::111122223333:role/*', 'arn:aws:iam::111122223333:role/a/b', true],
      ['arn:aws:iam::*:role/App', 'arn:aws:iam::111122223333:role/app', false],
      ['arn:aws:iam:*', 'arn:aws:iam::111122223333:role/app', false],
      ['*', 'arn:aws:iam::111122223333:role/app', false],
      ['arn:*:*:*:*:*', 'not an arn', false],
    ])
})

test('every operator is found by its name alone, in its own case', () => {
  for (const name of Object.keys(operators)) {
    assert.deepEqual(parseOperator(name), { name, qualifier: undefined, ifExists: false })
    assert.deepEqual(parseOperator(`ForAnyValue:${name}IfExists`), {
      name,
      qualifier: 'ForAnyValue',
      ifExists: true,
    })
    assert.deepEqual(parseOperator(`ForAllValues:${name}`), {
      name,
      qualifier: 'ForAllValues',
      ifExists: false,
    })
    assert.equal(parseOperator(name.toLowerCase()), undefined)
  }
  for (const text of [
    '',
    'IfExists',
    'NullIfExists',
    'ForAnyValue:Null',
    'ForSomeValues:StringEquals',
    'StringEqualsIfExistsIfExists',
    'toString',
    'constructor',
    'StringEquals ',
  ])
    assert.equal(parseOperator(text), undefined, text)
  assert.deepEqual(parseOperator('Null'), { name: 'Null' })
})
