import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { arnOf, createKey, invalid, refused, succeededEmpty, unknownKeyId } from '../expect.ts'
import { account } from '../harness.ts'
import { noPrincipal, openGrantScene } from './grant-scene.ts'
import { iamArn, sessionArn } from './scene.ts'

const { service, call, KeyId, Arn, toAnn, create, entries, revoke } = await openGrantScene()

describe('CreateGrant', () => {
  it('decodes: principals of every kind, constraints, a name', async () => {
    const { KeyId: fresh, Arn: freshArn } = await createKey(service)
    const principals = [
      iamArn('root'),
      iamArn('user/ann'),
      iamArn('role/app'),
      sessionArn('app', 'test'),
    ]
    for (const [at, principal] of principals.entries()) {
      const kind = at % 2 === 0 ? 'EncryptionContextSubset' : 'EncryptionContextEquals'
      const Constraints = { [kind]: { a: 'b' } }
      const input = {
        KeyId: freshArn,
        GranteePrincipal: principal,
        RetiringPrincipal: principal,
        Operations: ['Decrypt', 'DescribeKey', 'Decrypt'],
        Constraints,
        Name: 'of-every/kind',
      }
      const { GrantId, GrantToken } = await create(input)
      assert.match(GrantId, /^[0-9a-f]{64}$/)
      assert.match(GrantToken, /^[\w-]{100,}$/)
      assert.deepEqual(await entries({ KeyId: fresh, GrantId }), [
        {
          KeyId: freshArn,
          GrantId,
          Name: 'of-every/kind',
          CreationDate: service.clock.nowMs() / 1000,
          GranteePrincipal: principal,
          RetiringPrincipal: principal,
          IssuingAccount: iamArn('root'),
          Operations: ['Decrypt', 'DescribeKey'],
          Constraints,
        },
      ])
    }
  })

  it('refuses: principals that do not exist, and what is none', async () => {
    for (const principal of [
      iamArn('user/nobody'),
      iamArn('user/Ann'),
      iamArn('role/none'),
      iamArn('group/g'),
      iamArn('root', '999999999999'),
      account,
      'ann',
    ]) {
      const text = noPrincipal(principal)
      const grantee = { ...toAnn, GranteePrincipal: principal }
      refused(await call('CreateGrant', grantee), 'InvalidArnException', text)
      const retiring = { ...toAnn, RetiringPrincipal: principal }
      refused(await call('CreateGrant', retiring), 'InvalidArnException', text)
    }
  })

  it('refuses: a grant without a grantee, or that permits nothing', async () => {
    const { GranteePrincipal: _, ...without } = toAnn
    invalid(await call('CreateGrant', without), ' null', 'granteePrincipal', 'not be null')
    const nothing = { ...toAnn, Operations: [] }
    invalid(await call('CreateGrant', nothing), ' null', 'operations', 'not be null')
  })

  it('refuses: operations that the key does not have', async () => {
    for (const operation of ['Sign', 'GetPublicKey', 'GenerateMac', 'Encapsulate'])
      refused(
        await call('CreateGrant', { ...toAnn, Operations: ['Encrypt', operation] }),
        'ValidationException',
        `The operation ${operation} is not valid for the key ${Arn}.`,
      )
  })

  it('refuses: constraints beyond AWS’s bounds', async () => {
    const text = 'A constraint on the encryption context has at most 8 pairs and 384 characters.'
    const nine = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`k${at}`, 'v']))
    for (const pairs of [nine, { key: 'v'.repeat(382) }])
      for (const name of ['EncryptionContextEquals', 'EncryptionContextSubset'])
        refused(
          await call('CreateGrant', { ...toAnn, Constraints: { [name]: pairs } }),
          'ValidationException',
          text,
        )
  })

  it('refuses: constraints on a context that uses of the key do not carry', async () => {
    for (const [spec, operation] of [
      [{ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }, 'Sign'],
      [{ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }, 'Decrypt'],
      [{ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, 'GenerateMac'],
    ] as const) {
      const key = await createKey(service, spec)
      for (const name of ['EncryptionContextEquals', 'EncryptionContextSubset'])
        refused(
          await call('CreateGrant', {
            KeyId: key.KeyId,
            GranteePrincipal: iamArn('user/ann'),
            Operations: [operation],
            Constraints: { [name]: { a: 'b' } },
          }),
          'ValidationException',
          `A constraint on the encryption context is not valid for the key spec ${spec.KeySpec}.`,
        )
    }
  })

  it('refuses: two constraints at once, even if one asks for nothing', async () => {
    for (const EncryptionContextEquals of [{ a: 'b' }, {}]) {
      const Constraints = { EncryptionContextEquals, EncryptionContextSubset: { a: 'b' } }
      refused(
        await call('CreateGrant', { ...toAnn, Constraints }),
        'ValidationException',
        'More than one constraint supplied',
      )
    }
  })

  it('refuses: a grant to make grants of nothing', async () => {
    refused(
      await call('CreateGrant', { ...toAnn, Operations: ['CreateGrant', 'CreateGrant'] }),
      'ValidationException',
      'Grants must not contain only the CreateGrant operation.',
    )
  })

  it('refuses: principals that are services of AWS, for none calls here', async () => {
    for (const name of ['GranteeServicePrincipal', 'RetiringServicePrincipal'])
      refused(
        await call('CreateGrant', { ...toAnn, [name]: 's3.amazonaws.com' }),
        'UnsupportedOperationException',
        new RegExp(name),
      )
  })

  it('refuses: a key that does not exist, or by an alias', async () => {
    succeededEmpty(await call('CreateAlias', { AliasName: 'alias/granted', TargetKeyId: KeyId }))
    refused(
      await call('CreateGrant', { ...toAnn, KeyId: unknownKeyId }),
      'NotFoundException',
      `Key '${arnOf(`key/${unknownKeyId}`)}' does not exist`,
    )
    refused(
      await call('CreateGrant', { ...toAnn, KeyId: 'alias/granted' }),
      'NotFoundException',
      "Invalid keyId 'alias/granted'",
    )
  })

  it('does: the same call by the same name makes no second grant, but another token', async () => {
    const named = { ...toAnn, Name: 'once', Operations: ['Encrypt', 'Decrypt'] }
    const first = await create(named)
    const second = await create({ ...named, Operations: ['Decrypt', 'Encrypt'] })
    assert.equal(second.GrantId, first.GrantId)
    assert.notEqual(second.GrantToken, first.GrantToken)
    const different = await create({ ...named, Operations: ['Encrypt'] })
    assert.notEqual(different.GrantId, first.GrantId)
    await revoke(first.GrantId)
    const again = await create(named)
    assert.notEqual(again.GrantId, first.GrantId)
    const nameless = [await create(toAnn), await create(toAnn)]
    assert.notEqual(nameless[0]?.GrantId, nameless[1]?.GrantId)
    for (const { GrantId } of [different, again, ...nameless]) await revoke(GrantId)
  })
})
