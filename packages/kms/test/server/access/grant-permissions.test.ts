import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKey, encrypt, refused, succeeded } from '../expect.ts'
import { account } from '../harness.ts'
import { type Made, openGrantScene } from './grant-scene.ts'
import { iamArn, notAllowed, sessionArn } from './scene.ts'

const { service, ann, bea, role, KeyId, Arn, toAnn, plaintext, create, entries, revoke, denied } =
  await openGrantScene()

describe('CreateGrant', () => {
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

describe('grants', () => {
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
