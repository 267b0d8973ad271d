import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type CompiledPolicy,
  compilePolicy,
} from '../../../../src/core/access/evaluate/compiled-policy.ts'
import { explainDecision, traceStatements } from '../../../../src/core/access/evaluate/explain.ts'
import { parsePolicy } from '../../../../src/core/access/language/parse.ts'
import {
  abroad,
  alice,
  arns,
  boundary,
  carol,
  decided,
  delegating,
  grantsOf,
  home,
  identityPolicy,
  keyPolicy,
  otherKeyArn,
  policy,
  provider,
  requestOf,
  root,
  session,
  sessionPolicy,
  type Setting,
  webIdentity,
} from '../support.ts'

const explained = (setting: Setting): string => explainDecision(decided(setting))
const deny = { Effect: 'Deny' }

test('an explanation names the statement or the grant that allowed it', () => {
  const named = keyPolicy(
    { Action: 'kms:Encrypt', Principal: '*' },
    { Sid: 'Use', Principal: { AWS: arns.alice } },
  )
  assert.equal(explained({ key: named }), 'Allowed by statement 1 (Use) of the key policy the-key.')
  assert.equal(
    explained({ key: delegating, identity: [identityPolicy({ Sid: 'A1' })] }),
    'Allowed by statement 0 of the key policy the-key, which leaves it to the account, and by ' +
      'statement 0 (A1) of the identity policy the-identity.',
  )
  assert.equal(
    explained({ key: delegating, principal: root }),
    'Allowed by statement 0 of the key policy the-key, which leaves it to the account, and by being ' +
      'the root of the account.',
  )
  assert.equal(explained({ grants: grantsOf({}) }), `Allowed by grant ${'0'.repeat(64)}.`)
  assert.equal(
    explained({ key: 'none', identity: [identityPolicy({})] }),
    'Allowed by statement 0 of the identity policy the-identity.',
  )
})

test('an explanation names the statement that denied it, or what was absent', () => {
  for (const [setting, text] of [
    [
      { key: keyPolicy({ ...deny, Principal: '*', Sid: 'No' }) },
      'statement 0 (No) of the key policy the-key denies it',
    ],
    [
      { key: delegating, session: [sessionPolicy({}, deny)] },
      'statement 1 of the session policy the-session denies it',
    ],
    [
      { key: 'unknown' },
      'the policy of the resource neither allows it to this principal nor leaves it to the account, ' +
        'and no grant permits it',
    ],
    [
      { key: delegating },
      'no identity policy allows it (statement 0 of the key policy the-key would let one count)',
    ],
    [{ key: 'none' }, 'no identity policy allows it'],
    [
      { key: delegating, identity: [identityPolicy({})], boundary: boundary({ Action: 'iam:*' }) },
      'the permissions boundary does not allow it',
    ],
    [
      { key: delegating, identity: [identityPolicy({})], session: [] },
      'the policies of the session do not allow it',
    ],
    [
      { key: delegating, principal: carol },
      'the resource belongs to another account, whose policy and grants do not let this principal ' +
        'or its account in',
    ],
  ] as const)
    assert.equal(explained(setting), `Denied: ${text}.`)
})

test('an explanation calls each kind of policy by its own name', () => {
  const trust = { action: 'sts:AssumeRole', resource: arns.role }
  for (const [setting, text] of [
    [
      { ...trust, key: policy('trust', [{ ...deny, Principal: { AWS: '*' } }]) },
      'trust policy the-trust',
    ],
    [{ key: delegating, boundary: boundary(deny) }, 'permissions boundary the-boundary'],
    [{ key: delegating, identity: [identityPolicy(deny)] }, 'identity policy the-identity'],
  ] as const)
    assert.equal(explained(setting), `Denied: statement 0 of the ${text} denies it.`)
})

test('an explanation leaves out what has no name', () => {
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Sid: '', Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*' },
  })
  const key = compilePolicy(parsePolicy('key', document), { kind: 'key', name: '' })
  assert.equal(explained({ key }), 'Denied: statement 0 of the key policy denies it.')
})

