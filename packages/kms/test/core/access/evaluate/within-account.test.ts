import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  abroad,
  alice,
  arns,
  bob,
  boundary,
  delegating,
  grantsOf,
  home,
  identityPolicy,
  keyArn,
  keyPolicy,
  otherKeyArn,
  outcome,
  root,
  session,
  sessionPolicy,
} from '../support.ts'

const allowAll = identityPolicy({})
const denyAll = { Effect: 'Deny' }

test('identity policies alone open no key: its policy has to leave it to the account', () => {
  const identity = [allowAll]
  assert.equal(
    outcome({ key: keyPolicy({ Principal: { AWS: arns.bob } }), identity }),
    'noResourceAllow',
  )
  assert.equal(outcome({ key: 'unknown', identity }), 'noResourceAllow')
  assert.equal(outcome({ key: delegating, identity }), 'allowed')
  assert.equal(outcome({ key: keyPolicy({ Principal: { AWS: arns.root } }), identity }), 'allowed')
  assert.equal(
    outcome({ key: keyPolicy({ Principal: { AWS: abroad } }), identity }),
    'noResourceAllow',
  )
})

test('a key policy that leaves it to the account allows nothing by itself', () => {
  assert.equal(outcome({ key: delegating }), 'noIdentityAllow')
  assert.equal(
    outcome({ key: delegating, identity: [identityPolicy({ Action: 'kms:Encrypt' })] }),
    'noIdentityAllow',
  )
  assert.equal(outcome({ key: delegating, principal: session }), 'noIdentityAllow')
})

test('a key policy leaves to the account what its statement is about, and no more', () => {
  const key = keyPolicy({ Principal: { AWS: home }, Action: 'kms:Encrypt' })
  assert.equal(outcome({ key, identity: [allowAll] }), 'noResourceAllow')
  assert.equal(outcome({ key, identity: [allowAll], action: 'kms:Encrypt' }), 'allowed')
})

test('a key policy that names a user needs no identity policy', () => {
  const key = keyPolicy({ Principal: { AWS: arns.alice } })
  assert.equal(outcome({ key }), 'allowed')
  assert.equal(outcome({ key, principal: bob }), 'noResourceAllow')
  assert.equal(outcome({ key, principal: root }), 'noResourceAllow')
})

test('the root of an account needs the key policy and nothing else', () => {
  assert.equal(outcome({ key: delegating, principal: root }), 'allowed')
  assert.equal(outcome({ key: keyPolicy({ Principal: '*' }), principal: root }), 'allowed')
  assert.equal(
    outcome({ key: keyPolicy({ Principal: { AWS: arns.alice } }), principal: root }),
    'noResourceAllow',
  )
})

test('a session is let in by its own name, by its role, or by its account', () => {
  const principal = session
  for (const name of [arns.session, arns.role])
    assert.equal(
      outcome({ key: keyPolicy({ Principal: { AWS: name } }), principal }),
      'allowed',
      name,
    )
  assert.equal(outcome({ key: delegating, principal, identity: [allowAll] }), 'allowed')
  for (const name of [
    arns.role.replace('team/', ''),
    arns.session.replace('s1', 's2'),
    arns.role.replace('app', 'App'),
  ])
    assert.equal(
      outcome({ key: keyPolicy({ Principal: { AWS: name } }), principal }),
      'noResourceAllow',
      name,
    )
})

test('a Deny wins wherever it stands', () => {
  const key = keyPolicy({ Principal: { AWS: arns.alice } })
  const grants = grantsOf({})
  assert.equal(outcome({ key, grants }), 'allowed')
  assert.equal(outcome({ key, grants, identity: [identityPolicy(denyAll)] }), 'explicitDeny')
  assert.equal(
    outcome({ key, grants, identity: [allowAll, identityPolicy({}, denyAll)] }),
    'explicitDeny',
  )
  assert.equal(outcome({ key, grants, boundary: boundary({}, denyAll) }), 'explicitDeny')
  assert.equal(outcome({ key, grants, session: [sessionPolicy({}, denyAll)] }), 'explicitDeny')
  for (const Principal of ['*', { AWS: '*' }, { AWS: arns.alice }, { AWS: home }]) {
    const denying = keyPolicy({ Principal: { AWS: arns.alice } }, { ...denyAll, Principal })
    assert.equal(outcome({ key: denying, grants, identity: [allowAll] }), 'explicitDeny')
  }
})

