import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import {
  arnOf,
  createKey,
  encrypt,
  invalid,
  refused,
  succeeded,
  succeededEmpty,
  unknownKeyId,
} from '../expect.ts'
import { account, startTestService } from '../harness.ts'
import { allow, callIam, done, newUser } from '../identity/query.ts'
import {
  callsAs,
  iamArn,
  newAccount,
  newSession,
  notAllowed,
  otherAccount,
  sessionArn,
} from './scene.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const annKeys = await newUser(service, 'ann')
const ann = callsAs(service, annKeys)
const bea = callsAs(service, await newUser(service, 'bea'))
const role = callsAs(service, await newSession(service, 'app'))
const { KeyId, Arn } = await createKey(service)
const toAnn = { KeyId, GranteePrincipal: iamArn('user/ann'), Operations: ['Encrypt'] }
const plaintext = { KeyId, Plaintext: 'AA==' }

type Made = { readonly GrantId: string; readonly GrantToken: string }
const create = async (input: object): Promise<Made> =>
  succeeded(await call('CreateGrant', input)) as Made
const entries = async (input: object, operation = 'ListGrants') =>
  succeeded(await call(operation, input))['Grants'] as readonly Record<string, unknown>[]
const revoke = async (GrantId: string, key = KeyId): Promise<void> =>
  succeededEmpty(await call('RevokeGrant', { KeyId: key, GrantId }))
