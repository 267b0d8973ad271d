import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  abroad,
  alice,
  arns,
  boundary,
  carol,
  decided,
  grantsOf,
  home,
  identityPolicy,
  keyPolicy,
  outcome,
  session,
  sessionPolicy,
} from '../support.ts'
import { rootPrincipal } from '../../../../src/core/access/principals/principal.ts'

const allowAll = identityPolicy({})
const foreign = { principal: carol }

test('another account’s key needs the key policy and an identity policy', () => {
  for (const AWS of [arns.carol, abroad, arns.rootAbroad, '*']) {
    const key = keyPolicy({ Principal: { AWS } })
    assert.equal(outcome({ ...foreign, key }), 'noIdentityAllow', AWS)
    assert.equal(outcome({ ...foreign, key, identity: [allowAll] }), 'allowed', AWS)
  }
  for (const AWS of [arns.alice, home]) {
    const key = keyPolicy({ Principal: { AWS } })
    assert.equal(outcome({ ...foreign, key, identity: [allowAll] }), 'notShared', AWS)
  }
})

test('the root of another account needs the key policy to let its account in', () => {
  const principal = rootPrincipal(arns.rootAbroad)
  assert.equal(outcome({ principal, key: keyPolicy({ Principal: { AWS: abroad } }) }), 'allowed')
  assert.equal(outcome({ principal, key: keyPolicy({ Principal: { AWS: home } }) }), 'notShared')
})

test('a user of the same name in another account is another user', () => {
  const key = keyPolicy({ Principal: { AWS: arns.carol.replace(abroad, home) } })
  assert.equal(outcome({ ...foreign, key, identity: [allowAll] }), 'notShared')
})

test('across accounts a session’s own name frees it from nothing', () => {
  const owner = abroad
  const key = keyPolicy({ Principal: { AWS: arns.session } })
  const setting = { principal: session, owner, key, identity: [allowAll] }
  assert.equal(outcome(setting), 'allowed')
  assert.equal(
    outcome({ ...setting, session: [sessionPolicy({ Action: 'kms:Encrypt' })] }),
    'noSessionAllow',
  )
  assert.equal(
    outcome({ ...setting, boundary: boundary({ Action: 'kms:Encrypt' }) }),
    'noBoundaryAllow',
  )
})

test('a Deny of either account wins, and that of the other is not told apart from absence', () => {
  const open = { Principal: { AWS: abroad } }
  const denying = keyPolicy(open, { Effect: 'Deny', Principal: { AWS: arns.carol } })
  const there = decided({ ...foreign, key: denying, identity: [allowAll] })
  assert.ok(!there.allowed && there.reason.kind === 'explicitDeny' && there.reason.crossAccount)
  const here = decided({
    ...foreign,
    key: keyPolicy(open),
    identity: [identityPolicy({ Effect: 'Deny' })],
  })
  assert.ok(!here.allowed && here.reason.kind === 'explicitDeny' && !here.reason.crossAccount)
})

test('what the caller’s own policies say changes nothing where the other account does not let it in', () => {
  const denying = [identityPolicy({ Effect: 'Deny' })]
  for (const key of ['unknown', keyPolicy({ Principal: { AWS: home } })] as const)
    for (const identity of [[], [allowAll], denying])
      assert.equal(outcome({ ...foreign, key, identity }), 'notShared')
})

test('a grant to another account’s user needs an identity policy there', () => {
  const grants = grantsOf({ granteePrincipal: arns.carol })
  assert.equal(outcome({ ...foreign, grants }), 'noIdentityAllow')
  assert.equal(outcome({ ...foreign, grants, identity: [allowAll] }), 'allowed')
})

test('a grant that the grantee’s own account made is that account’s consent', () => {
  const grants = grantsOf({ granteePrincipal: arns.carol, issuingAccount: abroad })
  assert.equal(outcome({ ...foreign, grants }), 'allowed')
  assert.equal(
    outcome({ ...foreign, grants, boundary: boundary({ Action: 'kms:Encrypt' }) }),
    'noBoundaryAllow',
  )
  const toAccount = grantsOf({ granteePrincipal: arns.rootAbroad, issuingAccount: abroad })
  assert.equal(outcome({ ...foreign, grants: toAccount }), 'noIdentityAllow')
})

test('the account that issued a grant does not matter within the account of the key', () => {
  for (const issuingAccount of [home, abroad])
    assert.equal(outcome({ principal: alice, grants: grantsOf({ issuingAccount }) }), 'allowed')
})

test('a resource without a policy is closed to other accounts', () => {
  assert.equal(outcome({ ...foreign, key: 'none', identity: [allowAll] }), 'notShared')
})
