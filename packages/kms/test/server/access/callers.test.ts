import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createKey, encrypt, refused, succeeded, succeededEmpty } from '../expect.ts'
import { account, region, startTestService } from '../harness.ts'
import { allow, callIam, done, newUser } from '../identity/query.ts'
import {
  callsAs,
  iamArn,
  keyPolicy,
  newAccount,
  newSession,
  newUserOf,
  notAllowed,
  notShared,
  otherAccount,
  sessionArn,
} from './scene.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service
const { KeyId, Arn } = await createKey(service)
const plaintext = { KeyId, Plaintext: 'AA==' }

describe('a user', () => {
  it('may do what an identity policy says, where the key policy leaves it to the account', async () => {
    const user = callsAs(service, await newUser(service, 'by-identity', allow('kms:Encrypt', Arn)))
    succeeded(await user('Encrypt', plaintext))
    const CiphertextBlob = await encrypt(service, { KeyId })
    refused(
      await user('Decrypt', { CiphertextBlob, KeyId }),
      'AccessDeniedException',
      notAllowed(iamArn('user/by-identity'), 'kms:Decrypt', `resource: ${Arn}`),
    )
    refused(
      await user('Decrypt', { CiphertextBlob }),
      'AccessDeniedException',
      notAllowed(
        iamArn('user/by-identity'),
        'kms:Decrypt',
        'the resource associated with this ciphertext',
      ),
    )
  })

  it('may do what the key policy says, without any policy of its own', async () => {
    const user = callsAs(service, await newUser(service, 'by-key'))
    const Policy = keyPolicy({
      Principal: { AWS: iamArn('user/by-key') },
      Action: ['kms:Encrypt', 'kms:DescribeKey'],
    })
    const key = await createKey(service, { Policy })
    succeeded(await user('Encrypt', { ...plaintext, KeyId: key.KeyId }))
    succeeded(await user('DescribeKey', { KeyId: key.Arn }))
    refused(await user('Encrypt', plaintext), 'AccessDeniedException', /by-key/)
    refused(await user('DisableKey', { KeyId: key.KeyId }), 'AccessDeniedException', /DisableKey/)
  })

  it('may do nothing that the key policy leaves to nobody', async () => {
    const user = callsAs(service, await newUser(service, 'wide', allow('kms:*')))
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: iamArn('root') },
          Action: 'kms:PutKeyPolicy',
          Resource: '*',
        },
      ],
    })
    const key = await createKey(service, { Policy })
    const what = `resource: ${key.Arn}`
    for (const [by, arn] of [
      [user, iamArn('user/wide')],
      [call, iamArn('root')],
    ] as const)
      refused(
        await by('Encrypt', { ...plaintext, KeyId: key.KeyId }),
        'AccessDeniedException',
        notAllowed(arn, 'kms:Encrypt', what, 'resource'),
      )
  })

  it('inherits nothing from an earlier user of its name, until the policy is put again', async () => {
    const UserName = 'namesake'
    const first = await newUser(service, UserName)
    const Policy = keyPolicy({ Principal: { AWS: iamArn(`user/${UserName}`) } })
    const own = await createKey(service, { Policy })
    const input = { ...plaintext, KeyId: own.KeyId }
    succeeded(await callsAs(service, first)('Encrypt', input))
    const AccessKeyId = first.accessKeyId
    done(await callIam(service, 'DeleteAccessKey', { UserName, AccessKeyId }))
    done(await callIam(service, 'DeleteUser', { UserName }))
    const second = callsAs(service, await newUser(service, UserName))
    refused(await second('Encrypt', input), 'AccessDeniedException', /namesake/)
    assert.equal(succeeded(await call('GetKeyPolicy', { KeyId: own.KeyId }))['Policy'], Policy)
    succeededEmpty(await call('PutKeyPolicy', { KeyId: own.KeyId, Policy }))
    succeeded(await second('Encrypt', input))
  })

  it('is stopped by a Deny wherever it stands', async () => {
    const key = await createKey(service, {
      Policy: keyPolicy({
        Effect: 'Deny',
        Principal: { AWS: iamArn('user/wide') },
        Action: 'kms:Decrypt',
      }),
    })
    const denying = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'kms:*', Resource: '*' },
        { Effect: 'Deny', Action: 'kms:Encrypt', Resource: key.Arn },
      ],
    }
    done(
      await callIam(service, 'PutUserPolicy', {
        UserName: 'wide',
        PolicyName: 'own',
        PolicyDocument: JSON.stringify(denying),
      }),
    )
    const credentials = await keyOf('wide')
    const user = callsAs(service, credentials)
    const input = { ...plaintext, KeyId: key.KeyId }
    const head = (action: string) =>
      `User: ${iamArn('user/wide')} is not authorized to perform: ${action} on resource: ${key.Arn}`
    refused(
      await user('Encrypt', input),
      'AccessDeniedException',
      `${head('kms:Encrypt')} with an explicit deny in an identity-based policy`,
    )
    const CiphertextBlob = succeeded(await call('Encrypt', input))['CiphertextBlob']
    refused(
      await user('Decrypt', { CiphertextBlob, KeyId: key.KeyId }),
      'AccessDeniedException',
      `${head('kms:Decrypt')} with an explicit deny in a resource-based policy`,
    )
    const grant = { KeyId: key.KeyId, GranteePrincipal: iamArn('user/wide') }
    succeeded(await call('CreateGrant', { ...grant, Operations: ['Encrypt', 'Decrypt'] }))
    refused(await user('Encrypt', input), 'AccessDeniedException', /explicit deny/)
    refused(await user('Decrypt', { CiphertextBlob }), 'AccessDeniedException', /explicit deny/)
  })
})

