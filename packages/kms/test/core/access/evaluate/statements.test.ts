import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileStatement } from '../../../../src/core/access/evaluate/compiled-statement.ts'
import { parsePolicy } from '../../../../src/core/access/language/parse.ts'
import {
  alice,
  bob,
  delegating,
  home,
  identityPolicy,
  keyArn,
  keyPolicy,
  otherKeyArn,
  outcome,
  policy,
} from '../support.ts'

/** Whether an identity policy of one statement allows Alice a request. */
const allows = (statement: object, request: Parameters<typeof outcome>[0] = {}): boolean =>
  outcome({ key: delegating, identity: [identityPolicy(statement)], ...request }) === 'allowed'

/** Whether a statement denies what would otherwise be allowed. */
const denies = (statement: object, request: Parameters<typeof outcome>[0] = {}): boolean =>
  outcome({
    key: delegating,
    identity: [identityPolicy({}, { ...statement, Effect: 'Deny' })],
    ...request,
  }) === 'explicitDeny'

test('actions are compared without regard to case, with wildcards', () => {
  for (const Action of [
    'kms:Decrypt',
    'KMS:DECRYPT',
    'kms:decrypt',
    'kms:De*',
    '*',
    'kms:??crypt',
    '*:*',
  ])
    assert.ok(allows({ Action }), Action)
  for (const Action of ['kms:Decryp', 'kms:Encrypt', 'kms:?Decrypt', 'iam:*', 'kms:Decrypt?'])
    assert.ok(!allows({ Action }), Action)
  assert.ok(allows({ Action: ['kms:Encrypt', 'kms:Decrypt'] }))
  assert.ok(allows({ Action: 'kms:decrypt' }, { action: 'KMS:Decrypt' }))
})

test('an action has no variables, whatever it looks like', () => {
  assert.ok(!allows({ Action: 'kms:Decryp${x}' }))
  assert.ok(!allows({ Action: 'kms:${*}' }))
})

test('NotAction is everything but what it lists', () => {
  const except = (NotAction: string | string[]): object => ({ Action: undefined, NotAction })
  assert.ok(allows(except('kms:Encrypt')))
  assert.ok(allows(except('iam:*')))
  assert.ok(!allows(except(['kms:Encrypt', 'KMS:De*'])))
  assert.ok(denies(except('kms:Encrypt')))
  assert.ok(!denies(except('kms:*')))
})

test('resources are compared with regard to case, with wildcards', () => {
  for (const Resource of [keyArn, '*', 'arn:aws:kms:*', `arn:aws:kms:*:${home}:key/*`])
    assert.ok(allows({ Resource }), Resource)
  for (const Resource of [otherKeyArn, keyArn.replace('key/', 'KEY/'), 'arn:aws:iam:*'])
    assert.ok(!allows({ Resource }), Resource)
})

test('NotResource is everything but what it lists', () => {
  const except = (NotResource: string | string[]): object => ({ Resource: undefined, NotResource })
  assert.ok(allows(except(otherKeyArn)))
  assert.ok(!allows(except([otherKeyArn, keyArn])))
  assert.ok(!allows(except('*')))
  assert.ok(denies(except(otherKeyArn)))
  assert.ok(!denies(except(keyArn)))
})

test('a variable in NotResource without a value widens no Allow and narrows no Deny', () => {
  const except = { Resource: undefined, NotResource: 'arn:aws:kms:*:*:key/${aws:PrincipalTag/key}' }
  assert.ok(!allows(except))
  assert.ok(denies(except))
  const other = { values: { 'aws:PrincipalTag/key': '2' } }
  assert.ok(allows(except, other))
  assert.ok(denies(except, other))
  const same = { values: { 'aws:PrincipalTag/key': '1' } }
  assert.ok(!allows(except, same))
  assert.ok(!denies(except, same))
})

test('a variable in Resource without a value matches nothing', () => {
  const own = { Resource: 'arn:aws:kms:*:*:key/${aws:PrincipalTag/key}' }
  assert.ok(!allows(own))
  assert.ok(!denies(own))
  assert.ok(allows(own, { values: { 'aws:PrincipalTag/key': '1' } }))
  assert.ok(!allows(own, { values: { 'aws:PrincipalTag/key': ['1', '2'] } }))
})

test('in the older version a variable in a resource is plain text', () => {
  const own = { Principal: { AWS: home }, Resource: 'arn:aws:kms:*:*:key/${aws:username}' }
  const setting = { identity: [identityPolicy({})], values: { 'aws:username': '1' } }
  assert.equal(outcome({ ...setting, key: policy('key', [own]) }), 'allowed')
  assert.equal(
    outcome({ ...setting, key: policy('key', [own], { version: '2008-10-17' }) }),
    'noResourceAllow',
  )
})

test('all conditions of a statement have to hold', () => {
  const Condition = {
    StringEquals: { 'aws:username': 'alice', 'aws:PrincipalTag/team': 'a' },
    Bool: { 'aws:SecureTransport': 'true' },
  }
  const values = {
    'aws:username': 'alice',
    'aws:PrincipalTag/team': 'a',
    'aws:SecureTransport': 'true',
  }
  assert.ok(allows({ Condition }, { values }))
  for (const name of Object.keys(values))
    assert.ok(!allows({ Condition }, { values: { ...values, [name]: 'false' } }), name)
})

