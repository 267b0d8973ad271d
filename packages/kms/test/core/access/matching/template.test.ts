import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  hasVariables,
  parseTemplate,
  resolveTemplate,
  textOfGlob,
} from '../../../../src/core/access/matching/template.ts'

const full = { variables: true, wildcards: true }
const star = { wildcard: '*' }
const one = { wildcard: '?' }

test('a text is taken apart into what it says, its wildcards and its variables', () => {
  assert.deepEqual(parseTemplate('a*b?c', full), ['a', star, 'b', one, 'c'])
  assert.deepEqual(parseTemplate('', full), [])
  assert.deepEqual(parseTemplate('x/${aws:username}/*', full), [
    'x/',
    { variable: 'aws:username', fallback: undefined },
    '/',
    star,
  ])
})

test('the names of variables are compared without regard to case, and their defaults are kept', () => {
  assert.deepEqual(parseTemplate("${aws:PrincipalTag/Team, 'Blue Sky'}", full), [
    { variable: 'aws:principaltag/team', fallback: 'Blue Sky' },
  ])
  assert.deepEqual(parseTemplate("${aws:username,'x'}", full), [
    { variable: 'aws:username', fallback: 'x' },
  ])
  assert.deepEqual(parseTemplate("${aws:username, ''}", full), [
    { variable: 'aws:username', fallback: '' },
  ])
})

test('a star, a question mark and a dollar sign in braces are these characters', () => {
  assert.deepEqual(parseTemplate('a${*}b${?}c${$}d', full), ['a*b?c$d'])
})

test('what is written wrongly as a variable is none, rather than a text', () => {
  for (const text of [
    '${',
    '${}',
    '${aws:username',
    '${a,b}',
    "${a, 'b}",
    '${a${b}}',
    '${a*}',
    "${a, 'b' }",
    '${**}',
  ])
    assert.equal(parseTemplate(text, full), undefined, text)
})

test('where the language has no variables or wildcards, their signs are plain text', () => {
  assert.deepEqual(parseTemplate('${a}*', { variables: false, wildcards: false }), ['${a}*'])
  assert.deepEqual(parseTemplate('${*}', { variables: false, wildcards: true }), ['${', star, '}'])
  assert.deepEqual(parseTemplate('$x$', full), ['$x$'])
})

test('a variable becomes its value, or its default, and otherwise the whole text is nothing', () => {
  const template = parseTemplate("${a}-${b, 'else'}*", full)!
  assert.ok(hasVariables(template))
  assert.deepEqual(
    resolveTemplate(template, (key) => ({ a: '1', b: '2' })[key]),
    ['1', '-', '2', star],
  )
  assert.deepEqual(
    resolveTemplate(template, (key) => ({ a: '1' })[key]),
    ['1', '-', 'else', star],
  )
  assert.equal(
    resolveTemplate(template, (key) => ({ b: '2' })[key]),
    undefined,
  )
})

test('a wildcard in the value of a variable stays a plain character', () => {
  const glob = resolveTemplate(parseTemplate('${a}', full)!, () => '*?')!
  assert.deepEqual(glob, ['*?'])
  assert.equal(textOfGlob(glob), '*?')
  assert.equal(hasVariables(glob), false)
})
