import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds, parsed, refusal } from './support.ts'

test('an action names its service before one colon, or is a star', () => {
  for (const kind of ['key', 'identity', 'session'] as const) {
    for (const Action of ['*', 'kms:*', 'kms:Decrypt', 'KMS:decrypt', '*:*', ['kms:A', 'iam:B?']])
      assert.equal(refusal(kind, { Action }), undefined, JSON.stringify(Action))
    for (const Action of ['', 'kms', 'kms:', '**', ['kms:Decrypt', 'Decrypt']])
      assert.equal(
        refusal(kind, { Action }),
        'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
        JSON.stringify(Action),
      )
    assert.equal(
      refusal(kind, { Action: 'kms:De:crypt' }),
      'Actions/Condition can contain only one colon.',
    )
    assert.equal(refusal(kind, { Action: 'k*s:Decrypt' }), 'Vendor k*s is not valid')
    assert.equal(refusal(kind, { Action: ':Decrypt' }), 'Vendor  is not valid')
  }
})

test('what is no text or list of texts is no action and no resource', () => {
  for (const kind of ['key', 'identity'] as const)
    for (const value of [1, null, { a: 'b' }, ['kms:*', 1]]) {
      assert.match(refusal(kind, { Action: value })!, /syntax/i)
      assert.match(refusal(kind, { Resource: value })!, /syntax/i)
    }
})

test('policies of identities need actions and resources', () => {
  for (const kind of ['identity', 'session'] as const) {
    assert.equal(refusal(kind, { Action: undefined }), 'Policy statement must contain actions.')
    assert.equal(refusal(kind, { Action: [] }), 'Policy statement must contain actions.')
    assert.equal(refusal(kind, { Resource: undefined }), 'Policy statement must contain resources.')
    assert.equal(refusal(kind, { Resource: [] }), 'Policy statement must contain resources.')
  }
  assert.equal(refusal('trust', { Action: undefined }), 'Missing required field Action')
})

test('a statement of a key policy without actions or resources is accepted, as one without effect', () => {
  assert.equal(parsed('key', { Action: undefined }).statements[0]!.actions, undefined)
  assert.equal(parsed('key', { Resource: [] }).statements[0]!.resources, undefined)
})

test('a trust policy speaks of assuming roles and of nothing else', () => {
  for (const Action of [
    'sts:AssumeRole',
    'sts:assumerolewithwebidentity',
    'sts:AssumeRoleWithSAML',
    ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity', 'sts:SetContext'],
  ])
    assert.equal(refusal('trust', { Action }), undefined, JSON.stringify(Action))
  for (const Action of ['*', 'sts:*', 'sts:Assume*', 'kms:Decrypt', 'sts:GetSessionToken'])
    assert.equal(
      refusal('trust', { Action }),
      'AssumeRole policy may only specify STS AssumeRole actions.',
      Action,
    )
})

test('a trust policy is about its role and names no resource', () => {
  assert.equal(refusal('trust', { Resource: '*' }), 'Has prohibited field Resource')
  assert.equal(
    refusal('trust', { NotResource: '*' }),
    'AssumeRole policy must not contain resources.',
  )
})

test('a resource is an ARN of a partition and a service, or a star', () => {
  for (const kind of ['key', 'identity', 'session'] as const) {
    for (const Resource of [
      '*',
      'arn:aws:kms:*',
      'arn:aws-cn:kms:*:*:key/*',
      'arn:aws-us-gov:kms:*:*:key/*',
      'arn:*:iam::*:user/a',
      'arn:aws:s3:::bucket/*',
    ])
      assert.equal(refusal(kind, { Resource }), undefined, Resource)
    assert.equal(
      refusal(kind, { Resource: 'key/1' }),
      'Resource key/1 must be in ARN format or "*".',
    )
    assert.equal(
      refusal(kind, { Resource: 'arn:azure:kms:us-east-1::key/1' }),
      'Partition "azure" is not valid for resource "arn:azure:kms:us-east-1::key/1".',
    )
    assert.equal(
      refusal(kind, { Resource: 'arn:' }),
      'Partition "" is not valid for resource "arn::".',
    )
    assert.match(refusal(kind, { Resource: 'urn:aws:kms:x' })!, /^Partition "aws" is not valid/)
    for (const Resource of [
      'arn:aws:k*:x',
      'arn:aws:*s:x',
      'arn:aws:!kms:x',
      'arn:aws:*',
      'arn:aws',
      'arn:aws::x',
    ])
      assert.equal(
        refusal(kind, { Resource }),
        'Resource vendor must be fully qualified and cannot contain regexes.',
        Resource,
      )
  }
})

test('a variable stands behind the fifth colon of a resource', () => {
  const tag = '${aws:PrincipalTag/a}'
  assert.equal(refusal('identity', { Resource: `arn:aws:kms:us-east-1:1:key/${tag}` }), undefined)
  for (const Resource of [
    `arn:aws:kms:${tag}:1:key/1`,
    `arn:aws:kms:us-east-1:${tag}:key/1`,
    'arn:aws:kms:us-east-1:1:key/${',
    'arn:aws:kms:us-east-1:1:key/${a b',
    // Cut at its colon it would be no variable, and as a whole it is one.
    'arn:aws:kms:us-east-1:${a:key/b}',
  ])
    assert.equal(refusal('identity', { Resource }), 'Syntax errors in policy.', Resource)
  const older = { Version: '2008-10-17' }
  assert.equal(refusal('key', { Resource: 'arn:aws:kms:us-east-1:1:key/${' }, older), undefined)
})

test('an empty list of exceptions never makes a statement about everything', () => {
  for (const kind of kinds) {
    const text = refusal(kind, { NotAction: [], Action: undefined })
    if (kind === 'key')
      assert.equal(
        parsed(kind, { NotAction: [], Action: undefined }).statements[0]!.actions,
        undefined,
      )
    else assert.notEqual(text, undefined, kind)
  }
})
