import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  arnParts,
  arnPattern,
  resourcePattern,
} from '../../../../src/core/access/matching/arn-pattern.ts'
import { parseTemplate, type Resolve } from '../../../../src/core/access/matching/template.ts'

const key = 'arn:aws:kms:us-east-1:111122223333:key/1234'
const colons = 'arn:aws:logs:us-east-1:111122223333:log-group:a:*'
const unresolved: Resolve = () => undefined

const of =
  (compile: typeof arnPattern) =>
  (pattern: string, arn: string, resolve = unresolved) =>
    compile(parseTemplate(pattern, { variables: true, wildcards: true })!)(arnParts(arn), resolve)
const isResource = of(resourcePattern)
const isArn = of(arnPattern)

test('an ARN has six parts, and only the last may contain a colon', () => {
  assert.deepEqual(arnParts(colons), [
    'arn',
    'aws',
    'logs',
    'us-east-1',
    '111122223333',
    'log-group:a:*',
  ])
  assert.deepEqual(arnParts('arn:aws:sns:us-east-1:1:topic:id').at(-1), 'topic:id')
  assert.deepEqual(arnParts('*'), ['*'])
})

test('a wildcard inside a part of a resource stays within its colons', () => {
  for (const pattern of [
    key,
    'arn:aws:kms:us-east-1:111122223333:key/*',
    'arn:aws:kms:us-*-1:111122223333:key/1234',
    'arn:aws:kms:*:111122223333:key/12??',
    'arn:*:kms:*:*:key/1234',
    'arn:aws:kms:us?east?1:1111222?3333:*',
  ])
    assert.equal(isResource(pattern, key), true, pattern)
  for (const pattern of [
    'arn:aws:kms:us-*1:111122223333:alias/*',
    'arn:aws:kms:us*3333:key/1234',
    'arn:aws:kms:us-east-1?111122223333:key/1234',
    'arn:aws:k*2:key/1234',
    'arn:aws:kms:us-east-1:111122223333:key/123',
    'arn:aws:kms:us-east-1:111122223333:KEY/1234',
    'arn:aws:kms:us-east-1:111122223333',
    'arn:aws:kms:key/1234',
    'arn:aws:key/1234',
    'arn:aws:kms:us-east-?:key/1234',
    'arn:aws:kms:us-east-1:?*?:1234',
  ])
    assert.equal(isResource(pattern, key), false, pattern)
  assert.equal(isResource(key, 'arn:aws:kms'), false)
  assert.equal(isResource('arn:aws:kms:*?', 'arn:aws:kms'), false)
  assert.equal(isResource('arn:aws:k*:?*', 'arn:aws:kms'), false)
})

test('an empty part of a resource is matched by an empty one, or by a star', () => {
  const user = 'arn:aws:iam::111122223333:user/alice'
  for (const pattern of [user, 'arn:aws:iam::*:user/alice', 'arn:aws:iam:*:1*:user/*'])
    assert.equal(isResource(pattern, user), true, pattern)
  for (const pattern of ['arn:aws:iam:?:111122223333:user/alice', 'arn:aws:iam::', 'arn:aws:iam:'])
    assert.equal(isResource(pattern, user), false, pattern)
})

test('a star that ends a part of a resource may run on over the next colons', () => {
  for (const pattern of [
    'arn:aws:kms:*',
    'arn:aws:*',
    'arn:*',
    'arn:aws:kms:*:key/1234',
    'arn:aws:k*',
  ])
    assert.equal(isResource(pattern, key), true, pattern)
  assert.equal(isResource('arn:aws:iam:*', key), false)
  assert.equal(isResource('arn:aws:kms:*:key/5678', key), false)
  assert.equal(isResource('arn:aws:kms:*:*:*:*:*:*', key), false)
})

test('the last part of a resource may contain colons that wildcards match', () => {
  assert.equal(isResource('arn:aws:logs:us-east-1:111122223333:log-group:*', colons), true)
  assert.equal(isResource('arn:aws:logs:us-east-1:111122223333:log?group:a:${*}', colons), true)
  assert.equal(isResource('arn:aws:logs:us-east-1:111122223333:log-group:b*', colons), false)
})

test('the Arn operators look at six parts, each by itself', () => {
  assert.equal(isArn('arn:aws:kms:*:*:key/*', key), true)
  assert.equal(isArn('arn:aws:kms:us-east-1:111122223333:*', key), true)
  assert.equal(isArn('arn:aws:logs:*:*:log-group:?:*', colons), true)
  assert.equal(isArn('*:*:*:*:*:*', key), true)
  for (const pattern of ['*', 'arn:aws:kms:*', 'arn:aws:kms:*:key/1234', 'arn:*:*:*:key/1234'])
    assert.equal(isArn(pattern, key), false, pattern)
  assert.equal(isArn('*:*:*:*:*:*', 'user/alice'), false)
})

test('a variable in an ARN stands for its value literally, and without one nothing can be told', () => {
  const pattern = 'arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/key}'
  for (const is of [isResource, isArn]) {
    assert.equal(
      is(pattern, key, () => '1234'),
      true,
    )
    assert.equal(
      is(pattern, key, () => '*'),
      false,
    )
    assert.equal(is(pattern, key), undefined)
  }
})
