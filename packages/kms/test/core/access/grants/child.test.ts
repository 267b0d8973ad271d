import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWithin } from '../../../../src/core/access/grants/child.ts'
import type { GrantConstraints } from '../../../../src/core/access/grants/constraints.ts'
import type { GrantOperation } from '../../../../src/core/access/grants/operations.ts'
import { alice, arns, bob, grant, grantsOf, outcome } from '../support.ts'

const operations: readonly GrantOperation[] = ['Decrypt', 'CreateGrant']
const equalsTo = (context: Readonly<Record<string, string>>): GrantConstraints => ({
  encryptionContextEquals: Object.entries(context),
})
const subset = (context: Readonly<Record<string, string>>): GrantConstraints => ({
  encryptionContextSubset: Object.entries(context),
})

const within = (child: GrantConstraints, parent: GrantConstraints): boolean =>
  isWithin(
    { operations: ['Decrypt'], constraints: child },
    grant({ operations, constraints: parent }),
  )

test('a child has none but its parent’s operations', () => {
  const parent = grant({ operations })
  const may = (own: readonly GrantOperation[]): boolean =>
    isWithin({ operations: own, constraints: {} }, parent)
  assert.ok(may(['Decrypt']))
  assert.ok(may(['CreateGrant', 'Decrypt']))
  assert.ok(!may(['Encrypt']))
  assert.ok(!may(['Decrypt', 'Encrypt']))
})

test('a child of a parent without constraints may have any', () => {
  for (const own of [{}, equalsTo({ a: '1' }), subset({ a: '1' }), { sourceArn: 'arn:aws:x' }])
    assert.ok(within(own, {}))
})

test('a child of an equality has the same equality', () => {
  assert.ok(within(equalsTo({ A: '1' }), equalsTo({ a: '1' })))
  for (const own of [
    {},
    equalsTo({ a: '2' }),
    equalsTo({ a: '1', b: '2' }),
    equalsTo({}),
    subset({ a: '1' }),
  ])
    assert.ok(!within(own, equalsTo({ a: '1' })), JSON.stringify(own))
})

test('a child of a subset may ask for more, or make it an equality', () => {
  const parent = subset({ a: '1' })
  for (const own of [
    subset({ A: '1' }),
    subset({ a: '1', b: '2' }),
    equalsTo({ a: '1' }),
    equalsTo({ a: '1', b: '2' }),
  ])
    assert.ok(within(own, parent), JSON.stringify(own))
  for (const own of [{}, subset({}), subset({ b: '2' }), equalsTo({}), equalsTo({ a: '2' })])
    assert.ok(!within(own, parent), JSON.stringify(own))
})

test('a child is for the same resource of AWS as its parent', () => {
  assert.ok(within({ sourceArn: 'arn:aws:x' }, { sourceArn: 'arn:aws:x' }))
  assert.ok(!within({ sourceArn: 'arn:aws:y' }, { sourceArn: 'arn:aws:x' }))
  assert.ok(!within({}, { sourceArn: 'arn:aws:x' }))
})

test('a grant allows its grantee to make grants within its own limits alone', () => {
  const grants = grantsOf({ operations, constraints: subset({ a: '1' }) })
  const make = (
    childGrant: Parameters<typeof isWithin>[0] | undefined,
    principal = alice,
  ): string => outcome({ principal, action: 'kms:CreateGrant', grants, childGrant })
  assert.equal(make({ operations: ['Decrypt'], constraints: subset({ a: '1' }) }), 'allowed')
  assert.equal(make({ operations: ['Decrypt'], constraints: {} }), 'noResourceAllow')
  assert.equal(
    make({ operations: ['Encrypt'], constraints: subset({ a: '1' }) }),
    'noResourceAllow',
  )
  assert.equal(make(undefined), 'noResourceAllow')
  assert.equal(
    make({ operations: ['Decrypt'], constraints: subset({ a: '1' }) }, bob),
    'noResourceAllow',
  )
})

test('the encryption context of a request has no say in making a grant', () => {
  const grants = grantsOf({
    operations,
    constraints: equalsTo({ a: '1' }),
    granteePrincipal: arns.alice,
  })
  const childGrant = { operations: ['Decrypt'], constraints: equalsTo({ a: '1' }) } as const
  assert.equal(outcome({ action: 'kms:CreateGrant', grants, childGrant }), 'allowed')
})
