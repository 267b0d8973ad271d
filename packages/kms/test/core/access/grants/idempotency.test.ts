import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type GrantRequest,
  idempotencyKey,
} from '../../../../src/core/access/grants/idempotency.ts'
import { abroad, arns, grantsOf, home, keyArn, otherKeyArn } from '../support.ts'

const asked: GrantRequest = {
  keyArn,
  name: 'n',
  granteePrincipal: arns.alice,
  granteeId: 'AIDA1',
  retiringPrincipal: arns.bob,
  retiringId: 'AIDA2',
  issuingAccount: home,
  operations: ['Decrypt', 'Encrypt'],
  constraints: {
    encryptionContextEquals: [
      ['a', '1'],
      ['b', '2'],
    ],
    encryptionContextSubset: [['c', '3']],
    sourceArn: 'arn:aws:x',
  },
}

test('calls that ask for the same are the same, in whatever order they say it', () => {
  const again: GrantRequest = {
    ...asked,
    operations: ['Encrypt', 'Decrypt', 'Encrypt'],
    constraints: {
      ...asked.constraints,
      encryptionContextEquals: [
        ['b', '2'],
        ['a', '1'],
      ],
    },
  }
  assert.equal(idempotencyKey(again), idempotencyKey(asked))
})

test('calls that differ in anything are not the same', () => {
  const changes: readonly Partial<GrantRequest>[] = [
    { keyArn: otherKeyArn },
    { name: 'm' },
    { granteePrincipal: arns.bob },
    { granteeId: 'AIDA3' },
    { granteeId: undefined },
    { retiringPrincipal: undefined },
    { retiringId: 'AIDA3' },
    { issuingAccount: abroad },
    { operations: ['Decrypt'] },
    { constraints: {} },
    { constraints: { ...asked.constraints, sourceArn: undefined } },
    { constraints: { ...asked.constraints, encryptionContextSubset: [['C', '3']] } },
    { constraints: { ...asked.constraints, encryptionContextSubset: [['c', '4']] } },
    { constraints: { ...asked.constraints, encryptionContextSubset: [] } },
    { constraints: { ...asked.constraints, encryptionContextEquals: [['a', '1']] } },
  ]
  const keys = [{}, ...changes].map((change) => idempotencyKey({ ...asked, ...change }))
  assert.equal(new Set(keys).size, keys.length)
})

test('a call without a name is like no other', () => {
  assert.equal(idempotencyKey({ ...asked, name: undefined }), undefined)
})

test('a key’s grants know the one that an earlier call of the same name and parameters made', () => {
  const index = grantsOf({ ...asked }, { ...asked, name: undefined })
  assert.equal(index.sameAs(asked)?.record.grantId, '0'.repeat(64))
  assert.equal(index.sameAs({ ...asked, name: 'm' }), undefined)
  assert.equal(index.sameAs({ ...asked, name: undefined }), undefined)
  index.delete('0'.repeat(64))
  assert.equal(index.sameAs(asked), undefined)
})

test('of two grants that are the same, the older one stands for both as long as it is there', () => {
  const index = grantsOf({ ...asked }, { ...asked })
  const found = (): string | undefined => index.sameAs(asked)?.record.grantId
  assert.equal(found(), '0'.repeat(64))
  index.delete(`${'0'.repeat(63)}1`)
  assert.equal(found(), '0'.repeat(64))
})