test('a statement of a key policy without actions or resources does nothing', () => {
  for (const part of [{ Action: undefined }, { Resource: undefined }]) {
    assert.equal(outcome({ key: keyPolicy({ Principal: '*', ...part }) }), 'noResourceAllow')
    const denying = keyPolicy({ Principal: '*' }, { Effect: 'Deny', Principal: '*', ...part })
    assert.equal(outcome({ key: denying }), 'allowed')
  }
})

test('a key policy without variables may name its own key, and another key’s ARN is about nothing', () => {
  const about = (Resource: string) => keyPolicy({ Principal: { AWS: home }, Resource })
  assert.equal(outcome({ key: about(keyArn), identity: [identityPolicy({})] }), 'allowed')
  assert.equal(
    outcome({ key: about(otherKeyArn), identity: [identityPolicy({})] }),
    'noResourceAllow',
  )
})

test('a value is asked for only where a statement needs it, and once', () => {
  const asked: string[] = []
  const lookup = (key: string): readonly string[] => {
    asked.push(key)
    return ['alice']
  }
  const ask = (statements: readonly object[], action = 'kms:Decrypt'): readonly string[] => {
    asked.length = 0
    const { key, ...request } = { key: keyPolicy(...statements), action }
    const setting = { ...request, key, lookup }
    outcome(setting)
    return [...asked]
  }
  const named = { 'aws:username': 'alice' }
  assert.deepEqual(ask([{ Principal: '*' }]), [])
  assert.deepEqual(
    ask([{ Principal: '*', Action: 'kms:Encrypt', Condition: { StringEquals: named } }]),
    [],
  )
  assert.deepEqual(
    ask([{ Principal: { AWS: home }, Resource: otherKeyArn, Condition: { StringEquals: named } }]),
    [],
  )
  assert.deepEqual(
    ask([
      { Principal: '*', Condition: { StringNotEquals: named } },
      { Principal: '*', Condition: { StringEquals: named } },
      { Principal: '*', Condition: { StringLike: { 'AWS:UserName': 'a*' } } },
    ]),
    ['aws:username'],
  )
})

test('a policy tells whether it needs a condition key, in a condition or as a variable', () => {
  const inCondition = keyPolicy({
    Principal: '*',
    Condition: { Null: { 'KMS:RequestAlias': true } },
  })
  const asVariable = identityPolicy({ Resource: 'arn:aws:kms:*:*:key/${AWS:userName}' })
  const inValue = identityPolicy({
    Condition: { StringLike: { 'aws:userid': '${kms:RequestAlias}' } },
  })
  assert.ok(inCondition.mentions('kms:requestalias'))
  assert.ok(asVariable.mentions('aws:username'))
  assert.ok(inValue.mentions('kms:requestalias'))
  assert.ok(
    identityPolicy({}, { Condition: { Null: { 'kms:RequestAlias': true } } }).mentions(
      'kms:requestalias',
    ),
  )
  assert.ok(!policy('trust', [{ Principal: { AWS: home } }]).mentions('kms:requestalias'))
  assert.ok(!inCondition.mentions('aws:username'))
  assert.ok(!delegating.mentions('kms:requestalias'))
})

test('a wildcard that is written as a character stands for that character alone', () => {
  const named = (path: string): string => `arn:aws:iam::${home}:user/${path}/alice`
  for (const [written, itself] of [
    ['${*}', '*'],
    ['${?}', '?'],
    ['${$}', '$'],
  ] as const) {
    const about = (path: string, key: 'Resource' | 'NotResource' = 'Resource'): boolean =>
      allows(
        { Action: 'iam:GetUser', Resource: undefined, [key]: named(written) },
        { action: 'iam:GetUser', key: 'none', resource: named(path) },
      )
    assert.ok(about(itself), written)
    assert.ok(!about('a'), written)
    assert.ok(!about(written), written)
    assert.ok(!about(itself, 'NotResource'), written)
    assert.ok(about('a', 'NotResource'), written)
  }
})

test('what a policy says of an action is worked out once, and forgotten before it grows too much', () => {
  const key = keyPolicy({ Principal: '*' })
  const of = (number: number) => key.statementsOf(`kms:B${number}`)
  const first = of(0)
  for (let number = 1; number < 1000; number += 1) of(number)
  assert.equal(of(0), first)
  for (let number = 1000; number < 2000; number += 1) of(number)
  assert.notEqual(of(0), first)
})

test('a statement that was not checked is not made ready', () => {
  const { statements } = parsePolicy(
    'key',
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*' },
    }),
  )
  const options = { variables: true, ownResource: false, principalIds: new Map<string, string>() }
  const made = (changes: object) => () =>
    compileStatement({ ...statements[0]!, ...changes }, options)
  assert.doesNotThrow(made({}))
  assert.throws(made({ resources: { negated: false, patterns: ['${'] } }), {
    name: 'TypeError',
    message: 'a resource that was not checked',
  })
  const principals = { negated: false, entries: [{ type: 'AWS', text: 'alice' }] }
  assert.throws(made({ principals }), {
    name: 'TypeError',
    message: 'a principal that was not checked',
  })
})

test('statements of many actions and principals find the one that is meant', () => {
  const many = Array.from({ length: 40 }, (_, index) => ({
    Principal: { AWS: `arn:aws:iam::${home}:user/u${index}` },
    Action: `kms:A${index}`,
  }))
  const key = keyPolicy(...many, { Principal: { AWS: alice.arn }, Action: 'kms:Decrypt' })
  assert.equal(outcome({ key }), 'allowed')
  assert.equal(outcome({ key, principal: bob }), 'noResourceAllow')
  assert.equal(outcome({ key, action: 'kms:A1' }), 'noResourceAllow')
})
