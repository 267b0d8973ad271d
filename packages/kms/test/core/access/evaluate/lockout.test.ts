import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireNoLockout } from '../../../../src/core/access/evaluate/lockout.ts'
import {
  abroad,
  alice,
  arns,
  delegating,
  home,
  keyArn,
  keyPolicy,
  otherKeyArn,
  requestOf,
  root,
  session,
} from '../support.ts'

const check = (statements: readonly object[], principal = alice, values = {}): void =>
  requireNoLockout(
    keyPolicy(...statements),
    requestOf({ principal, action: 'kms:CreateKey', values }),
  )
const locksOut = {
  code: 'MalformedPolicyDocumentException',
  message: 'The new key policy will not allow you to update the key policy in the future.',
}

test('a policy that lets its author or the author’s account put another one is accepted', () => {
  requireNoLockout(delegating, requestOf())
  check([{ Principal: { AWS: arns.alice }, Action: 'kms:PutKeyPolicy' }])
  check([{ Principal: { AWS: home }, Action: 'kms:Put*' }])
  check([{ Principal: '*', Resource: keyArn }])
  check([{ Principal: { AWS: arns.role } }], session)
  check([{ Principal: { AWS: arns.session } }], session)
  check([{ Principal: { AWS: home } }], root)
})

test('a policy that does not is refused', () => {
  for (const statement of [
    { Principal: { AWS: arns.bob } },
    { Principal: { AWS: abroad } },
    { Principal: { AWS: arns.alice }, Action: 'kms:CreateKey' },
    { Principal: { AWS: arns.alice }, Resource: otherKeyArn },
    { Principal: { AWS: arns.alice }, Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
    { Principal: { Service: 'ec2.amazonaws.com' } },
  ])
    assert.throws(() => check([statement]), locksOut, JSON.stringify(statement))
  assert.throws(() => check([{ Principal: { AWS: arns.alice } }], root), locksOut)
})

test('a policy that denies it to its author is refused, whatever it allows', () => {
  const open = { Principal: { AWS: home } }
  const denial = { Effect: 'Deny', Principal: { AWS: arns.alice } }
  assert.throws(() => check([open, denial]), locksOut)
  check([open, { ...denial, Action: 'kms:Decrypt' }])
  check([open, { ...denial, Principal: { AWS: arns.bob } }])
  const except = (...AWS: string[]): object => ({ Effect: 'Deny', NotPrincipal: { AWS } })
  check([open, except(arns.alice, home)])
  assert.throws(() => check([open, except(arns.bob, home)]), locksOut)
})

test('a condition counts as it holds for the call that brings the policy', () => {
  const Condition = { StringEquals: { 'aws:username': 'alice' } }
  check([{ Principal: '*', Condition }], alice, { 'aws:username': 'alice' })
  assert.throws(
    () => check([{ Principal: '*', Condition }], alice, { 'aws:username': 'bob' }),
    locksOut,
  )
})
