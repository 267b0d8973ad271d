import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Identities } from '../../../src/core/identity/identities.ts'
import { PolicyBook } from '../../../src/core/identity/policy-book.ts'
import type { RoleRecord } from '../../../src/core/identity/records.ts'
import { State } from '../../../src/core/state/state.ts'
import { memoryStore } from '../state/memory-store.ts'
import { someStateKey } from '../state/state-key.ts'

const state = await State.open(memoryStore(), someStateKey())

const roleThat = (Effect: 'Allow' | 'Deny'): RoleRecord => ({
  account: '111122223333',
  roleId: 'AROAAPP',
  name: 'app',
  path: '/',
  createdAtMs: 0,
  maxSessionSeconds: 3600,
  trustPolicy: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect, Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
  }),
  trustedIds: [],
  tags: [],
})

test('a trust policy is compiled once for each state of its role', () => {
  const book = new PolicyBook(new Identities(state))
  const role = roleThat('Allow')
  assert.equal(book.trustOf(role), book.trustOf(role))
})

test('a call that still has the role as it was does not bring its old trust policy back', () => {
  const book = new PolicyBook(new Identities(state))
  const [before, now] = [roleThat('Allow'), roleThat('Deny')]
  book.trustOf(before)
  book.forget([{ table: 'role', id: before.roleId }])
  book.trustOf(before)
  const effects = book.trustOf(now).statements.map(({ statement }) => statement.effect)
  assert.deepEqual(effects, ['Deny'])
})
