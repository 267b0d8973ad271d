import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  abroad,
  alice,
  arns,
  bob,
  boundary,
  carol,
  home,
  identityPolicy,
  keyPolicy,
  outcome,
  root,
  session,
  type Setting,
} from '../support.ts'

/** A key policy that lets everyone in, and denies whoever is not among these. */
const exempting = (...names: readonly string[]) =>
  keyPolicy({ Principal: '*' }, { Effect: 'Deny', NotPrincipal: { AWS: names } })

const denies = (setting: Setting): boolean => outcome(setting) === 'explicitDeny'

test('NotPrincipal denies whoever is not listed', () => {
  assert.ok(denies({ key: exempting(arns.bob, home), principal: alice }))
  assert.ok(!denies({ key: exempting(arns.bob, home), principal: bob }))
  assert.ok(!denies({ key: exempting(arns.alice, home), principal: root }))
})

test('a user is exempt if its account is listed too', () => {
  assert.ok(denies({ key: exempting(arns.alice), principal: alice }))
  assert.ok(denies({ key: exempting(arns.root), principal: alice }))
  assert.ok(!denies({ key: exempting(arns.alice, arns.root), principal: alice }))
})

test('a session is exempt if its role and its account are listed too', () => {
  assert.ok(!denies({ key: exempting(arns.session, arns.role, home), principal: session }))
  assert.ok(denies({ key: exempting(arns.session, home), principal: session }))
  assert.ok(denies({ key: exempting(arns.role, home), principal: session }))
  assert.ok(denies({ key: exempting(arns.session, arns.role), principal: session }))
})

test('the root of an account is exempt if the account is listed', () => {
  assert.ok(!denies({ key: exempting(home), principal: root }))
  assert.ok(denies({ key: exempting(abroad), principal: root }))
})

test('nobody with a permissions boundary is exempt', () => {
  const setting = { principal: alice, boundary: boundary({}) }
  assert.ok(denies({ ...setting, key: exempting(arns.alice, home) }))
  assert.ok(denies({ ...setting, key: exempting('*') }))
  assert.ok(!denies({ principal: alice, key: exempting('*') }))
})

test('NotPrincipal denies other accounts, whose users see no more than that it is not theirs', () => {
  const identity = [identityPolicy({})]
  assert.equal(
    outcome({ key: exempting(arns.carol, abroad), principal: carol, identity }),
    'allowed',
  )
  assert.ok(denies({ key: exempting(arns.carol), principal: carol, identity }))
})
