import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  rootPrincipal,
  sessionPrincipal,
  userPrincipal,
  webIdentityPrincipal,
} from '../../../../src/core/access/principals/principal.ts'
import { parsePrincipal, providerName } from '../../../../src/core/access/principals/reference.ts'

const account = '111122223333'

test('an account has one name, however a policy writes it', () => {
  for (const text of [
    account,
    `arn:aws:iam::${account}:root`,
    `arn:aws-cn:iam::${account}:root`,
    `arn:aws-us-gov:iam::${account}:root`,
  ])
    assert.deepEqual(parsePrincipal(text), { kind: 'account', account, name: account }, text)
})

test('the name of a user, role or session keeps its path and its case', () => {
  assert.deepEqual(parsePrincipal(`arn:aws:iam::${account}:user/Team/Alice`), {
    kind: 'user',
    account,
    name: `${account}:user/Team/Alice`,
  })
  assert.equal(parsePrincipal(`arn:aws:iam::${account}:role/a`)?.kind, 'role')
  assert.equal(parsePrincipal(`arn:aws:sts::${account}:assumed-role/a/b`)?.kind, 'session')
  assert.equal(parsePrincipal(`arn:aws:sts::${account}:federated-user/b`)?.kind, 'federatedUser')
  assert.notEqual(
    parsePrincipal(`arn:aws:iam::${account}:user/alice`)?.name,
    parsePrincipal(`arn:aws:iam::${account}:user/Alice`)?.name,
  )
})

test('what is no principal has no name', () => {
  for (const text of [
    '',
    '*',
    '1',
    `arn:aws:iam::${account}:`,
    `arn:aws:iam::${account}:root\n`,
    `arn:aws:sts::${account}:root`,
    ` arn:aws:iam::${account}:root`,
    `arn:arn:aws:iam::${account}:user/a`,
    `arn:aws:iam::${account}:user/a\nb`,
    `arn:aws:iam:x:${account}:root`,
  ])
    assert.equal(parsePrincipal(text), undefined, text)
})

test('the root of an account is called by the account alone', () => {
  assert.deepEqual(rootPrincipal(`arn:aws:iam::${account}:root`), {
    kind: 'Root',
    account,
    arn: `arn:aws:iam::${account}:root`,
    names: { direct: [], role: [], account, all: [account] },
  })
})

test('a user is called by its name, and by its id', () => {
  const name = `${account}:user/alice`
  const user = userPrincipal(`arn:aws:iam::${account}:user/alice`, 'AIDA1')
  assert.equal(user.kind, 'User')
  assert.deepEqual(user.names, {
    direct: [name, `${account}:AIDA1`],
    role: [],
    account,
    all: [name, `${account}:AIDA1`, account],
  })
})

test('a path with a wildcard in it is one to who has it, and to nobody else', () => {
  const arn = `arn:aws:iam::${account}:user/*/a?/alice`
  assert.equal(userPrincipal(arn, 'AIDA1').names.direct[0], `${account}:user/*/a?/alice`)
  assert.equal(parsePrincipal(arn), undefined)
  const role = `arn:aws:iam::${account}:role/*/app`
  const session = sessionPrincipal(`arn:aws:sts::${account}:assumed-role/app/s`, role, 'AROA1')
  assert.equal(session.names.role[0], `${account}:role/*/app`)
})

test('a session is called by its own name and by that of its role, with the role’s path or id', () => {
  const session = sessionPrincipal(
    `arn:aws:sts::${account}:assumed-role/app/s`,
    `arn:aws:iam::${account}:role/team/app`,
    'AROA1',
  )
  assert.equal(session.kind, 'AssumedRole')
  assert.equal(session.arn, `arn:aws:sts::${account}:assumed-role/app/s`)
  assert.deepEqual(session.names, {
    direct: [`${account}:assumed-role/app/s`, `${account}:AROA1/s`],
    role: [`${account}:role/team/app`, `${account}:AROA1`],
    account,
    all: [
      `${account}:assumed-role/app/s`,
      `${account}:AROA1/s`,
      `${account}:role/team/app`,
      `${account}:AROA1`,
      account,
    ],
  })
})

test('a web identity is called by its provider and belongs to no account', () => {
  const provider = `arn:aws:iam::${account}:oidc-provider/id.example.org`
  assert.deepEqual(webIdentityPrincipal(provider), {
    kind: 'WebIdentity',
    account: '',
    arn: '',
    names: {
      direct: [`federated:${account}:oidc-provider/id.example.org`],
      role: [],
      account: undefined,
      all: [`federated:${account}:oidc-provider/id.example.org`],
    },
  })
  assert.equal(providerName(provider.replace('aws', 'aws-cn')), providerName(provider))
  assert.equal(providerName('id.example.org'), 'id.example.org')
  assert.equal(providerName(`x${provider}`), `x${provider}`)
})

test('a principal is not made of an ARN of another kind', () => {
  const user = `arn:aws:iam::${account}:user/alice`
  const session = `arn:aws:sts::${account}:assumed-role/app/s`
  const isNone = (kind: string, arn: string) => ({
    name: 'TypeError',
    message: `${arn} is not the ARN of a ${kind}`,
  })
  assert.throws(() => rootPrincipal(user), isNone('account', user))
  assert.throws(() => userPrincipal(session, 'AIDA1'), isNone('user', session))
  assert.throws(() => sessionPrincipal(session, user, 'AROA1'), isNone('role', user))
  assert.throws(() => sessionPrincipal(session, 'arn:aws:iam::444455556666:role/app', 'AROA1'), {
    name: 'TypeError',
    message: 'a session is of its role’s account',
  })
})
