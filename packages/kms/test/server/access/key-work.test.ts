import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createKey, encrypt, refused, succeeded } from '../expect.ts'
import { startTestService } from '../harness.ts'
import { callIam, done, newUser } from '../identity/query.ts'
import { createKeyFor, validInput } from '../inputs.ts'
import { callsAs, iamArn, notAllowed } from './scene.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service
const ann = callsAs(service, await newUser(service, 'ann'))

const setPolicy = async (Condition: object): Promise<void> => {
  const Statement = [{ Effect: 'Allow', Action: 'kms:*', Resource: '*', Condition }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  const input = { UserName: 'ann', PolicyName: 'own', PolicyDocument }
  done(await callIam(service, 'PutUserPolicy', input))
}

/** For each condition key: the operations that have a value for it, one that fits and one that does not. */
const conditions = [
  ['kms:MacAlgorithm', ['GenerateMac', 'VerifyMac'], 'HMAC_SHA_256', 'HMAC_SHA_512'],
  ['kms:KeyAgreementAlgorithm', ['DeriveSharedSecret'], 'ECDH', 'OTHER'],
  [
    'kms:DataKeyPairSpec',
    ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'],
    'ECC_NIST_P256',
    'RSA_2048',
  ],
  [
    'kms:EncryptionAlgorithm',
    ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'],
    'SYMMETRIC_DEFAULT',
    'RSAES_OAEP_SHA_1',
  ],
  ['kms:KeyUsage', ['Encapsulate', 'Decapsulate'], 'ENCAPSULATE_DECAPSULATE', 'SIGN_VERIFY'],
] as const

describe('a condition on', () => {
  for (const [conditionKey, operations, fits, not] of conditions)
    for (const operation of operations)
      it(`${conditionKey} lets ${operation} through where it fits, and not otherwise`, async () => {
        const key = await createKeyFor(service, operation)
        const input = await validInput(service, operation, key)
        await setPolicy({ StringEquals: { [conditionKey]: fits } })
        succeeded(await ann(operation, input))
        await setPolicy({ StringEquals: { [conditionKey]: not } })
        const text = notAllowed(iamArn('user/ann'), `kms:${operation}`, `resource: ${key.Arn}`)
        refused(await ann(operation, input), 'AccessDeniedException', text)
      })
})

describe('a grant', () => {
  const operations = [
    'GenerateMac',
    'VerifyMac',
    'DeriveSharedSecret',
    'Encapsulate',
    'Decapsulate',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
  ] as const
  for (const operation of operations)
    it(`lets its grantee call ${operation}, and no other operation`, async () => {
      const bea = callsAs(service, await newUser(service, `bea-${operation}`))
      const key = await createKeyFor(service, operation)
      const input = await validInput(service, operation, key)
      const arn = iamArn(`user/bea-${operation}`)
      const text = notAllowed(arn, `kms:${operation}`, `resource: ${key.Arn}`)
      refused(await bea(operation, input), 'AccessDeniedException', text)
      const grant = { KeyId: key.KeyId, GranteePrincipal: arn, Operations: [operation] }
      succeeded(await call('CreateGrant', grant))
      succeeded(await bea(operation, input))
      refused(
        await bea('DescribeKey', { KeyId: key.KeyId }),
        'AccessDeniedException',
        notAllowed(arn, 'kms:DescribeKey', `resource: ${key.Arn}`),
      )
    })

  it('of data key pairs is bound to an encryption context', async () => {
    const cat = callsAs(service, await newUser(service, 'cat'))
    const { KeyId } = await createKey(service)
    const grant = {
      KeyId,
      GranteePrincipal: iamArn('user/cat'),
      Operations: ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'],
      Constraints: { EncryptionContextSubset: { tenant: 'one' } },
    }
    succeeded(await call('CreateGrant', grant))
    for (const operation of grant.Operations) {
      const input = { KeyId, KeyPairSpec: 'ECC_NIST_P256' }
      const fitting = { ...input, EncryptionContext: { tenant: 'one', more: 'x' } }
      succeeded(await cat(operation, fitting))
      const denied = /is not authorized to perform/
      refused(await cat(operation, input), 'AccessDeniedException', denied)
      const wrong = { ...input, EncryptionContext: { tenant: 'two' } }
      refused(await cat(operation, wrong), 'AccessDeniedException', denied)
    }
  })

  it('permits no operation that keys of its usage do not have', async () => {
    const GranteePrincipal = iamArn('root')
    for (const [operation, other] of [
      ['GenerateMac', 'Encapsulate'],
      ['DeriveSharedSecret', 'GenerateDataKeyPair'],
      ['Encapsulate', 'DeriveSharedSecret'],
      ['GenerateDataKeyPair', 'GenerateMac'],
    ] as const) {
      const { KeyId } = await createKeyFor(service, operation)
      const reply = await call('CreateGrant', { KeyId, GranteePrincipal, Operations: [other] })
      refused(reply, 'ValidationException', /./)
    }
  })
})

describe('an operation that works with a key', () => {
  it('is refused to who may encrypt under it alone', async () => {
    const { KeyId } = await createKey(service)
    const dan = callsAs(service, await newUser(service, 'dan'))
    const Operations = ['Encrypt']
    succeeded(
      await call('CreateGrant', { KeyId, GranteePrincipal: iamArn('user/dan'), Operations }),
    )
    assert.ok(await encrypt(service, { KeyId }))
    const input = { KeyId, KeyPairSpec: 'RSA_4096' }
    refused(await dan('GenerateDataKeyPair', input), 'AccessDeniedException', /not authorized/)
  })
})
