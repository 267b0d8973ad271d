import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { SigningCredentials } from '../../../src/client/sign.ts'
import { callKeyhold } from '../access/scene.ts'
import { createKey, refused, succeeded, succeededEmpty } from '../expect.ts'
import { auditRecords } from '../files.ts'
import { account, type Reply, startTestService } from '../harness.ts'
import { allow, at, callIam, callSts, done, items, newUser, refusedBy, trust } from './query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const invalid = 'The security token included in the request is invalid.'

const call = (
  operation: string,
  input: object = {},
  credentials?: SigningCredentials,
  region?: string,
): Promise<Reply> => callKeyhold(service, operation, input, credentials, region)

const newAccount = async (AccountId: string): Promise<SigningCredentials> => {
  const made = succeeded(await call('CreateAccount', { AccountId }))
  const root = made['RootCredential'] as { AccessKeyId: string; SecretAccessKey: string }
  return { accessKeyId: root.AccessKeyId, secretAccessKey: root.SecretAccessKey }
}

describe('CreateAccount', () => {
  it('makes an account with a root of its own, and shows its secret once', async () => {
    const reply = await call('CreateAccount', { Name: 'Team A' })
    const made = succeeded(reply)
    const { AccountId, ...rest } = made['Account'] as Record<string, unknown>
    assert.match(String(AccountId), /^[1-9][0-9]{11}$/)
    assert.deepEqual(rest, {
      Name: 'Team A',
      Status: 'ACTIVE',
      CreationDate: service.clock.nowMs() / 1000,
    })
    const { AccessKeyId, SecretAccessKey } = made['RootCredential'] as Record<string, string>
    const credentials = { accessKeyId: AccessKeyId ?? '', secretAccessKey: SecretAccessKey ?? '' }
    const who = done(await callSts(service, 'GetCallerIdentity', {}, { credentials }))
    assert.equal(who['Arn'], `arn:aws:iam::${String(AccountId)}:root`)
    const records = JSON.stringify(auditRecords(service.directory))
    assert.equal(records.includes(credentials.secretAccessKey), false)
    assert.equal(records.includes(credentials.accessKeyId), true)
    const [record] = auditRecords(service.directory).filter(
      ({ requestID }) => requestID === reply.headers['x-amzn-requestid'],
    )
    assert.equal((record as { eventSource?: string }).eventSource, 'keyhold')
  })

  it('refuses a number that is taken, or is none', async () => {
    await newAccount('200000000001')
    refused(
      await call('CreateAccount', { AccountId: '200000000001' }),
      'AlreadyExistsException',
      'The account 200000000001 already exists.',
    )
    for (const AccountId of ['12345678901', '1234567890123', '12345678901a'])
      refused(await call('CreateAccount', { AccountId }), 'ValidationException', /'accountId'/)
  })

  it('is for the first account alone: its root, and whom a policy lets', async () => {
    const other = await newAccount('200000000002')
    const denied = 'AccessDeniedException'
    for (const operation of ['CreateAccount', 'ListAccounts'])
      refused(await call(operation, {}, other), denied, /keyhold:/)
    for (const operation of ['DisableAccount', 'EnableAccount'])
      refused(await call(operation, { AccountId: account }, other), denied, /keyhold:/)
    const user = await newUser(service, 'operator')
    refused(await call('ListAccounts', {}, user), denied, /no identity-based policy allows/)
    const reader = await newUser(service, 'reader', allow('keyhold:ListAccounts'))
    succeeded(await call('ListAccounts', {}, reader))
    refused(await call('CreateAccount', {}, reader), denied, /keyhold:CreateAccount/)
  })

  it('is signed for a Region that there is, and unknown to the other services', async () => {
    succeeded(await call('ListAccounts', {}, service.credentials, 'eu-central-1'))
    refused(
      await call('ListAccounts', {}, service.credentials, 'mars-north-1'),
      'InvalidSignatureException',
      'Credential should be scoped to a valid region.',
    )
    refused(await call('Nothing'), 'UnknownOperationException')
    refused(await service.call('ListAccounts', {}), 'UnknownOperationException')
  })
})

