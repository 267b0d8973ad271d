import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileKeyPolicy, defaultPolicy } from '../../../src/core/access/key-policy.ts'
import { userPrincipal } from '../../../src/core/access/principals/principal.ts'
import { parsePrincipal } from '../../../src/core/access/principals/reference.ts'
import { alice, arns, bob, home, identityPolicy, outcome, root } from './support.ts'

const place = { region: 'eu-central-1', account: home }

test('the default policy leaves a key to the root of its account, and so to identity policies', () => {
  const policy = defaultPolicy(place)
  assert.deepEqual(JSON.parse(policy), {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: arns.root },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  })
  const key = compileKeyPolicy({ policy })
  assert.deepEqual(key.source, { kind: 'key', name: '' })
  assert.equal(outcome({ key, principal: root }), 'allowed')
  assert.equal(outcome({ key }), 'noIdentityAllow')
  assert.equal(outcome({ key, identity: [identityPolicy({})] }), 'allowed')
})

test('a stored policy speaks of the users of the time when it was stored', () => {
  const policy = defaultPolicy(place).replace(arns.root, arns.alice)
  const { name } = parsePrincipal(arns.alice)!
  const key = compileKeyPolicy({ policy, principalIds: [[name, 'AIDAALICE']] })
  assert.equal(outcome({ key, principal: alice }), 'allowed')
  assert.equal(outcome({ key, principal: bob }), 'noResourceAllow')
  assert.equal(outcome({ key, principal: userPrincipal(arns.alice, 'AIDANEW') }), 'noResourceAllow')
})

test('a stored policy that cannot be read any more is not passed over', () => {
  assert.throws(() => compileKeyPolicy({ policy: '{' }), {
    code: 'MalformedPolicyDocumentException',
  })
})