const denied = notAllowed(iamArn('user/ann'), 'kms:Encrypt', `resource: ${Arn}`)
const noPrincipal = (arn: string) => `ARN does not refer to a valid principal: ${arn}`

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

  it('does: lets the grantee do what it says, at once, and nothing else', async () => {
    refused(await ann('Encrypt', plaintext), 'AccessDeniedException', denied)
    const { GrantId } = await create(toAnn)
    succeeded(await ann('Encrypt', plaintext))
    refused(
      await ann('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }),
      'AccessDeniedException',
      notAllowed(iamArn('user/ann'), 'kms:GenerateDataKey', `resource: ${Arn}`),
    )
    refused(await bea('Encrypt', plaintext), 'AccessDeniedException', /user\/bea/)
    const { KeyId: another } = await createKey(service)
    refused(await ann('Encrypt', { ...plaintext, KeyId: another }), 'AccessDeniedException', /ann/)
    await revoke(GrantId)
    refused(await ann('Encrypt', plaintext), 'AccessDeniedException', denied)
  })

  it('does: every operation that a symmetric key has', async () => {
    const Operations = [
      'Encrypt',
      'Decrypt',
      'ReEncryptFrom',
      'ReEncryptTo',
      'GenerateDataKey',
      'GenerateDataKeyWithoutPlaintext',
      'DescribeKey',
    ]
    const { GrantId } = await create({ ...toAnn, Operations })
    const CiphertextBlob = succeeded(await ann('Encrypt', plaintext))['CiphertextBlob']
    succeeded(await ann('Decrypt', { CiphertextBlob }))
    succeeded(await ann('ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }))
    succeeded(await ann('GenerateDataKey', { KeyId, KeySpec: 'AES_128' }))
    succeeded(await ann('GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_128' }))
    succeeded(await ann('DescribeKey', { KeyId }))
    await revoke(GrantId)
    for (const [operation, input] of [
      ['Decrypt', { CiphertextBlob }],
      ['ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }],
      ['DescribeKey', { KeyId }],
    ] as const)
      refused(await ann(operation, input), 'AccessDeniedException', /ann/)
  })

  it('does: a grant to a role lets its sessions, and one to a session that one alone', async () => {
    const toRole = { ...toAnn, GranteePrincipal: iamArn('role/app') }
    const { GrantId } = await create(toRole)
    succeeded(await role('Encrypt', plaintext))
    await revoke(GrantId)
    const other = await create({ ...toAnn, GranteePrincipal: sessionArn('app', 'other') })
    refused(await role('Encrypt', plaintext), 'AccessDeniedException', /assumed-role\/app\/test/)
    const own = await create({ ...toAnn, GranteePrincipal: sessionArn('app', 'test') })
    succeeded(await role('Encrypt', plaintext))
    await revoke(other.GrantId)
    await revoke(own.GrantId)
  })

  it('does: constraints hold for the encryption context, its keys in any case of letters', async () => {
    const subset = { EncryptionContextSubset: { Department: 'IT' } }
    const { GrantId } = await create({ ...toAnn, Constraints: subset })
    const may = (EncryptionContext: object | undefined) =>
      ann('Encrypt', { ...plaintext, EncryptionContext })
    succeeded(await may({ department: 'IT', more: 'x' }))
    for (const context of [undefined, {}, { Department: 'it' }, { more: 'x' }])
      refused(await may(context), 'AccessDeniedException', denied)
    await revoke(GrantId)
    const equal = await create({
      ...toAnn,
      Constraints: { EncryptionContextEquals: { Department: 'IT' } },
    })
    succeeded(await may({ DEPARTMENT: 'IT' }))
    refused(await may({ Department: 'IT', more: 'x' }), 'AccessDeniedException', denied)
    await revoke(equal.GrantId)
    const SourceArn = `arn:aws:s3::${account}:bucket`
    const forResource = await create({ ...toAnn, Constraints: { SourceArn } })
    refused(await may(undefined), 'AccessDeniedException', denied)
    await revoke(forResource.GrantId)
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

  it('does: who is allowed by a grant makes grants that reach no further', async () => {
    const parent = await create({
      ...toAnn,
      Operations: ['CreateGrant', 'Encrypt', 'Decrypt'],
      Constraints: { EncryptionContextSubset: { team: 'red' } },
    })
    const child = {
      KeyId,
      GranteePrincipal: iamArn('user/bea'),
      Operations: ['Encrypt'],
      Constraints: { EncryptionContextSubset: { team: 'red' } },
    }
    const made = succeeded(await ann('CreateGrant', child)) as Made
    const [entry] = await entries({ KeyId, GrantId: made.GrantId })
    assert.equal(entry?.['IssuingAccount'], iamArn('root'))
    succeeded(await bea('Encrypt', { ...plaintext, EncryptionContext: { team: 'red' } }))
    for (const wider of [
      { ...child, Operations: ['Encrypt', 'GenerateDataKey'] },
      { ...child, Constraints: undefined },
      { ...child, Constraints: { EncryptionContextSubset: { team: 'blue' } } },
    ])
      refused(await ann('CreateGrant', wider), 'AccessDeniedException', /kms:CreateGrant/)
    // A child does not end with its parent.
    await revoke(parent.GrantId)
    succeeded(await bea('Encrypt', { ...plaintext, EncryptionContext: { team: 'red' } }))
    await revoke(made.GrantId)
  })
})

describe('a grant token', () => {
  it('is taken while its grant exists, also by who is not the grantee, and permits nothing', async () => {
    const { GrantId, GrantToken } = await create(toAnn)
    const withToken = { ...plaintext, GrantTokens: [GrantToken] }
    succeeded(await ann('Encrypt', withToken))
    succeeded(await call('Encrypt', withToken))
    refused(await bea('Encrypt', withToken), 'AccessDeniedException', /user\/bea/)
    await revoke(GrantId)
    const text = 'A grant token is not valid.'
    for (const by of [ann, call])
      refused(await by('Encrypt', withToken), 'InvalidGrantTokenException', text)
  })

  it('of another Region, or of a key that is gone, is not valid', async () => {
    const doomed = await createKey(service)
    const { GrantToken } = await create({ ...toAnn, KeyId: doomed.KeyId })
    const elsewhere = { region: 'us-west-2' }
    const there = await createKey(service, {}, elsewhere)
    refused(
      await call('DescribeKey', { KeyId: there.KeyId, GrantTokens: [GrantToken] }, elsewhere),
      'InvalidGrantTokenException',
      'A grant token is not valid.',
    )
    succeeded(await call('DescribeKey', { KeyId, GrantTokens: [GrantToken] }))
    const soon = { KeyId: doomed.KeyId, PendingWindowInDays: 7 }
    succeeded(await call('ScheduleKeyDeletion', soon))
    succeeded(await call('DescribeKey', { KeyId, GrantTokens: [GrantToken] }))
  })
})

describe('ListGrants', () => {
  it('does: lists the grants on the key page by page, or those to one principal', async () => {
    const { KeyId: fresh, Arn: freshArn } = await createKey(service)
    const made = new Set<string>()
    for (let number = 0; number < 7; number += 1) {
      const GranteePrincipal = number % 2 === 0 ? iamArn('user/ann') : iamArn('role/app')
      made.add((await create({ ...toAnn, KeyId: fresh, GranteePrincipal })).GrantId)
    }
    const listed: unknown[] = []
    let Marker: unknown
    do {
      const page = succeeded(
        await call('ListGrants', {
          KeyId: freshArn,
          Limit: 3,
          ...(Marker === undefined ? {} : { Marker }),
        }),
      )
      listed.push(
        ...(page['Grants'] as readonly { GrantId: string }[]).map(({ GrantId }) => GrantId),
      )
      Marker = page['NextMarker']
      assert.equal(page['Truncated'], Marker !== undefined)
    } while (Marker !== undefined)
    assert.deepEqual(new Set(listed), made)
    assert.equal(listed.length, 7)
    const own = { KeyId: fresh, GranteePrincipal: iamArn('user/ann') }
    assert.equal((await entries(own)).length, 4)
    const first = succeeded(await call('ListGrants', { ...own, Limit: 2 }))
    const rest = succeeded(await call('ListGrants', { ...own, Marker: first['NextMarker'] }))
    assert.equal((rest['Grants'] as unknown[]).length, 2)
    assert.equal(rest['Truncated'], false)
    assert.deepEqual(await entries({ KeyId: fresh, GranteePrincipal: iamArn('user/bea') }), [])
    assert.deepEqual(await entries({ KeyId: fresh, GrantId: 'ab'.repeat(32) }), [])
    for (const other of [{ KeyId }, { KeyId: fresh }, { ...own, GrantId: 'ab'.repeat(32) }])
      refused(
        await call('ListGrants', { ...other, Marker: first['NextMarker'] }),
        'InvalidMarkerException',
        'The marker is not valid.',
      )
  })

  it('refuses: what cannot be the id of a grant, and a Limit over AWS’s', async () => {
    refused(
      await call('ListGrants', { KeyId, GrantId: 'x' }),
      'InvalidGrantIdException',
      'Invalid grant id x',
    )
    invalid(
      await call('ListGrants', { KeyId, Limit: 101 }),
      " '101'",
      'limit',
      'have value less than or equal to 100',
    )
  })
})

describe('ListRetirableGrants', () => {
  it('does: lists the grants in the Region that a principal may retire, on any key', async () => {
    const other = await createKey(service)
    const RetiringPrincipal = iamArn('user/bea')
    const made = [
      await create({ ...toAnn, RetiringPrincipal }),
      await create({ ...toAnn, RetiringPrincipal, KeyId: other.KeyId }),
    ]
    const elsewhere = { region: 'us-west-2' }
    const there = await createKey(service, {}, elsewhere)
    succeeded(
      await call('CreateGrant', { ...toAnn, RetiringPrincipal, KeyId: there.KeyId }, elsewhere),
    )
    const found = await entries({ RetiringPrincipal }, 'ListRetirableGrants')
    assert.deepEqual(
      new Set(found.map(({ GrantId }) => GrantId)),
      new Set(made.map(({ GrantId }) => GrantId)),
    )
    assert.deepEqual(new Set(found.map((each) => each['KeyId'])), new Set([Arn, other.Arn]))
    const page = succeeded(await call('ListRetirableGrants', { RetiringPrincipal, Limit: 1 }))
    assert.equal(page['Truncated'], true)
    const Marker = page['NextMarker']
    const last = succeeded(await call('ListRetirableGrants', { RetiringPrincipal, Marker }))
    assert.equal((last['Grants'] as unknown[]).length, 1)
    await revoke(made[0]?.GrantId ?? '')
    assert.equal((await entries({ RetiringPrincipal }, 'ListRetirableGrants')).length, 1)
    await revoke(made[1]?.GrantId ?? '', other.KeyId)
  })

  it('refuses: no principal, one that does not exist, and one of another account', async () => {
    invalid(await call('ListRetirableGrants', {}), ' null', 'retiringPrincipal', 'not be null')
    await newAccount(service)
    for (const RetiringPrincipal of [iamArn('user/nobody'), iamArn('root', otherAccount), 'x'])
      refused(
        await call('ListRetirableGrants', { RetiringPrincipal }),
        'InvalidArnException',
        noPrincipal(RetiringPrincipal),
      )
    refused(
      await ann('ListRetirableGrants', { RetiringPrincipal: iamArn('user/ann') }),
      'AccessDeniedException',
      notAllowed(iamArn('user/ann'), 'kms:ListRetirableGrants', 'resource: *'),
    )
  })
})

describe('RetireGrant', () => {
  const retirable = { ...toAnn, RetiringPrincipal: iamArn('user/bea') }
  const gone = async (GrantId: string) => assert.deepEqual(await entries({ KeyId, GrantId }), [])

  it('decodes: a token, or key and id, and not both or less', async () => {
    const byToken = await create(retirable)
    succeededEmpty(await bea('RetireGrant', { GrantToken: byToken.GrantToken }))
    await gone(byToken.GrantId)
    const byId = await create(retirable)
    succeededEmpty(await bea('RetireGrant', { KeyId: Arn, GrantId: byId.GrantId }))
    await gone(byId.GrantId)
    const { GrantId, GrantToken } = await create(retirable)
    for (const input of [
      {},
      { KeyId },
      { GrantId },
      { GrantToken, KeyId },
      { GrantToken, GrantId },
      { GrantToken, KeyId, GrantId },
    ])
      refused(
        await bea('RetireGrant', input),
        'ValidationException',
        'Either a grant token, or both a key ID and a grant ID, must be specified.',
      )
    await revoke(GrantId)
  })

  it('refuses: a grant that is not there', async () => {
    const { GrantId, GrantToken } = await create(retirable)
    await revoke(GrantId)
    refused(
      await bea('RetireGrant', { GrantToken }),
      'InvalidGrantTokenException',
      'A grant token is not valid.',
    )
    refused(
      await bea('RetireGrant', { KeyId, GrantId }),
      'NotFoundException',
      `Grant ${GrantId} is not found.`,
    )
    refused(
      await bea('RetireGrant', { KeyId, GrantId: 'x' }),
      'InvalidGrantIdException',
      'Invalid grant id x',
    )
  })

  it('does: for the retiring principal, the grantee that may, and the account', async () => {
    const { GrantId } = await create(retirable)
    const byId = { KeyId, GrantId }
    refused(
      await ann('RetireGrant', byId),
      'AccessDeniedException',
      notAllowed(iamArn('user/ann'), 'kms:RetireGrant', `resource: ${Arn}`),
    )
    refused(await role('RetireGrant', byId), 'AccessDeniedException', /kms:RetireGrant/)
    succeededEmpty(await bea('RetireGrant', byId))
    const toRetire = await create({ ...toAnn, Operations: ['Encrypt', 'RetireGrant'] })
    succeededEmpty(await ann('RetireGrant', { GrantToken: toRetire.GrantToken }))
    const byRoot = await create(retirable)
    succeededEmpty(await call('RetireGrant', { KeyId, GrantId: byRoot.GrantId }))
    const delegated = callsAs(
      service,
      await newUser(service, 'retirer', allow('kms:RetireGrant', Arn)),
    )
    const left = await create(retirable)
    succeededEmpty(await delegated('RetireGrant', { KeyId, GrantId: left.GrantId }))
    await gone(left.GrantId)
  })

  it('does: not against a Deny', async () => {
    const barred = callsAs(
      service,
      await newUser(service, 'barred', {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action: 'kms:RetireGrant', Resource: '*' }],
      }),
    )
    const { GrantId } = await create({ ...toAnn, RetiringPrincipal: iamArn('user/barred') })
    refused(
      await barred('RetireGrant', { KeyId, GrantId }),
      'AccessDeniedException',
      /with an explicit deny in an identity-based policy$/,
    )
    await revoke(GrantId)
  })
})

describe('RevokeGrant', () => {
  it('refuses: a grant that is not on the key, and callers without the permission', async () => {
    const { GrantId } = await create({ ...toAnn, RetiringPrincipal: iamArn('user/bea') })
    const other = await createKey(service)
    refused(
      await call('RevokeGrant', { KeyId: other.KeyId, GrantId }),
      'NotFoundException',
      `Grant ${GrantId} is not found.`,
    )
    refused(
      await call('RevokeGrant', { KeyId, GrantId: 'x' }),
      'InvalidGrantIdException',
      'Invalid grant id x',
    )
    for (const by of [ann, bea])
      refused(await by('RevokeGrant', { KeyId, GrantId }), 'AccessDeniedException', /RevokeGrant/)
    succeededEmpty(await call('RevokeGrant', { KeyId: Arn, GrantId }))
    refused(
      await call('RevokeGrant', { KeyId, GrantId }),
      'NotFoundException',
      `Grant ${GrantId} is not found.`,
    )
  })
})

describe('grants', () => {
  it('outlive a restart of the service', async () => {
    await using first = await startTestService()
    const user = await newUser(first, 'ann')
    const key = await createKey(first)
    const input = { ...toAnn, KeyId: key.KeyId }
    const { GrantToken, GrantId } = succeeded(await first.call('CreateGrant', input)) as Made
    await using second = await first.restart()
    const again = callsAs(second, user)
    succeeded(
      await again('Encrypt', { KeyId: key.KeyId, Plaintext: 'AA==', GrantTokens: [GrantToken] }),
    )
    succeededEmpty(await second.call('RevokeGrant', { KeyId: key.KeyId, GrantId }))
    refused(
      await again('Encrypt', { KeyId: key.KeyId, Plaintext: 'AA==' }),
      'AccessDeniedException',
      /ann/,
    )
  })

  it('do not pass to a later user of the same name', async () => {
    const UserName = 'recreated'
    const first = await newUser(service, UserName)
    const GranteePrincipal = iamArn(`user/${UserName}`)
    const { GrantId } = await create({
      ...toAnn,
      GranteePrincipal,
      RetiringPrincipal: GranteePrincipal,
    })
    succeeded(await callsAs(service, first)('Encrypt', plaintext))
    const AccessKeyId = first.accessKeyId
    done(await callIam(service, 'DeleteAccessKey', { UserName, AccessKeyId }))
    done(await callIam(service, 'DeleteUser', { UserName }))
    const second = callsAs(service, await newUser(service, UserName))
    refused(await second('Encrypt', plaintext), 'AccessDeniedException', /recreated/)
    refused(await second('RetireGrant', { KeyId, GrantId }), 'AccessDeniedException', /RetireGrant/)
    const listed = await entries({ RetiringPrincipal: GranteePrincipal }, 'ListRetirableGrants')
    assert.deepEqual(listed, [])
    await revoke(GrantId)
  })

  it('permit the use of a ciphertext as of the key by name', async () => {
    const EncryptionContext = { a: 'b' }
    const CiphertextBlob = await encrypt(service, { KeyId, EncryptionContext })
    const { GrantId } = await create({
      ...toAnn,
      Operations: ['Decrypt'],
      Constraints: { EncryptionContextEquals: EncryptionContext },
    })
    succeeded(await ann('Decrypt', { CiphertextBlob, EncryptionContext }))
    succeeded(await ann('Decrypt', { CiphertextBlob, EncryptionContext, KeyId }))
    refused(
      await ann('Decrypt', { CiphertextBlob }),
      'AccessDeniedException',
      notAllowed(iamArn('user/ann'), 'kms:Decrypt', 'the resource associated with this ciphertext'),
    )
    await revoke(GrantId)
  })
})
