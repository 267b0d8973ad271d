import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainDecision, traceStatements } from '../../../../src/core/access/evaluate/explain.ts'
import {
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
  requestOf,
  root,
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
    traceStatements(requestOf({ principal }), policies).map(({ policy, failed }) => [
      policy.kind,
      failed === undefined,
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
