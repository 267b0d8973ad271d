/** Mistakes that other key services and object stores made in their decisions, each as a test. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { operations } from '../../../../src/api/operations.ts'
import { accessDenied } from '../../../../src/core/access/evaluate/denied.ts'
import { grantOperationNames } from '../../../../src/api/members.ts'
import {
  abroad,
  alice,
  arns,
  carol,
  decided,
  delegating,
  grantsOf,
  home,
  identityPolicy,
  keyArn,
  keyOfAbroad,
  keyPolicy,
  otherKeyArn,
  outcome,
  requestOf,
  root,
  type Setting,
} from '../support.ts'

const operationNames = Object.keys(operations)
const actions = operationNames.map((name) => `kms:${name}`)
const allowAll = [identityPolicy({ Action: '*' })]

/** Grants with all that a grant can allow. */
const everything = { operations: grantOperationNames }
const childGrant = { operations: ['Decrypt'], constraints: {} } as const

/** The text, its letters in cases of the generator's choice. */
const anyCase = (text: string): fc.Arbitrary<string> =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => upper.map((isUpper, at) => inCase(text.charAt(at), isUpper)).join(''))

const inCase = (letter: string, isUpper: boolean): string =>
  isUpper ? letter.toUpperCase() : letter.toLowerCase()

// L7: a name that one part of a service folds and another does not.

test('the names of actions, condition keys and context keys mean the same in every case', () => {
  fc.assert(
    fc.property(
      anyCase('kms:Decrypt'),
      anyCase('kms:Decrypt'),
      anyCase('kms:EncryptionContext:App'),
      anyCase('kms:EncryptionContext:App'),
      anyCase('App'),
      (Action, action, wanted, given, contextKey) => {
        const Condition = { StringEquals: { [wanted]: 'x' } }
        const key = keyPolicy({ Principal: { AWS: arns.alice }, Action, Condition })
        assert.equal(outcome({ key, action, values: { [given]: 'x' } }), 'allowed')
        const constraints = { encryptionContextEquals: [[contextKey, 'x']] } as const
        const encryptionContext = new Map([['app', 'x']])
        assert.equal(
          outcome({ grants: grantsOf({ constraints }), action, encryptionContext }),
          'allowed',
        )
      },
    ),
    { numRuns: 200 },
  )
})

test('an account means the same as its root’s ARN, in every policy and exemption', () => {
  for (const AWS of [home, arns.root]) {
    assert.equal(outcome({ key: keyPolicy({ Principal: { AWS } }), identity: allowAll }), 'allowed')
    assert.equal(outcome({ key: keyPolicy({ Principal: { AWS } }), principal: root }), 'allowed')
    const exempting = { Effect: 'Deny', NotPrincipal: { AWS: [AWS, arns.alice] } }
    assert.equal(outcome({ key: keyPolicy({ Principal: '*' }, exempting) }), 'allowed')
  }
})

test('the ARNs of users, roles and keys mean nothing in another case', () => {
  fc.assert(
    fc.property(anyCase('alice'), anyCase('key'), (name, kind) => {
      const AWS = arns.alice.replace('alice', name)
      const byUser = outcome({ key: keyPolicy({ Principal: { AWS } }) })
      assert.equal(byUser, name === 'alice' ? 'allowed' : 'noResourceAllow')
      const Resource = keyArn.replace('key/', `${kind}/`)
      const byKey = outcome({ key: keyPolicy({ Principal: { AWS: arns.alice }, Resource }) })
      assert.equal(byKey, kind === 'key' ? 'allowed' : 'noResourceAllow')
    }),
    { numRuns: 200 },
  )
})

// L8: a Deny that does not reach every verb, and wildcards that come in through variables.

