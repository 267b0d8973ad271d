import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bindPrincipals } from '../../../../src/core/access/language/principals.ts'
import { parsed, refusal } from './support.ts'

const invalid = 'Policy contains a statement with one or more invalid principals.'
const account = '111122223333'
const alice = `arn:aws:iam::${account}:user/team/alice`

test('a principal is an account, a root, a user, a role, a session or everyone', () => {
  for (const text of [
    '*',
    account,
    `arn:aws:iam::${account}:root`,
    alice,
    `arn:aws:iam::${account}:role/a`,
    `arn:aws:sts::${account}:assumed-role/a/session@x`,
    `arn:aws:sts::${account}:federated-user/bob`,
    `arn:aws-cn:iam::${account}:root`,
  ]) {
    assert.equal(refusal('key', { Principal: { AWS: text } }), undefined, text)
    assert.equal(refusal('trust', { Principal: { AWS: [text] } }), undefined, text)
  }
  assert.equal(refusal('key', { Principal: '*' }), undefined)
})

test('part of a name, or what is no identity, is no principal', () => {
  for (const text of [
    '',
    'alice',
    '12345678901',
    '1111222233334',
    `arn:aws:iam::${account}:user/*`,
    `arn:aws:iam::${account}:user/al?ce`,
    `arn:aws:iam::${account}:user/`,
    `arn:aws:iam::${account}:user`,
    `arn:aws:iam::${account}:group/a`,
    `arn:aws:iam::${account}:root/x`,
    `arn:aws:iam::*:root`,
    `arn:aws:sts::${account}:assumed-role/a`,
    `arn:aws:sts::${account}:assumed-role/a/*`,
    `arn:aws:sts::${account}:user/a`,
    `arn:aws:kms::${account}:key/1`,
    `arn:azure:iam::${account}:root`,
    `ARN:aws:iam::${account}:root`,
  ]) {
    assert.equal(refusal('key', { Principal: { AWS: text } }), invalid, text)
    assert.equal(
      refusal('trust', { Principal: { AWS: text } }),
      `Invalid principal in policy: "AWS":"${text}"`,
    )
  }
})

test('identity providers and services have their own types of principal', () => {
  const provider = `arn:aws:iam::${account}:oidc-provider/id.example.org/path`
  for (const Principal of [
    { Federated: provider },
    { Federated: `arn:aws:iam::${account}:saml-provider/x` },
    { Federated: 'accounts.google.com' },
    { Service: 'ec2.amazonaws.com' },
    { Service: ['a.amazonaws.com.cn', 'logs.us-east-1.amazonaws.com'] },
    { AWS: account, Federated: provider },
  ]) {
    assert.equal(refusal('key', { Principal }), undefined, JSON.stringify(Principal))
    assert.equal(refusal('trust', { Principal }), undefined, JSON.stringify(Principal))
  }
  for (const Principal of [
    { Federated: '*' },
    { Federated: '!id.example.org' },
    { Federated: 'id.example.org!' },
    { Federated: `!${provider}` },
    { Federated: `${provider} ` },
    { Federated: `arn:aws:iam::${account}:oidc-provider/*` },
    { Service: '*' },
    { Service: 'example.org' },
    { Service: '!lambda.amazonaws.com' },
    { Service: 'lambda.amazonaws.com.example.org' },
    { Service: 'lambda.amazonaws.com.cn.' },
    { CanonicalUser: 'x' },
    { aws: account },
    { AWS: 1 },
    { AWS: { a: 'b' } },
    'alice',
    [account],
    account,
  ])
    assert.equal(refusal('key', { Principal }), invalid, JSON.stringify(Principal))
  assert.equal(
    refusal('trust', { Principal: { Federated: '*' } }),
    'Invalid principal in policy: "FEDERATED":"*"',
  )
  assert.equal(refusal('trust', { Principal: '*' }), 'Principal must be a JSON object.')
})

test('policies of resources need a principal', () => {
  for (const Principal of [undefined, {}, { AWS: [] }]) {
    assert.equal(
      refusal('key', { Principal }),
      'Policy contains a statement with no principal.',
      JSON.stringify(Principal),
    )
  }
  assert.equal(refusal('trust', { Principal: undefined }), 'Missing required field Principal')
  assert.equal(
    refusal('trust', { Principal: {} }),
    'Missing required field Principal cannot be empty!',
  )
})

test('policies of identities name none: they speak of whom they are attached to', () => {
  for (const kind of ['identity', 'session'] as const)
    for (const changes of [{ Principal: '*' }, { Effect: 'Deny', NotPrincipal: { AWS: account } }])
      assert.equal(refusal(kind, changes), 'Policy document should not specify a principal.')
})

test('NotPrincipal is for Deny in key policies alone', () => {
  const except = { Principal: undefined, NotPrincipal: { AWS: account } }
  assert.equal(refusal('key', { ...except, Effect: 'Deny' }), undefined)
  assert.equal(
    parsed('key', { ...except, Effect: 'Deny' }).statements[0]!.principals?.negated,
    true,
  )
  assert.equal(refusal('key', except), 'Allow with NotPrincipal is not allowed.')
  for (const Effect of ['Allow', 'Deny'])
    assert.equal(
      refusal('trust', { ...except, Effect }),
      'AssumeRole policy must not contain NotPrincipal field.',
    )
})

test('principals are bound to the ids that they have when the policy is stored', async () => {
  const document = parsed('key', { Principal: { AWS: ['*', account, alice] } })
  const asked: string[] = []
  const ids = await bindPrincipals(document, ({ type, text }) => {
    asked.push(`${type} ${text}`)
    return text === alice ? 'AIDA1' : ''
  })
  assert.deepEqual(asked, [`AWS ${account}`, `AWS ${alice}`])
  assert.deepEqual([...ids], [[`${account}:user/team/alice`, 'AIDA1']])
})

test('an account, a provider, a service or a user of another installation has no id to be bound to', async () => {
  const Principal = {
    AWS: alice,
    Federated: 'id.example.org',
    Service: 'ec2.amazonaws.com',
  }
  const document = parsed('trust', { Principal })
  assert.deepEqual(await bindPrincipals(document, () => ''), new Map())
  const bound = await bindPrincipals(document, () => 'ID')
  assert.deepEqual([...bound], [[`${account}:user/team/alice`, 'ID']])
})

test('a principal that does not exist is refused, whatever its type', async () => {
  const none = (): undefined => undefined
  await assert.rejects(bindPrincipals(parsed('key', { Principal: { AWS: alice } }), none), {
    code: 'MalformedPolicyDocumentException',
    message: invalid,
  })
  const trust = parsed('trust', { Principal: { Federated: 'id.example.org' } })
  await assert.rejects(
    bindPrincipals(trust, () => Promise.resolve(undefined)),
    { message: 'Invalid principal in policy: "FEDERATED":"id.example.org"' },
  )
  const except = parsed('key', {
    Effect: 'Deny',
    Principal: undefined,
    NotPrincipal: { AWS: alice },
  })
  await assert.rejects(bindPrincipals(except, none), { message: invalid })
})