test('a decision tells a policy that let the principal in from a grant', () => {
  const opened = (setting: Setting): string | undefined => {
    const decision = decided(setting)
    return decision.allowed ? decision.reason.opening?.kind : undefined
  }
  assert.equal(opened({ key: keyPolicy({ Principal: '*' }) }), 'resource')
  assert.equal(opened({ grants: grantsOf({}) }), 'grant')
  const ofCarol = { granteePrincipal: arns.carol, issuingAccount: abroad }
  assert.equal(opened({ principal: carol, grants: grantsOf(ofCarol) }), 'grant')
})

test('a trace knows that NotPrincipal exempts nobody who has a permissions boundary', () => {
  const resource = keyPolicy({ ...deny, NotPrincipal: { AWS: [arns.alice, home] } })
  const failed = (limit?: CompiledPolicy) =>
    traceStatements(requestOf(), { resource, identity: [], boundary: limit })[0]!.failed
  assert.equal(failed(), 'it is not about this principal')
  assert.equal(failed(boundary({})), undefined)
})

test('a trace tells whom a statement names: a user, a role, an account, a provider', () => {
  const resource = policy('trust', [
    { Principal: { AWS: arns.alice } },
    { Principal: { AWS: arns.role } },
    { Principal: { AWS: home } },
    { Principal: { Federated: provider } },
  ])
  const about = (principal: typeof alice) =>
    traceStatements(requestOf({ principal, action: 'sts:AssumeRole' }), { resource, identity: [] })
      .filter(({ failed }) => failed === undefined)
      .map(({ index }) => index)
  assert.deepEqual(about(alice), [0, 2])
  assert.deepEqual(about(session), [1, 2])
  assert.deepEqual(about(webIdentity), [3])
})

test('a trace tells of every statement about the action why it did not apply', () => {
  const key = keyPolicy(
    { Sid: 'other action', Principal: '*', Action: 'kms:Encrypt' },
    { Sid: 'other principal', Principal: { AWS: arns.bob } },
    { Sid: 'other resource', Principal: '*', Resource: otherKeyArn },
    {
      Sid: 'condition',
      Principal: '*',
      Condition: {
        StringEquals: { 'aws:username': ['alice', 'bob'] },
        IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
      },
    },
    { Sid: 'absent', Principal: '*', Condition: { StringLike: { 'aws:userid': 'a*' } } },
    { Sid: 'exempt', Effect: 'Deny', NotPrincipal: { AWS: [arns.alice, home] } },
    { Sid: 'applies', Principal: { AWS: home } },
  )
  const request = requestOf({
    values: { 'aws:username': 'alice', 'aws:SourceIp': ['11.0.0.1', '12.0.0.1'] },
  })
  const trace = traceStatements(request, { resource: key, identity: [identityPolicy({})] })
  assert.deepEqual(
    trace.map(({ index, sid, failed }) => [index, sid, failed]),
    [
      [1, 'other principal', 'it is not about this principal'],
      [2, 'other resource', 'it is not about this resource'],
      [
        3,
        'condition',
        'its condition IpAddress aws:SourceIp "10.0.0.0/8" does not hold: it is ["11.0.0.1","12.0.0.1"]',
      ],
      [
        4,
        'absent',
        'its condition StringLike aws:userid "a*" does not hold: the request does not have it',
      ],
      [5, 'exempt', 'it is not about this principal'],
      [6, 'applies', undefined],
      [0, undefined, undefined],
    ],
  )
  assert.deepEqual(trace.at(-1), {
    policy: { kind: 'identity', name: 'the-identity' },
    index: 0,
    sid: undefined,
    effect: 'Allow',
    failed: undefined,
  })
})

test('a trace tells of all policies, and everyone means whoever signs', () => {
  const key = keyPolicy({ Principal: '*' }, { ...deny, Principal: '*' })
  const policies = {
    resource: key,
    identity: [identityPolicy({})],
    boundary: boundary({}),
    session: [sessionPolicy({})],
  }
  const kinds = (principal: typeof alice): readonly unknown[] =>
    traceStatements(requestOf({ principal }), policies).map((each) => [
      each.policy.kind,
      each.failed === undefined,
    ])
  const others = [
    ['identity', true],
    ['boundary', true],
    ['session', true],
  ]
  assert.deepEqual(kinds(alice), [['key', true], ['key', true], ...others])
  assert.deepEqual(kinds(webIdentity), [['key', false], ['key', true], ...others])
  assert.deepEqual(traceStatements(requestOf(), { resource: 'unknown', identity: [] }), [])
})
