import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessDenied } from '../../../../src/core/access/evaluate/denied.ts'
import {
  abroad,
  arns,
  boundary,
  carol,
  decided,
  delegating,
  home,
  identityPolicy,
  keyArn,
  keyPolicy,
  policy,
  requestOf,
  session,
  sessionPolicy,
  type Setting,
  webIdentity,
} from '../support.ts'

/** The text of the refusal on the wire. */
const textOf = (setting: Setting, what?: string): string => {
  const decision = decided(setting)
  if (decision.allowed) throw new Error('it is allowed')
  const error = accessDenied(requestOf(setting), decision.reason, what)
  assert.equal(error.code, 'AccessDeniedException')
  return error.message
}

const head = `User: ${arns.alice} is not authorized to perform: kms:Decrypt on resource: ${keyArn}`
const notShared =
  ' because the resource does not exist in this Region, no resource-based policies allow access, ' +
  'or a resource-based policy explicitly denies access'
const deny = { Effect: 'Deny' }

test('a refusal names the kind of policy that does not allow it, in AWS’s words', () => {
  for (const [setting, reason] of [
    [{ key: keyPolicy({ Principal: { AWS: arns.bob } }) }, 'no resource-based policy allows'],
    [{ key: delegating }, 'no identity-based policy allows'],
    [
      { key: delegating, identity: [identityPolicy({})], boundary: boundary({ Action: 'iam:*' }) },
      'no permissions boundary allows',
    ],
    [{ key: delegating, identity: [identityPolicy({})], session: [] }, 'no session policy allows'],
  ] as const)
    assert.equal(textOf(setting), `${head} because ${reason} the kms:Decrypt action`)
})

test('a refusal by a Deny names the kind of policy that it stands in', () => {
  for (const [setting, kind] of [
    [{ key: keyPolicy({ ...deny, Principal: '*' }) }, 'a resource-based policy'],
    [{ key: delegating, identity: [identityPolicy(deny)] }, 'an identity-based policy'],
    [{ key: delegating, boundary: boundary(deny) }, 'a permissions boundary'],
    [{ key: delegating, session: [sessionPolicy(deny)] }, 'a session policy'],
  ] as const)
    assert.equal(textOf(setting), `${head} with an explicit deny in ${kind}`)
})

test('a refusal calls a session by its own ARN, and names the resource as it is told to', () => {
  assert.ok(
    textOf({ key: delegating, principal: session }).startsWith(`User: ${arns.session} is not`),
  )
  assert.match(textOf({ key: delegating }, 'this resource'), /kms:Decrypt on this resource because/)
})

test('of another account’s key a refusal says the same, whether there is one and what its policy says', () => {
  const foreign = `User: ${arns.carol} is not authorized to perform: kms:Decrypt on resource: ${keyArn}`
  for (const key of [
    'unknown',
    keyPolicy({ Principal: { AWS: home } }),
    keyPolicy({ Principal: '*' }, { ...deny, Principal: { AWS: abroad } }),
  ] as const)
    for (const identity of [[], [identityPolicy({})], [identityPolicy(deny)]])
      assert.equal(textOf({ key, identity, principal: carol }), foreign + notShared)
})

test('STS says no more than that it is not allowed', () => {
  const action = 'sts:AssumeRole'
  const setting = { action, resource: arns.role, owner: home }
  const expected = `User: ${arns.alice} is not authorized to perform: ${action} on resource: ${arns.role}`
  for (const key of [
    policy('trust', [{ Principal: { AWS: arns.bob } }]),
    policy('trust', [{ Principal: { AWS: home } }]),
    policy('trust', [{ ...deny, Principal: { AWS: '*' } }]),
    'unknown',
  ] as const)
    assert.equal(textOf({ ...setting, key }), expected)
})

test('a web identity, which has no name, is told what it may not do', () => {
  const action = 'sts:AssumeRoleWithWebIdentity'
  const setting = { action, resource: arns.role, owner: home, principal: webIdentity }
  assert.equal(textOf(setting), `Not authorized to perform ${action}`)
})