test('a Deny of another principal, resource, action or condition is no Deny', () => {
  for (const other of [
    { Principal: { AWS: arns.bob } },
    { Principal: { AWS: abroad } },
    { Principal: '*', Resource: otherKeyArn },
    { Principal: '*', Action: 'kms:Encrypt' },
    { Principal: '*', NotAction: 'kms:Decrypt', Action: undefined },
    { Principal: '*', NotResource: keyArn, Resource: undefined },
    { Principal: '*', Condition: { Null: { 'aws:username': 'false' } } },
  ]) {
    const key = keyPolicy({ Principal: { AWS: arns.alice } }, { ...denyAll, ...other })
    assert.equal(outcome({ key }), 'allowed', JSON.stringify(other))
  }
})

test('a Deny of a role or an account denies its sessions and users', () => {
  const key = (AWS: string) => keyPolicy({ Principal: '*' }, { ...denyAll, Principal: { AWS } })
  for (const name of [arns.session, arns.role, home])
    assert.equal(outcome({ key: key(name), principal: session }), 'explicitDeny', name)
  for (const name of [arns.alice, arns.bob, abroad])
    assert.equal(outcome({ key: key(name), principal: session }), 'allowed', name)
  assert.equal(outcome({ key: key(home), principal: root }), 'explicitDeny')
})

test('what names the session itself is limited by no session policy, but by its Deny', () => {
  const key = keyPolicy({ Principal: { AWS: arns.session } })
  const none = [sessionPolicy({ Action: 'kms:Encrypt' })]
  assert.equal(outcome({ key, principal: session, session: none }), 'allowed')
  const denying = [sessionPolicy({ Action: 'kms:Encrypt' }, denyAll)]
  assert.equal(outcome({ key, principal: session, session: denying }), 'explicitDeny')
})

test('what names the role is limited by the policies of the session and by the boundary', () => {
  const key = keyPolicy({ Principal: { AWS: arns.role } })
  const setting = { key, principal: session }
  const other = { Action: 'kms:Encrypt' }
  assert.equal(outcome({ ...setting, session: [sessionPolicy(other)] }), 'noSessionAllow')
  assert.equal(outcome({ ...setting, session: [] }), 'noSessionAllow')
  assert.equal(
    outcome({ ...setting, session: [sessionPolicy(other), sessionPolicy({})] }),
    'allowed',
  )
  assert.equal(outcome({ ...setting, boundary: boundary(other) }), 'noBoundaryAllow')
  assert.equal(outcome({ ...setting, boundary: boundary({}) }), 'allowed')
})

test('what is left to the account is limited by boundary and session policies', () => {
  const setting = { key: delegating, principal: session, identity: [allowAll] }
  const other = { Action: 'kms:Encrypt' }
  assert.equal(outcome({ ...setting, session: [sessionPolicy(other)] }), 'noSessionAllow')
  assert.equal(outcome({ ...setting, boundary: boundary(other) }), 'noBoundaryAllow')
  assert.equal(
    outcome({ ...setting, session: [sessionPolicy({})], boundary: boundary({}) }),
    'allowed',
  )
  assert.equal(
    outcome({ ...setting, identity: [], session: [sessionPolicy({})] }),
    'noIdentityAllow',
  )
})

test('a boundary limits no user whom the key policy names', () => {
  const limit = boundary({ Action: 'kms:Encrypt' })
  assert.equal(
    outcome({ key: keyPolicy({ Principal: { AWS: arns.alice } }), boundary: limit }),
    'allowed',
  )
  assert.equal(
    outcome({ key: delegating, identity: [allowAll], boundary: limit }),
    'noBoundaryAllow',
  )
})

test('a resource without a policy of its own needs an identity policy and nothing else', () => {
  const resource = `arn:aws:kms:eu-central-1:${home}:alias/a`
  const setting = { key: 'none' as const, resource, action: 'kms:CreateAlias' }
  assert.equal(outcome(setting), 'noIdentityAllow')
  assert.equal(outcome({ ...setting, identity: [allowAll] }), 'allowed')
  assert.equal(outcome({ ...setting, principal: root }), 'allowed')
  assert.equal(
    outcome({ ...setting, identity: [allowAll], boundary: boundary(denyAll) }),
    'explicitDeny',
  )
  assert.equal(
    outcome({ ...setting, identity: [allowAll], boundary: boundary({ Action: 'iam:*' }) }),
    'noBoundaryAllow',
  )
  assert.equal(outcome({ ...setting, identity: [allowAll], session: [] }), 'noSessionAllow')
  assert.equal(outcome({ ...setting, principal: alice, grants: grantsOf({}) }), 'noIdentityAllow')
})