describe('ListAccounts', () => {
  it('lists the accounts by number, page by page', async () => {
    for (const id of ['300000000001', '300000000002']) await newAccount(id)
    const all: string[] = []
    let Marker: unknown
    do {
      const page = succeeded(await call('ListAccounts', { Limit: 2, Marker }))
      all.push(...(page['Accounts'] as { AccountId: string }[]).map(({ AccountId }) => AccountId))
      Marker = page['NextMarker']
    } while (Marker !== undefined)
    assert.deepEqual(
      all,
      all.toSorted((a, b) => Number(a) - Number(b)),
    )
    for (const id of [account, '300000000001', '300000000002']) assert(all.includes(id), id)
  })
})

describe('DisableAccount', () => {
  it('lets nobody of the account sign, until it is enabled', async () => {
    const AccountId = '400000000001'
    const root = await newAccount(AccountId)
    const iam = (action: string, params: Record<string, unknown>) =>
      callIam(service, action, params, { credentials: root })
    done(await iam('CreateUser', { UserName: 'u' }))
    const key = done(await iam('CreateAccessKey', { UserName: 'u' }))
    const user = {
      accessKeyId: at(key, 'AccessKey', 'AccessKeyId'),
      secretAccessKey: at(key, 'AccessKey', 'SecretAccessKey'),
    }
    const session = done(await callSts(service, 'GetSessionToken', {}, { credentials: user }))
    const temporary = {
      accessKeyId: at(session, 'Credentials', 'AccessKeyId'),
      secretAccessKey: at(session, 'Credentials', 'SecretAccessKey'),
      sessionToken: at(session, 'Credentials', 'SessionToken'),
    }
    const { KeyId } = succeeded(await service.call('CreateKey', {}, { credentials: root }))[
      'KeyMetadata'
    ] as { KeyId: string }
    succeededEmpty(await call('DisableAccount', { AccountId }))
    for (const credentials of [root, user, temporary]) {
      refusedBy(
        await callSts(service, 'GetCallerIdentity', {}, { credentials }),
        'UnrecognizedClientException',
        invalid,
      )
      refused(
        await service.call('DescribeKey', { KeyId }, { credentials }),
        'UnrecognizedClientException',
        invalid,
      )
    }
    succeededEmpty(await call('EnableAccount', { AccountId }))
    done(await callSts(service, 'GetCallerIdentity', {}, { credentials: temporary }))
    succeeded(await service.call('DescribeKey', { KeyId }, { credentials: root }))
  })

  it('is refused for the first account, and for one that does not exist', async () => {
    refused(
      await call('DisableAccount', { AccountId: account }),
      'ValidationException',
      'The first account cannot be disabled.',
    )
    refused(
      await call('DisableAccount', { AccountId: '999999999999' }),
      'NotFoundException',
      'The account 999999999999 does not exist.',
    )
  })
})

