import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  contains,
  type ContextPairs,
  equals,
  foldContext,
  type GrantConstraints,
} from '../../../../src/core/access/grants/constraints.ts'
import type { GrantOperation } from '../../../../src/core/access/grants/operations.ts'
import { permits } from '../../../../src/core/access/grants/permits.ts'
import { grant, grantsOf, keyArn, otherKeyArn, outcome } from '../support.ts'

const pairs = (value: Readonly<Record<string, string>>): ContextPairs => Object.entries(value)
const fold = (value: Readonly<Record<string, string>>) => foldContext(pairs(value))

const withContext: readonly GrantOperation[] = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
]

/** Whether a grant with these constraints permits an operation in this context. */
const permitted = (
  constraints: GrantConstraints,
  context: Readonly<Record<string, string>>,
  operation: GrantOperation = 'Decrypt',
  sourceArn?: string,
): boolean =>
  permits(grant({ operations: [operation], constraints }), {
    operation,
    keyArn,
    context: fold(context),
    sourceArn,
    child: undefined,
  })

test('a context is compared with keys in any case and values in theirs', () => {
  assert.ok(equals(fold({ App: 'x' }), fold({ app: 'x' })))
  assert.ok(!equals(fold({ App: 'x' }), fold({ app: 'X' })))
  assert.ok(!equals(fold({ a: '1', b: '2' }), fold({ a: '1' })))
  assert.ok(!equals(fold({ a: '1' }), fold({ a: '1', b: '2' })))
  assert.ok(equals(fold({}), fold({})))
  assert.ok(contains(fold({ A: '1', b: '2' }), fold({ a: '1' })))
  assert.ok(!contains(fold({ a: '1' }), fold({ a: '1', b: '2' })))
  assert.ok(contains(fold({ a: '1' }), fold({})))
})

test('keys that differ by case alone equal nothing, and contain what both of them say', () => {
  const twins = fold({ App: 'x', app: 'y' })
  assert.ok(!equals(twins, twins))
  assert.ok(!contains(twins, fold({ app: 'x' })))
  assert.ok(!contains(twins, fold({ app: 'y' })))
  assert.ok(!contains(fold({ app: 'x' }), twins))
  const same = fold({ App: 'x', app: 'x' })
  assert.ok(!equals(same, fold({ app: 'x' })))
  assert.ok(!equals(fold({ app: 'x' }), same))
  assert.ok(contains(same, fold({ APP: 'x' })))
})

test('a grant with EncryptionContextEquals permits this context and no other', () => {
  const constraints = { encryptionContextEquals: pairs({ App: 'x', stage: 'y' }) }
  for (const operation of withContext) {
    assert.ok(permitted(constraints, { app: 'x', Stage: 'y' }, operation), operation)
    assert.ok(!permitted(constraints, { app: 'x' }, operation), operation)
    assert.ok(!permitted(constraints, { app: 'x', stage: 'y', more: '' }, operation), operation)
    assert.ok(!permitted(constraints, { app: 'x', stage: 'Y' }, operation), operation)
    assert.ok(!permitted(constraints, {}, operation), operation)
  }
})

test('a grant with EncryptionContextSubset permits every context that contains it', () => {
  const constraints = { encryptionContextSubset: pairs({ App: 'x' }) }
  for (const operation of withContext) {
    assert.ok(permitted(constraints, { app: 'x' }, operation), operation)
    assert.ok(permitted(constraints, { APP: 'x', more: 'y' }, operation), operation)
    assert.ok(!permitted(constraints, { app: 'X' }, operation), operation)
    assert.ok(!permitted(constraints, { more: 'y' }, operation), operation)
  }
})

test('both constraints have to hold', () => {
  const constraints = {
    encryptionContextEquals: pairs({ a: '1', b: '2' }),
    encryptionContextSubset: pairs({ c: '3' }),
  }
  assert.ok(!permitted(constraints, { a: '1', b: '2' }))
  assert.ok(!permitted(constraints, { a: '1', b: '2', c: '3' }))
})

test('constraints on the context bind no operation whose requests have none', () => {
  const constraints = { encryptionContextEquals: pairs({ a: '1' }) }
  assert.ok(permitted(constraints, {}, 'DescribeKey'))
  assert.ok(permitted(constraints, {}, 'RetireGrant'))
})

test('a grant for a resource of AWS permits nothing here, for no service of AWS calls', () => {
  const sourceArn = 'arn:aws:lambda:eu-central-1:111122223333:function:f'
  assert.ok(!permitted({ sourceArn }, {}))
  assert.ok(!permitted({ sourceArn }, {}, 'DescribeKey'))
  assert.ok(permitted({ sourceArn }, {}, 'Decrypt', sourceArn))
  assert.ok(!permitted({ sourceArn }, {}, 'Decrypt', `${sourceArn}2`))
  assert.ok(permitted({}, {}, 'Decrypt', sourceArn))
})

test('a request without a context is one with an empty context', () => {
  const grants = grantsOf({ constraints: { encryptionContextEquals: [] } })
  assert.equal(outcome({ grants }), 'allowed')
  assert.equal(outcome({ grants, encryptionContext: new Map() }), 'allowed')
  assert.equal(outcome({ grants, encryptionContext: new Map([['a', '1']]) }), 'noResourceAllow')
})

test('on whose behalf a request is made stands under aws:SourceArn', () => {
  const sourceArn = 'arn:aws:lambda:eu-central-1:111122223333:function:f'
  const grants = grantsOf({ constraints: { sourceArn } })
  assert.equal(outcome({ grants }), 'noResourceAllow')
  assert.equal(outcome({ grants, values: { 'aws:SourceArn': sourceArn } }), 'allowed')
})

test('a grant is for its key and its operations', () => {
  const use = {
    operation: 'Decrypt',
    keyArn,
    context: fold({}),
    sourceArn: undefined,
    child: undefined,
  } as const
  assert.ok(permits(grant(), use))
  assert.ok(!permits(grant({ keyArn: otherKeyArn }), use))
  assert.ok(!permits(grant({ operations: ['Encrypt'] }), use))
})
