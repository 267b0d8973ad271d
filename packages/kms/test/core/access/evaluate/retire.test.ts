import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Policies } from '../../../../src/core/access/evaluate/request.ts'
import { decideRetire } from '../../../../src/core/access/evaluate/retire.ts'
import type { GrantRecord } from '../../../../src/core/access/grants/grant.ts'
import {
  type Principal,
  rootPrincipal,
  userPrincipal,
} from '../../../../src/core/access/principals/principal.ts'
import {
  abroad,
  alice,
  arns,
  bob,
  boundary,
  carol,
  delegating,
  grant,
  home,
  identityPolicy,
  keyPolicy,
  requestOf,
  root,
  session,
  sessionPolicy,
  webIdentity,
} from '../support.ts'

const retires = (
  principal: Principal,
  record: Partial<GrantRecord>,
  policies: Partial<Policies> = {},
): string => {
  const request = requestOf({ principal, action: 'kms:RetireGrant' })
  const all = { resource: delegating, identity: [], ...policies }
  const decision = decideRetire(grant({ granteePrincipal: arns.role, ...record }), request, all)
  if (decision.allowed) return 'allowed'
  const { reason } = decision
  return reason.kind === 'explicitDeny' && reason.crossAccount ? 'deniedAbroad' : reason.kind
}
const allowAll = [identityPolicy({})]
const deny = { Effect: 'Deny' }

test('the retiring principal retires the grant, and needs no policy', () => {
  assert.equal(retires(bob, { retiringPrincipal: arns.bob }), 'allowed')
  assert.equal(retires(alice, { retiringPrincipal: arns.bob }, { identity: [] }), 'noIdentityAllow')
  assert.equal(retires(carol, { retiringPrincipal: arns.carol }), 'allowed')
})

test('the grantee retires the grant if that is among its operations', () => {
  const record = { granteePrincipal: arns.carol }
  assert.equal(retires(carol, { ...record, operations: ['RetireGrant'] }), 'allowed')
  assert.equal(retires(carol, { ...record, operations: ['Decrypt'] }), 'notShared')
})

test('the account of the key, and the one that issued the grant, leave it to their users', () => {
  assert.equal(retires(root, {}), 'allowed')
  assert.equal(retires(alice, {}), 'noIdentityAllow')
  assert.equal(retires(alice, {}, { identity: allowAll }), 'allowed')
  assert.equal(retires(carol, {}, { identity: allowAll }), 'notShared')
  const issued = { issuingAccount: abroad }
  assert.equal(retires(carol, issued, { identity: allowAll }), 'allowed')
  assert.equal(retires(carol, issued), 'noIdentityAllow')
  assert.equal(retires(rootPrincipal(arns.rootAbroad), issued), 'allowed')
})

test('an account that is the retiring principal leaves it to its users', () => {
  const record = { retiringPrincipal: arns.rootAbroad }
  assert.equal(retires(carol, record), 'noIdentityAllow')
  assert.equal(retires(carol, record, { identity: allowAll }), 'allowed')
})

test('the session of a role that may retire the grant is limited by its policies', () => {
  const record = { retiringPrincipal: arns.role }
  assert.equal(retires(session, record), 'allowed')
  assert.equal(
    retires(session, record, { session: [sessionPolicy({ Action: 'iam:*' })] }),
    'noSessionAllow',
  )
  assert.equal(
    retires(session, record, { boundary: boundary({ Action: 'iam:*' }) }),
    'noBoundaryAllow',
  )
})

test('a user or session that may itself retire the grant is limited by nothing but a Deny', () => {
  const limits = { boundary: boundary({ Action: 'iam:*' }), session: [] }
  assert.equal(retires(bob, { retiringPrincipal: arns.bob }, limits), 'allowed')
  assert.equal(retires(session, { retiringPrincipal: arns.session }, limits), 'allowed')
})

test('a key policy cannot allow it', () => {
  const resource = keyPolicy({ Principal: { AWS: arns.alice } })
  assert.equal(retires(alice, {}, { resource }), 'noIdentityAllow')
})

test('a Deny of either side wins, and of another account’s nothing is told', () => {
  const record = { retiringPrincipal: arns.bob }
  const ofCarol = { retiringPrincipal: arns.carol }
  const denying = { identity: [identityPolicy(deny)] }
  assert.equal(retires(bob, record, denying), 'explicitDeny')
  assert.equal(retires(carol, ofCarol, denying), 'explicitDeny')
  const closed = { resource: keyPolicy({ ...deny, Principal: '*' }) }
  assert.equal(retires(bob, record, closed), 'explicitDeny')
  assert.equal(retires(carol, ofCarol, closed), 'deniedAbroad')
})

test('a later user of the retiring principal’s name does not inherit the grant', () => {
  const record = { retiringPrincipal: arns.bob, retiringId: 'AIDABOB' }
  assert.equal(retires(bob, record), 'allowed')
  assert.equal(retires(userPrincipal(arns.bob, 'AIDANEW'), record), 'noIdentityAllow')
})

test('a decision names the grant that let the principal in, and the identity policy only if it counted', () => {
  const identity = [identityPolicy({})]
  const reasonOf = (principal: Principal, record: Partial<GrantRecord>) => {
    const request = requestOf({ principal, action: 'kms:RetireGrant' })
    const decision = decideRetire(grant(record), request, { resource: 'unknown', identity })
    if (!decision.allowed) throw new Error('it is refused')
    const { opening, identity: counted } = decision.reason
    return [opening?.kind, opening?.tier, counted === undefined]
  }
  assert.deepEqual(reasonOf(bob, { retiringPrincipal: arns.bob }), ['grant', 'direct', true])
  assert.deepEqual(reasonOf(session, { retiringPrincipal: arns.role }), ['grant', 'role', true])
  assert.deepEqual(reasonOf(alice, {}), ['grant', 'account', false])
})

test('NotPrincipal exempts nobody who has a permissions boundary', () => {
  const record = { retiringPrincipal: arns.bob }
  const resource = keyPolicy({ ...deny, NotPrincipal: { AWS: [arns.bob, home] } })
  assert.equal(retires(bob, record, { resource }), 'allowed')
  assert.equal(retires(bob, record, { resource, boundary: boundary({}) }), 'explicitDeny')
})

test('a web identity retires nothing: it is no principal that a grant could name', () => {
  assert.equal(retires(webIdentity, {}, { identity: allowAll }), 'notShared')
  assert.equal(retires(webIdentity, { retiringPrincipal: arns.rootAbroad }), 'notShared')
})

test('whoever belongs to neither account is told of no grant', () => {
  const stranger = userPrincipal('arn:aws:iam::999999999999:user/x', 'AIDAX')
  assert.equal(retires(stranger, {}, { identity: allowAll }), 'notShared')
})