test('a Deny of kms:* reaches every operation of KMS, grants and roots included', () => {
  const denial = { Effect: 'Deny', Principal: '*' }
  for (const Action of ['kms:*', '*', 'KMS:*', '*:*', 'kms:**'])
    for (const action of actions)
      for (const principal of [alice, root]) {
        const setting: Setting = {
          principal,
          action,
          identity: allowAll,
          grants: grantsOf(everything),
          childGrant,
        }
        const open = keyPolicy({ Principal: '*' })
        const closed = keyPolicy({ Principal: '*' }, { ...denial, Action })
        assert.equal(outcome({ ...setting, key: open }), 'allowed', action)
        assert.equal(outcome({ ...setting, key: closed }), 'explicitDeny', `${Action} ${action}`)
      }
})

test('a Deny of one action by pattern reaches what the pattern matches, and nothing else', () => {
  for (const [Action, form] of [
    ['kms:*Grant*', /Grant/],
    ['kms:List*', /^List/],
    ['kms:?ncrypt', /^.ncrypt$/],
    ['kms:*crypt', /crypt$/i],
  ] as const)
    for (const name of operationNames) {
      const key = keyPolicy({ Principal: '*' }, { Effect: 'Deny', Principal: '*', Action })
      const expected = form.test(name) ? 'explicitDeny' : 'allowed'
      assert.equal(outcome({ key, action: `kms:${name}` }), expected, `${Action} ${name}`)
    }
})

test('what comes in through a variable is no pattern, whoever chose it', () => {
  const own = 'arn:aws:kms:*:*:key/${aws:PrincipalTag/key}'
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('*', '?', '1', '/', ':', '${', '}', 'aws:username'), {
        maxLength: 6,
      }),
      (pieces) => {
        const value = pieces.join('')
        const values = { 'aws:PrincipalTag/key': value, 'aws:username': '1' }
        const asResource = [identityPolicy({ Resource: own })]
        const expected = value === '1' ? 'allowed' : 'noIdentityAllow'
        assert.equal(outcome({ key: delegating, identity: asResource, values }), expected, value)
        for (const operator of ['StringEquals', 'StringLike']) {
          const Condition = { [operator]: { 'aws:username': '${aws:PrincipalTag/key}' } }
          const asValue = [identityPolicy({ Condition })]
          assert.equal(outcome({ key: delegating, identity: asValue, values }), expected, value)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('a resource is the text that it is: nothing in a path is resolved', () => {
  const key = keyPolicy({ Principal: { AWS: arns.alice }, Resource: keyArn })
  for (const resource of [
    `${keyArn}/`,
    `${keyArn}/../1`,
    keyArn.replace('key/1', 'key//1'),
    ` ${keyArn}`,
  ])
    assert.equal(outcome({ key, resource }), 'noResourceAllow', resource)
})

// L9: an id that works across accounts.

test('no operation reaches another account’s key, and none tells whether there is one', () => {
  const foreign = { principal: alice, resource: keyOfAbroad, owner: abroad, identity: allowAll }
  for (const action of actions) {
    const texts = [
      'unknown' as const,
      keyPolicy({ Principal: { AWS: abroad } }),
      keyPolicy({ Principal: '*' }, { Effect: 'Deny', Principal: '*' }),
    ].map((key) => {
      const setting = { ...foreign, action, key }
      const decision = decided(setting)
      assert.ok(!decision.allowed, action)
      return accessDenied(requestOf(setting), decision.reason).message
    })
    assert.equal(new Set(texts).size, 1, action)
  }
})

test('a grant is worth something to its grantee on its key alone, whatever the operation', () => {
  for (const action of actions) {
    const use = { action, childGrant, identity: allowAll }
    const grants = grantsOf(everything)
    const isGrantable = grantOperationNames.some((name) => action === `kms:${name}`)
    const ofGrantee = outcome({ ...use, grants })
    assert.equal(ofGrantee, isGrantable ? 'allowed' : 'noResourceAllow', action)
    for (const changes of [
      { principal: root },
      { principal: carol },
      { resource: otherKeyArn },
      { resource: keyOfAbroad, owner: abroad },
    ]) {
      const other = outcome({ ...use, grants, ...changes })
      assert.notEqual(other, 'allowed', `${action} ${JSON.stringify(changes)}`)
    }
  }
})
