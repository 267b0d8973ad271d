import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { readDatabase } from '../database.ts'
import { refused } from '../expect.ts'
import { account, startTestService } from '../harness.ts'
import { at, callIam, callSts, done, items, newUser, refusedBy } from './query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const call = (action: string, params: object = {}) => callIam(service, action, { ...params })
const invalid = 'The security token included in the request is invalid.'

const keysOf = async (UserName: string) =>
  items(done(await call('ListAccessKeys', { UserName })), 'AccessKeyMetadata')

describe('CreateAccessKey', () => {
  it('makes a key that signs for its user, and shows the secret once', async () => {
    const credentials = await newUser(service, 'signer')
    assert.match(credentials.accessKeyId, /^AKIA[A-Z2-7]{16}$/)
    assert.match(credentials.secretAccessKey, /^[A-Za-z0-9+/]{44}$/)
    const identity = done(await callSts(service, 'GetCallerIdentity', {}, { credentials }))
    assert.equal(identity['Arn'], `arn:aws:iam::${account}:user/signer`)
    assert.match(at(identity, 'UserId'), /^AIDA/)
    const listed = await call('ListAccessKeys', { UserName: 'signer' })
    assert.equal(listed.text.includes(credentials.secretAccessKey), false)
    assert.deepEqual(items(done(listed), 'AccessKeyMetadata'), [
      {
        UserName: 'signer',
        AccessKeyId: credentials.accessKeyId,
        Status: 'Active',
        CreateDate: '2026-11-24T12:00:00Z',
      },
    ])
  })

  it('makes two keys for a user and no more', async () => {
    await newUser(service, 'two-keys')
    done(await call('CreateAccessKey', { UserName: 'two-keys' }))
    refusedBy(
      await call('CreateAccessKey', { UserName: 'two-keys' }),
      'LimitExceededException',
      'Cannot exceed quota for AccessKeysPerUser: 2',
    )
    assert.equal((await keysOf('two-keys')).length, 2)
  })

  it('stores no secret in clear', async () => {
    const { secretAccessKey } = await newUser(service, 'wrapped')
    const rows = readDatabase(
      service.directory.database,
      "select content from secret_entity where tbl = 'access_key'",
    )
    assert(rows.length > 1)
    for (const { content } of rows) assert.equal(String(content).includes(secretAccessKey), false)
  })
})

describe('UpdateAccessKey', () => {
  it('takes a key out of use at once, and puts it back', async () => {
    const credentials = await newUser(service, 'on-and-off')
    const key = { UserName: 'on-and-off', AccessKeyId: credentials.accessKeyId }
    const identity = () => callSts(service, 'GetCallerIdentity', {}, { credentials })
    done(await identity())
    done(await call('UpdateAccessKey', { ...key, Status: 'Inactive' }))
    refusedBy(await identity(), 'UnrecognizedClientException', invalid)
    refused(
      await service.call('ListKeys', {}, { credentials }),
      'UnrecognizedClientException',
      invalid,
    )
    assert.equal((await keysOf('on-and-off'))[0]?.['Status'], 'Inactive')
    done(await call('UpdateAccessKey', { ...key, Status: 'Active' }))
    done(await identity())
    refusedBy(await call('UpdateAccessKey', { ...key, Status: 'Expired' }), 'InvalidInputException')
  })

  it('finds no key that another user has', async () => {
    const { accessKeyId: AccessKeyId } = await newUser(service, 'owner')
    await newUser(service, 'stranger')
    for (const UserName of ['stranger', undefined])
      for (const [action, more] of [
        ['UpdateAccessKey', { Status: 'Inactive' }],
        ['DeleteAccessKey', {}],
      ] as const)
        refusedBy(
          await call(action, { UserName, AccessKeyId, ...more }),
          'NoSuchEntityException',
          `The Access Key with id ${AccessKeyId} cannot be found.`,
        )
  })
})

describe('DeleteAccessKey', () => {
  it('ends the key for good', async () => {
    const credentials = await newUser(service, 'ended')
    const { accessKeyId: AccessKeyId } = credentials
    done(await callSts(service, 'GetCallerIdentity', {}, { credentials }))
    done(await call('DeleteAccessKey', { UserName: 'ended', AccessKeyId }))
    refusedBy(
      await callSts(service, 'GetCallerIdentity', {}, { credentials }),
      'UnrecognizedClientException',
      invalid,
    )
    assert.deepEqual(await keysOf('ended'), [])
  })
})

describe('the access keys of the root', () => {
  it('are made, used and deleted, but for the last one that is active', async () => {
    const made = done(await call('CreateAccessKey'))
    const second = {
      accessKeyId: at(made, 'AccessKey', 'AccessKeyId'),
      secretAccessKey: at(made, 'AccessKey', 'SecretAccessKey'),
    }
    const { accessKeyId: first } = service.credentials
    const asSecond = (action: string, params: object) =>
      callIam(service, action, { ...params }, { credentials: second })
    done(await asSecond('UpdateAccessKey', { AccessKeyId: first, Status: 'Inactive' }))
    const only = /only active access key of the root/
    for (const [action, more] of [
      ['UpdateAccessKey', { Status: 'Inactive' }],
      ['DeleteAccessKey', {}],
    ] as const)
      refusedBy(
        await asSecond(action, { AccessKeyId: second.accessKeyId, ...more }),
        'LimitExceededException',
        only,
      )
    done(await asSecond('UpdateAccessKey', { AccessKeyId: first, Status: 'Active' }))
    done(await call('DeleteAccessKey', { AccessKeyId: second.accessKeyId }))
  })
})

describe('GetAccessKeyLastUsed', () => {
  it('tells when, where and for what a key was used, also after a restart', async () => {
    const credentials = await newUser(service, 'used')
    const AccessKeyId = credentials.accessKeyId
    assert.deepEqual(done(await call('GetAccessKeyLastUsed', { AccessKeyId })), {
      UserName: 'used',
      AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' },
    })
    done(await callSts(service, 'GetCallerIdentity', {}, { credentials, region: 'eu-west-1' }))
    const used = {
      UserName: 'used',
      AccessKeyLastUsed: {
        LastUsedDate: '2026-11-24T12:00:00Z',
        ServiceName: 'sts',
        Region: 'eu-west-1',
      },
    }
    assert.deepEqual(done(await call('GetAccessKeyLastUsed', { AccessKeyId })), used)
    const again = await service.restart()
    try {
      assert.deepEqual(done(await callIam(again, 'GetAccessKeyLastUsed', { AccessKeyId })), used)
    } finally {
      await again.stop()
    }
    Object.assign(service, await service.restart())
  })

  it('does not tell whether a key that is not of the account exists', async () => {
    refusedBy(
      await call('GetAccessKeyLastUsed', { AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' }),
      'AccessDeniedException',
      `User: arn:aws:iam::${account}:root is not authorized to perform iam:GetAccessKeyLastUsed ` +
        'on resource: access key AKIAIOSFODNN7EXAMPLE',
    )
  })
})
