import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { SigningCredentials } from '../../../src/client/sign.ts'
import { createKey, refused } from '../expect.ts'
import { account, startTestService } from '../harness.ts'
import { allow, at, done, newUser, refusedBy, trust } from './query.ts'
import { arnOfUser, credentialsOf, invalidToken, sessionScene } from './session-scene.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { iam, sts, newRole, identity } = sessionScene(service)

describe('the credentials of a session', () => {
  it('work with their own token alone', async () => {
    const { assume, credentials: user } = await newRole('bound')
    const first = credentialsOf(done(await assume()))
    const second = credentialsOf(done(await assume()))
    const { sessionToken = '' } = first
    const flipped = Buffer.from(sessionToken, 'base64')
    flipped[flipped.length - 20]! ^= 1
    const forgeries: readonly SigningCredentials[] = [
      { accessKeyId: first.accessKeyId, secretAccessKey: first.secretAccessKey },
      { ...first, sessionToken: second.sessionToken ?? '' },
      { ...first, accessKeyId: second.accessKeyId },
      { ...first, sessionToken: 'token' },
      { ...first, sessionToken: sessionToken.slice(0, -4) },
      { ...first, sessionToken: flipped.toString('base64') },
      { ...first, sessionToken: Buffer.from(sessionToken, 'base64').toString('base64url') },
      { ...user, sessionToken },
    ]
    for (const credentials of forgeries) {
      refusedBy(await identity(credentials), 'UnrecognizedClientException', invalidToken)
      const reply = await service.call('ListKeys', {}, { credentials })
      refused(reply, 'UnrecognizedClientException', invalidToken)
    }
    const wrong = { ...first, secretAccessKey: second.secretAccessKey }
    refusedBy(await identity(wrong), 'InvalidSignatureException')
    done(await identity(first))
  })

  it('end when the role is deleted, and do not come back with its name', async () => {
    const { assume } = await newRole('ending')
    const credentials = credentialsOf(done(await assume()))
    done(await identity(credentials))
    done(await iam('DeleteRole', { RoleName: 'ending' }))
    refusedBy(await identity(credentials), 'UnrecognizedClientException', invalidToken)
    const document = trust(arnOfUser('ending-user'))
    done(await iam('CreateRole', { RoleName: 'ending', AssumeRolePolicyDocument: document }))
    refusedBy(await identity(credentials), 'UnrecognizedClientException', invalidToken)
    done(await assume())
  })

  it('last over a restart', async () => {
    const { assume } = await newRole('lasting-on')
    const credentials = credentialsOf(done(await assume()))
    Object.assign(service, await service.restart())
    done(await identity(credentials))
  })

  it('of a role whose trust names a user do not pass to a later user of that name', async () => {
    const { assume, credentials } = await newRole('named-trust')
    done(await assume())
    const UserName = 'named-trust-user'
    done(await iam('DeleteAccessKey', { UserName, AccessKeyId: credentials.accessKeyId }))
    done(await iam('DeleteUser', { UserName }))
    const later = await newUser(service, UserName)
    refusedBy(await assume({}, later), 'AccessDeniedException')
  })

  it('are remembered as the last use of the role', async () => {
    const { assume } = await newRole('remembered')
    const credentials = credentialsOf(done(await assume()))
    const use = async () =>
      at(done(await iam('GetRole', { RoleName: 'remembered' })), 'Role', 'RoleLastUsed') as unknown
    assert.equal(await use(), '')
    done(await identity(credentials))
    assert.equal(((await use()) as Record<string, string>)['Region'], 'us-east-1')
  })
})

describe('GetSessionToken', () => {
  it('makes temporary credentials of a user, which end with its key', async () => {
    const credentials = await newUser(service, 'temporary', allow('iam:*'))
    const answer = done(await sts('GetSessionToken', { DurationSeconds: 900 }, { credentials }))
    const temporary = credentialsOf(answer)
    const who = done(await identity(temporary))
    assert.equal(who['Arn'], arnOfUser('temporary'))
    refusedBy(
      await sts('GetSessionToken', {}, { credentials: temporary }),
      'AccessDeniedException',
      'Cannot call GetSessionToken with session credentials',
    )
    done(await iam('ListUsers', {}, { credentials }))
    refusedBy(
      await iam('ListUsers', {}, { credentials: temporary }),
      'UnrecognizedClientException',
      invalidToken,
    )
    const key = { UserName: 'temporary', AccessKeyId: credentials.accessKeyId }
    done(await iam('UpdateAccessKey', { ...key, Status: 'Inactive' }))
    refusedBy(await identity(temporary), 'UnrecognizedClientException', invalidToken)
    done(await iam('UpdateAccessKey', { ...key, Status: 'Active' }))
    done(await identity(temporary))
    done(await iam('DeleteAccessKey', key))
    refusedBy(await identity(temporary), 'UnrecognizedClientException', invalidToken)
  })

  it('gives the root an hour at most, for KMS as well', async () => {
    const answer = done(await sts('GetSessionToken', { DurationSeconds: 129_600 }))
    const at1 = new Date(service.clock.nowMs() + 3_600_000).toISOString().replace('.000', '')
    assert.equal(at(answer, 'Credentials', 'Expiration'), at1)
    const credentials = credentialsOf(answer)
    const { KeyId } = await createKey(service)
    const reply = await service.call('DescribeKey', { KeyId }, { credentials })
    assert.equal(reply.status, 200, reply.text)
  })
})

describe('GetAccessKeyInfo', () => {
  it('tells the account of a key', async () => {
    const { accessKeyId: AccessKeyId } = service.credentials
    assert.deepEqual(done(await sts('GetAccessKeyInfo', { AccessKeyId })), { Account: account })
  })
})
