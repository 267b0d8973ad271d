import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  sessionPrincipal,
  userPrincipal,
} from '../../../../src/core/access/principals/principal.ts'
import { parsePrincipal } from '../../../../src/core/access/principals/reference.ts'
import { alice, arns, grantsOf, home, outcome, policy, session } from '../support.ts'

/** A key policy that was stored when its principals had these ids. */
const stored = (statements: readonly object[], ids: Readonly<Record<string, string>>) =>
  policy('key', statements, {
    principalIds: new Map(Object.entries(ids).map(([arn, id]) => [parsePrincipal(arn)!.name, id])),
  })

const newAlice = userPrincipal(arns.alice, 'AIDANEW')
const newSession = sessionPrincipal(arns.session, arns.role, 'AROANEW')

test('a later user of the same name inherits nothing from a key policy', () => {
  const key = stored([{ Principal: { AWS: arns.alice } }], { [arns.alice]: 'AIDAALICE' })
  assert.equal(outcome({ key, principal: alice }), 'allowed')
  assert.equal(outcome({ key, principal: newAlice }), 'noResourceAllow')
})

test('a later role of the same name inherits nothing, nor do its sessions', () => {
  for (const name of [arns.role, arns.session]) {
    const key = stored([{ Principal: { AWS: name } }], { [name]: 'AROAAPP' })
    assert.equal(outcome({ key, principal: session }), 'allowed', name)
    assert.equal(outcome({ key, principal: newSession }), 'noResourceAllow', name)
  }
})

test('a later user of the same name is not exempt from NotPrincipal', () => {
  const key = stored(
    [{ Principal: '*' }, { Effect: 'Deny', NotPrincipal: { AWS: [arns.alice, home] } }],
    { [arns.alice]: 'AIDAALICE' },
  )
  assert.equal(outcome({ key, principal: alice }), 'allowed')
  assert.equal(outcome({ key, principal: newAlice }), 'explicitDeny')
})

test('a user that is renamed is still whom policies and grants name', () => {
  const renamed = userPrincipal(arns.alice.replace(/alice$/, 'elsewhere/lisa'), 'AIDAALICE')
  const ids = { [arns.alice]: 'AIDAALICE' }
  const named = { Principal: { AWS: arns.alice } }
  const denied = stored([{ Principal: '*' }, { ...named, Effect: 'Deny' }], ids)
  assert.equal(outcome({ key: denied, principal: renamed }), 'explicitDeny')
  assert.equal(outcome({ key: stored([named], ids), principal: renamed }), 'allowed')
  const grants = grantsOf({ granteeId: 'AIDAALICE' })
  assert.equal(outcome({ grants, principal: renamed }), 'allowed')
})

test('a session is bound by its own name and the id of its role', () => {
  const key = stored([{ Principal: { AWS: arns.session } }], { [arns.session]: 'AROAAPP' })
  const other = sessionPrincipal(`${arns.session}-2`, arns.role, 'AROAAPP')
  assert.equal(outcome({ key, principal: other }), 'noResourceAllow')
})

test('a grant is to the user that it was made for, and a grant without an id is to the name', () => {
  const bound = grantsOf({ granteeId: 'AIDAALICE' })
  assert.equal(outcome({ grants: bound, principal: alice }), 'allowed')
  assert.equal(outcome({ grants: bound, principal: newAlice }), 'noResourceAllow')
  assert.equal(outcome({ grants: grantsOf({}), principal: newAlice }), 'allowed')
})

test('no name of a principal can be written so that it passes for an id', () => {
  for (const AWS of ['AIDANEW', arns.alice.replace('user/alice', 'AIDANEW')])
    assert.throws(() => stored([{ Principal: { AWS } }], {}).source, {
      code: 'MalformedPolicyDocumentException',
    })
})