describe('accounts', () => {
  it('see nothing of each other: keys, users, groups, roles, policies, access keys', async () => {
    const root = await newAccount('500000000001')
    const mine = await createKey(service)
    await newUser(service, 'same-name')
    const iam = (action: string, params: Record<string, unknown> = {}) =>
      callIam(service, action, params, { credentials: root })
    assert.deepEqual(items(done(await iam('ListUsers')), 'Users'), [])
    refusedBy(await iam('GetUser', { UserName: 'same-name' }), 'NoSuchEntityException')
    done(await iam('CreateUser', { UserName: 'same-name' }))
    refusedBy(
      await iam('DeleteAccessKey', { AccessKeyId: service.credentials.accessKeyId }),
      'NoSuchEntityException',
    )
    const PolicyDocument = JSON.stringify(allow('*'))
    const policy = done(await callIam(service, 'CreatePolicy', { PolicyName: 'p', PolicyDocument }))
    const PolicyArn = at(policy, 'Policy', 'Arn')
    for (const action of ['GetPolicy', 'DeletePolicy', 'ListPolicyVersions'])
      refusedBy(await iam(action, { PolicyArn }), 'AccessDeniedException')
    refusedBy(
      await iam('AttachUserPolicy', { UserName: 'same-name', PolicyArn }),
      'NoSuchEntityException',
    )
    refused(
      await service.call('DescribeKey', { KeyId: mine.Arn }, { credentials: root }),
      'AccessDeniedException',
      /kms:DescribeKey/,
    )
  })

  it('may lend a role to a user of another, if both agree', async () => {
    const root = await newAccount('600000000001')
    const RoleArn = 'arn:aws:iam::600000000001:role/lent'
    const AssumeRolePolicyDocument = trust(`arn:aws:iam::${account}:user/borrower`)
    const asRoot = { credentials: root }
    refusedBy(
      await callIam(service, 'CreateRole', { RoleName: 'lent', AssumeRolePolicyDocument }, asRoot),
      'MalformedPolicyDocumentException',
      /^Invalid principal in policy/,
    )
    const credentials = await newUser(service, 'borrower')
    done(
      await callIam(service, 'CreateRole', { RoleName: 'lent', AssumeRolePolicyDocument }, asRoot),
    )
    const assume = () =>
      callSts(service, 'AssumeRole', { RoleArn, RoleSessionName: 'test' }, { credentials })
    refusedBy(await assume(), 'AccessDeniedException')
    const PolicyDocument = JSON.stringify(allow('sts:AssumeRole', RoleArn))
    const put = { UserName: 'borrower', PolicyName: 'p', PolicyDocument }
    done(await callIam(service, 'PutUserPolicy', put))
    const answer = done(await assume())
    assert.equal(
      at(answer, 'AssumedRoleUser', 'Arn'),
      'arn:aws:sts::600000000001:assumed-role/lent/test',
    )
    succeededEmpty(await call('DisableAccount', { AccountId: '600000000001' }))
    refusedBy(await assume(), 'AccessDeniedException')
  })

  it('are still there after a restart, and the first one is still the first', async () => {
    const root = await newAccount('000000000001')
    Object.assign(service, await service.restart())
    assert.equal(service.service.account, account)
    done(await callSts(service, 'GetCallerIdentity', {}, { credentials: root }))
    succeeded(await call('ListAccounts'))
  })
})

describe('RevokeSessions', () => {
  it('ends the sessions of a role or user that were opened before, and no later ones', async () => {
    const user = await newUser(service, 'assumer')
    const AssumeRolePolicyDocument = trust(`arn:aws:iam::${account}:user/assumer`)
    done(await callIam(service, 'CreateRole', { RoleName: 'revoked', AssumeRolePolicyDocument }))
    const RoleArn = `arn:aws:iam::${account}:role/revoked`
    const open = async (action: string) => {
      const params = action === 'AssumeRole' ? { RoleArn, RoleSessionName: 'test' } : {}
      const answer = done(await callSts(service, action, params, { credentials: user }))
      const credentials = {
        accessKeyId: at(answer, 'Credentials', 'AccessKeyId'),
        secretAccessKey: at(answer, 'Credentials', 'SecretAccessKey'),
        sessionToken: at(answer, 'Credentials', 'SessionToken'),
      }
      return () => callSts(service, 'GetCallerIdentity', {}, { credentials })
    }
    for (const [action, PrincipalArn] of [
      ['AssumeRole', RoleArn],
      ['GetSessionToken', `arn:aws:iam::${account}:user/assumer`],
    ] as const) {
      const before = await open(action)
      done(await before())
      succeededEmpty(await call('RevokeSessions', { PrincipalArn }))
      refusedBy(await before(), 'UnrecognizedClientException', invalid)
      service.clock.advance(1)
      done(await (await open(action))())
    }
    done(await callSts(service, 'GetCallerIdentity', {}, { credentials: user }))
  })

  it('is for the account that the principal belongs to', async () => {
    const other = await newAccount('700000000001')
    const PrincipalArn = `arn:aws:iam::${account}:root`
    refused(
      await call('RevokeSessions', { PrincipalArn }, other),
      'AccessDeniedException',
      /Revoke/,
    )
    succeededEmpty(await call('RevokeSessions', { PrincipalArn }))
    const missing = `arn:aws:iam::${account}:role/missing`
    refused(
      await call('RevokeSessions', { PrincipalArn: missing }),
      'NotFoundException',
      `There is no user or role ${missing}.`,
    )
    refused(
      await call('RevokeSessions', { PrincipalArn: 'no arn of anything at all' }),
      'AccessDeniedException',
      /Revoke/,
    )
  })
})