/** Another access key of a user. */
const keyOf = async (UserName: string) => {
  const { AccessKey } = done(
    await callIam(service, 'CreateAccessKey', { UserName }),
  ) as unknown as {
    AccessKey: { AccessKeyId: string; SecretAccessKey: string }
  }
  return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey }
}

describe('a session of a role', () => {
  it('may do what a policy of the role says, or a key policy of the role', async () => {
    const session = callsAs(
      service,
      await newSession(service, 'reader', { policy: allow('kms:DescribeKey') }),
    )
    succeeded(await session('DescribeKey', { KeyId }))
    refused(
      await session('Encrypt', plaintext),
      'AccessDeniedException',
      notAllowed(sessionArn('reader', 'test'), 'kms:Encrypt', `resource: ${Arn}`),
    )
    const Policy = keyPolicy({ Principal: { AWS: iamArn('role/reader') }, Action: 'kms:Encrypt' })
    const key = await createKey(service, { Policy })
    succeeded(await session('Encrypt', { ...plaintext, KeyId: key.KeyId }))
  })

  it('may do no more than its session policies leave', async () => {
    const Policy = JSON.stringify(allow('kms:DescribeKey'))
    const policy = allow(['kms:DescribeKey', 'kms:Encrypt'])
    const session = callsAs(
      service,
      await newSession(service, 'limited', { policy, session: { Policy } }),
    )
    succeeded(await session('DescribeKey', { KeyId }))
    refused(
      await session('Encrypt', plaintext),
      'AccessDeniedException',
      notAllowed(sessionArn('limited', 'test'), 'kms:Encrypt', `resource: ${Arn}`, 'session'),
    )
  })
})

describe('another account', () => {
  it('uses a key that both accounts let it use', async () => {
    const root = await newAccount(service)
    const user = await newUserOf(service, root, 'guest', allow('kms:Encrypt'))
    const idle = await newUserOf(service, root, 'idle')
    const guest = iamArn('user/guest', otherAccount)
    refused(
      await callsAs(service, user)('Encrypt', { ...plaintext, KeyId: Arn }),
      'AccessDeniedException',
      notShared(guest, 'kms:Encrypt'),
    )
    const key = await createKey(service, {
      Policy: keyPolicy({
        Principal: { AWS: otherAccount },
        Action: ['kms:Encrypt', 'kms:Decrypt'],
      }),
    })
    succeededEmpty(await call('CreateAlias', { AliasName: 'alias/shared', TargetKeyId: key.KeyId }))
    const input = { ...plaintext, KeyId: key.Arn }
    succeeded(await callsAs(service, user)('Encrypt', input))
    succeeded(await callsAs(service, root)('Encrypt', input))
    const aliasArn = `arn:aws:kms:${region}:${account}:alias/shared`
    succeeded(await callsAs(service, user)('Encrypt', { ...input, KeyId: aliasArn }))
    refused(
      await callsAs(service, idle)('Encrypt', input),
      'AccessDeniedException',
      notAllowed(iamArn('user/idle', otherAccount), 'kms:Encrypt', 'this resource'),
    )
    // In its own account the guest has no such key.
    refused(
      await callsAs(service, user)('Encrypt', { ...plaintext, KeyId: key.KeyId }),
      'NotFoundException',
      /444455556666/,
    )
    const { CiphertextBlob } = succeeded(await call('Encrypt', input))
    refused(
      await callsAs(service, user)('Decrypt', { CiphertextBlob }),
      'AccessDeniedException',
      notAllowed(guest, 'kms:Decrypt', 'the resource associated with this ciphertext'),
    )
    const secret = await encrypt(service, { KeyId })
    refused(
      await callsAs(service, user)('Decrypt', { CiphertextBlob: secret }),
      'AccessDeniedException',
      notShared(guest, 'kms:Decrypt', 'the resource associated with this ciphertext'),
    )
  })

  it('uses what a grant of its own account permits, and grants of the owner', async () => {
    const root = await newAccount(service, '555566667777')
    const user = await newUserOf(service, root, 'granted')
    const granted = iamArn('user/granted', '555566667777')
    const key = await createKey(service, {
      Policy: keyPolicy({
        Principal: { AWS: '555566667777' },
        Action: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'],
      }),
    })
    const grant = { KeyId: key.Arn, GranteePrincipal: granted, Operations: ['Encrypt'] }
    const { GrantId } = succeeded(await callsAs(service, root)('CreateGrant', grant))
    const [entry] = succeeded(await callsAs(service, root)('ListGrants', { KeyId: key.Arn }))[
      'Grants'
    ] as readonly Record<string, unknown>[]
    assert.equal(entry?.['IssuingAccount'], iamArn('root', '555566667777'))
    const input = { ...plaintext, KeyId: key.Arn }
    succeeded(await callsAs(service, user)('Encrypt', input))
    succeededEmpty(await callsAs(service, root)('RevokeGrant', { KeyId: key.Arn, GrantId }))
    refused(await callsAs(service, user)('Encrypt', input), 'AccessDeniedException', /granted/)
    // One that the owner made lets the other account in, whose policies then count.
    succeeded(await call('CreateGrant', grant))
    refused(
      await callsAs(service, user)('Encrypt', input),
      'AccessDeniedException',
      notAllowed(granted, 'kms:Encrypt', 'this resource'),
    )
  })
})
