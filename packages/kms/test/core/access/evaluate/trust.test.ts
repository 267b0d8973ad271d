import assert from 'node:assert/strict'
import { test } from 'node:test'
import { webIdentityPrincipal } from '../../../../src/core/access/principals/principal.ts'
import {
  abroad,
  alice,
  arns,
  carol,
  home,
  identityPolicy,
  outcome,
  policy,
  provider,
  webIdentity,
} from '../support.ts'

const assume = { action: 'sts:AssumeRole', resource: arns.role, owner: home }
const withToken = {
  principal: webIdentity,
  action: 'sts:AssumeRoleWithWebIdentity',
  resource: arns.role,
  owner: home,
}
const trust = (...statements: readonly object[]) => policy('trust', statements)
const mayAssume = [identityPolicy({ Action: 'sts:AssumeRole' })]

test('a role of the own account is assumed by whom its trust policy names', () => {
  const key = trust({ Principal: { AWS: arns.alice } })
  assert.equal(outcome({ ...assume, principal: alice, key }), 'allowed')
})

test('a trust policy that names the account leaves it to identity policies', () => {
  const key = trust({ Principal: { AWS: home } })
  assert.equal(outcome({ ...assume, key }), 'noIdentityAllow')
  assert.equal(outcome({ ...assume, key, identity: mayAssume }), 'allowed')
})

test('a role of another account needs both sides', () => {
  const key = trust({ Principal: { AWS: abroad } })
  assert.equal(outcome({ ...assume, principal: carol, key }), 'noIdentityAllow')
  assert.equal(outcome({ ...assume, principal: carol, key, identity: mayAssume }), 'allowed')
  const own = trust({ Principal: { AWS: home } })
  assert.equal(outcome({ ...assume, principal: carol, key: own, identity: mayAssume }), 'notShared')
})

test('an external id that a trust policy asks for has to be given', () => {
  const key = trust({
    Principal: { AWS: arns.alice },
    Condition: { StringEquals: { 'sts:ExternalId': 'x' } },
  })
  assert.equal(outcome({ ...assume, key }), 'noResourceAllow')
  assert.equal(outcome({ ...assume, key, values: { 'sts:ExternalId': 'y' } }), 'noResourceAllow')
  assert.equal(outcome({ ...assume, key, values: { 'sts:ExternalId': 'x' } }), 'allowed')
})

test('a web identity is let in by a statement about its provider alone', () => {
  const Action = 'sts:AssumeRoleWithWebIdentity'
  assert.equal(
    outcome({ ...withToken, key: trust({ Action, Principal: { Federated: provider } }) }),
    'allowed',
  )
  for (const Principal of [
    { Federated: `${provider}/other` },
    { AWS: '*' },
    { AWS: home },
    { Service: 'ec2.amazonaws.com' },
  ])
    assert.equal(
      outcome({ ...withToken, key: trust({ Action, Principal }) }),
      'noResourceAllow',
      JSON.stringify(Principal),
    )
  assert.equal(
    outcome({ ...withToken, key: trust({ Principal: { Federated: provider } }) }),
    'noResourceAllow',
  )
})

test('a service of the same name as a provider is no provider', () => {
  const name = 'cognito-identity.amazonaws.com'
  const setting = { ...withToken, principal: webIdentityPrincipal(name) }
  const Action = 'sts:AssumeRoleWithWebIdentity'
  const of = (Principal: object): string =>
    outcome({ ...setting, key: trust({ Action, Principal }) })
  assert.equal(of({ Federated: name }), 'allowed')
  assert.equal(of({ Service: name }), 'noResourceAllow')
})

test('a web identity needs the claims that the trust policy asks for', () => {
  const key = trust({
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: provider },
    Condition: { StringEquals: { 'id.example.org:sub': 'system:serviceaccount:a:b' } },
  })
  assert.equal(outcome({ ...withToken, key }), 'noResourceAllow')
  const values = { 'ID.example.org:sub': 'system:serviceaccount:a:b' }
  assert.equal(outcome({ ...withToken, key, values }), 'allowed')
})

test('a Deny for everyone denies a web identity too', () => {
  const Action = 'sts:AssumeRoleWithWebIdentity'
  const key = trust(
    { Action, Principal: { Federated: provider } },
    { Action, Effect: 'Deny', Principal: { AWS: '*' } },
  )
  assert.equal(outcome({ ...withToken, key }), 'explicitDeny')
})

test('a provider is nobody who signs requests', () => {
  const key = trust({ Principal: { Federated: provider } })
  assert.equal(outcome({ ...assume, key, identity: mayAssume }), 'noResourceAllow')
})

test('a service that a trust policy names lets nobody in', () => {
  const key = trust({ Principal: { Service: 'ec2.amazonaws.com' } })
  assert.equal(outcome({ ...assume, key, identity: mayAssume }), 'noResourceAllow')
})
