import assert from 'node:assert/strict'
import { constants, createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { callsAs, keyPolicy, newAccount, notAllowed, iamArn } from './access/scene.ts'
import {
  createKey,
  invalid,
  type KeyMetadata,
  refused,
  succeeded,
  succeededEmpty,
} from './expect.ts'
import { auditRecords } from './files.ts'
import { startTestService } from './harness.ts'
import { allow, newUser } from './identity/query.ts'
import { muOf } from '../mu.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const KeyUsage = 'SIGN_VERIFY'
const newSigningKey = (KeySpec: string): Promise<KeyMetadata> =>
  createKey(service, { KeySpec, KeyUsage })
const made = new Map<string, Promise<KeyMetadata>>()
/** One key of each spec, for all tests that leave it as it is. */
const keyOf = (spec: string): Promise<KeyMetadata> => {
  const key = made.get(spec) ?? newSigningKey(spec)
  made.set(spec, key)
  return key
}

const bytesOf = (base64: unknown): Buffer => Buffer.from(String(base64), 'base64')
const message = Buffer.from('what is signed')
const digestOf = (hash: string): Buffer => createHash(hash).update(message).digest()

const publicKeyOf = async (KeyId: string): Promise<KeyObject> => {
  const { PublicKey } = succeeded(await call('GetPublicKey', { KeyId }))
  return createPublicKey({ key: bytesOf(PublicKey), format: 'der', type: 'spki' })
}

const pss = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
}

/** Spec, algorithm, and what OpenSSL verifies it with. */
const schemes: readonly (readonly [
  spec: string,
  algorithm: string,
  hash: string,
  options?: object,
])[] = [
  ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', 'sha256'],
  ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_384', 'sha384'],
  ['RSA_3072', 'RSASSA_PKCS1_V1_5_SHA_512', 'sha512'],
  ['RSA_2048', 'RSASSA_PSS_SHA_256', 'sha256', pss],
  ['RSA_3072', 'RSASSA_PSS_SHA_384', 'sha384', pss],
  ['RSA_4096', 'RSASSA_PSS_SHA_512', 'sha512', pss],
  ['ECC_NIST_P256', 'ECDSA_SHA_256', 'sha256'],
  ['ECC_NIST_P384', 'ECDSA_SHA_384', 'sha384'],
  ['ECC_NIST_P521', 'ECDSA_SHA_512', 'sha512'],
  ['ECC_SECG_P256K1', 'ECDSA_SHA_256', 'sha256'],
]

describe('Sign and Verify', () => {
  it('decode: what a request has to have', async () => {
    const { KeyId } = await keyOf('ECC_NIST_P256')
    const all = { KeyId, Message: message, SigningAlgorithm: 'ECDSA_SHA_256' }
    const both = { Sign: all, Verify: { ...all, Signature: 'AA==' } }
    for (const [operation, input] of Object.entries(both)) {
      for (const member of Object.keys(input)) {
        const path = `${member[0]?.toLowerCase()}${member.slice(1)}`
        const reply = await call(operation, { ...input, [member]: undefined })
        invalid(reply, ' null', path, 'not be null')
      }
      const long = await call(operation, { ...input, Message: Buffer.alloc(4097) })
      invalid(long, '', 'message', 'have length less than or equal to 4096')
      const type = await call(operation, { ...input, MessageType: 'HASH' })
      const types = 'satisfy enum value set: [RAW, DIGEST, EXTERNAL_MU]'
      invalid(type, " 'HASH'", 'messageType', types)
    }
  })

  it('refuse: keys of another usage, before their state', async () => {
    const key = await createKey(service)
    succeededEmpty(await call('DisableKey', { KeyId: key.KeyId }))
    const input = { KeyId: key.KeyId, Message: 'AA==', SigningAlgorithm: 'ECDSA_SHA_256' }
    for (const [operation, all] of Object.entries({
      Sign: input,
      Verify: { ...input, Signature: 'AA==' },
    }))
      refused(
        await call(operation, all),
        'InvalidKeyUsageException',
        `${key.Arn} key usage is ENCRYPT_DECRYPT which is not valid for ${operation}.`,
      )
  })

  it('refuse: the state of a key before the algorithm, and the algorithm before the digest', async () => {
    const { KeyId, Arn } = await newSigningKey('ECC_NIST_P256')
    const input = { KeyId, Message: 'AA==', MessageType: 'DIGEST', SigningAlgorithm: 'SM2DSA' }
    const text = 'Algorithm SM2DSA is incompatible with key spec ECC_NIST_P256.'
    refused(await call('Sign', input), 'InvalidKeyUsageException', text)
    succeededEmpty(await call('DisableKey', { KeyId }))
    refused(await call('Sign', input), 'DisabledException', `${Arn} is disabled.`)
  })

  it('refuse: the algorithms of other key specs', async () => {
    for (const [spec, algorithm] of [
      ['RSA_2048', 'ECDSA_SHA_256'],
      ['RSA_2048', 'SYMMETRIC_DEFAULT'],
      ['ECC_NIST_P256', 'ECDSA_SHA_384'],
      ['ECC_NIST_P256', 'RSASSA_PSS_SHA_256'],
      ['ECC_NIST_EDWARDS25519', 'ECDSA_SHA_512'],
      ['ML_DSA_44', 'ED25519_SHA_512'],
    ] as const) {
      const { KeyId } = await keyOf(spec)
      const input = { KeyId, Message: message, SigningAlgorithm: algorithm, Signature: 'AA==' }
      const text = `Algorithm ${algorithm} is incompatible with key spec ${spec}.`
      const { Signature: _none, ...signing } = input
      refused(await call('Sign', signing), 'InvalidKeyUsageException', text)
      refused(await call('Verify', input), 'InvalidKeyUsageException', text)
    }
  })

  it('refuse: a digest of another length, and a type of message that is not for the key', async () => {
    const cases = [
      ['RSA_2048', 'RSASSA_PSS_SHA_256', 'DIGEST', 31, ''],
      ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_512', 'DIGEST', 32, ''],
      ['ECC_NIST_P384', 'ECDSA_SHA_384', 'DIGEST', 32, ''],
      ['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 'DIGEST', 32, ''],
      ['ML_DSA_44', 'ML_DSA_SHAKE_256', 'EXTERNAL_MU', 32, ''],
      ['ML_DSA_44', 'ML_DSA_SHAKE_256', 'DIGEST', 64, 'key spec ML_DSA_44'],
      ['RSA_2048', 'RSASSA_PSS_SHA_256', 'EXTERNAL_MU', 64, 'key spec RSA_2048'],
      ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 'DIGEST', 64, 'algorithm ED25519_SHA_512'],
      ['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 'RAW', 64, 'algorithm ED25519_PH_SHA_512'],
    ] as const
    for (const [spec, SigningAlgorithm, MessageType, bytes, refusedBy] of cases) {
      const { KeyId } = await keyOf(spec)
      const input = { KeyId, SigningAlgorithm, MessageType, Message: Buffer.alloc(bytes, 1) }
      const text =
        refusedBy === ''
          ? `Digest is invalid length for algorithm ${SigningAlgorithm}.`
          : `Message type ${MessageType} is incompatible with ${refusedBy}.`
      refused(await call('Sign', input), 'ValidationException', text)
      refused(await call('Verify', { ...input, Signature: 'AA==' }), 'ValidationException', text)
    }
  })

  for (const [spec, SigningAlgorithm, hash, options] of schemes)
    it(`do: ${SigningAlgorithm} with an ${spec} key, of a message and of its digest`, async () => {
      const { KeyId, Arn } = await keyOf(spec)
      const publicKey = await publicKeyOf(KeyId)
      const whole = { KeyId, SigningAlgorithm, Message: message }
      const digest = { ...whole, MessageType: 'DIGEST', Message: digestOf(hash) }
      for (const input of [whole, { ...whole, MessageType: 'RAW' }, digest]) {
        const { Signature, ...others } = succeeded(await call('Sign', input))
        assert.deepEqual(others, { KeyId: Arn, SigningAlgorithm })
        const key = { key: publicKey, ...options }
        assert.equal(verify(hash, message, key, bytesOf(Signature)), true)
        for (const asked of [whole, digest])
          assert.deepEqual(succeeded(await call('Verify', { ...asked, Signature })), {
            KeyId: Arn,
            SignatureValid: true,
            SigningAlgorithm,
          })
      }
    })

  it('do: Ed25519 of a message, and Ed25519ph of a digest, which is another signature', async () => {
    const { KeyId } = await keyOf('ECC_NIST_EDWARDS25519')
    const plain = { KeyId, SigningAlgorithm: 'ED25519_SHA_512', Message: message }
    const { Signature } = succeeded(await call('Sign', plain))
    assert.equal(verify(null, message, await publicKeyOf(KeyId), bytesOf(Signature)), true)
    succeeded(await call('Verify', { ...plain, Signature }))
    const hashed = {
      KeyId,
      SigningAlgorithm: 'ED25519_PH_SHA_512',
      MessageType: 'DIGEST',
      Message: digestOf('sha512'),
    }
    const prehashed = succeeded(await call('Sign', hashed))['Signature']
    assert.equal(bytesOf(prehashed).length, 64)
    succeeded(await call('Verify', { ...hashed, Signature: prehashed }))
    refused(await call('Verify', { ...hashed, Signature }), 'KMSInvalidSignatureException')
  })

  for (const [spec, bytes] of [
    ['ML_DSA_44', 2420],
    ['ML_DSA_65', 3309],
    ['ML_DSA_87', 4627],
  ] as const)
    it(`do: ML_DSA_SHAKE_256 with an ${spec} key, of a message and of its mu`, async () => {
      const { KeyId } = await keyOf(spec)
      const publicKey = await publicKeyOf(KeyId)
      const whole = { KeyId, SigningAlgorithm: 'ML_DSA_SHAKE_256', Message: message }
      const mu = { ...whole, MessageType: 'EXTERNAL_MU', Message: muOf(publicKey, message) }
      for (const input of [whole, mu]) {
        const Signature = succeeded(await call('Sign', input))['Signature']
        assert.equal(bytesOf(Signature).length, bytes)
        assert.equal(verify(null, message, publicKey, bytesOf(Signature)), true)
        for (const asked of [whole, mu]) succeeded(await call('Verify', { ...asked, Signature }))
      }
    })

  it('refuse: a signature that does not hold, whatever is wrong with it, without a word', async () => {
    for (const [spec, SigningAlgorithm] of [
      ['RSA_2048', 'RSASSA_PSS_SHA_256'],
      ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256'],
      ['ECC_NIST_P256', 'ECDSA_SHA_256'],
      ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
      ['ML_DSA_44', 'ML_DSA_SHAKE_256'],
    ] as const) {
      const { KeyId } = await keyOf(spec)
      const input = { KeyId, SigningAlgorithm, Message: message }
      const good = bytesOf(succeeded(await call('Sign', input))['Signature'])
      const changed = Buffer.from(good)
      changed[20]! ^= 1
      const wrong = [changed, good.subarray(1), Buffer.concat([good, Buffer.alloc(1)])]
      for (const Signature of [...wrong, Buffer.alloc(1), Buffer.alloc(6144, 0x30)]) {
        refused(await call('Verify', { ...input, Signature }), 'KMSInvalidSignatureException')
        const dry = { ...input, Signature, DryRun: true }
        refused(await call('Verify', dry), 'KMSInvalidSignatureException')
      }
      const other = { ...input, Message: Buffer.from('what is not'), Signature: good }
      refused(await call('Verify', other), 'KMSInvalidSignatureException')
      const { KeyId: another } = await newSigningKey(spec)
      const elsewhere = { ...input, KeyId: another, Signature: good }
      refused(await call('Verify', elsewhere), 'KMSInvalidSignatureException')
    }
  })

  it('do: record the algorithm and the type of the message, and neither it nor the signature', async () => {
    const { KeyId } = await keyOf('ECC_NIST_P256')
    const input = { KeyId, SigningAlgorithm: 'ECDSA_SHA_256', MessageType: 'RAW' }
    const { Signature } = succeeded(await call('Sign', { ...input, Message: message }))
    succeeded(await call('Verify', { ...input, Message: message, Signature }))
    const records = auditRecords(service.directory).slice(-2)
    for (const [at, eventName] of (['Sign', 'Verify'] as const).entries()) {
      const { requestParameters, ...record } = records[at] ?? {}
      assert.equal(record.eventName, eventName)
      assert.deepEqual(requestParameters, {
        keyId: KeyId,
        messageType: 'RAW',
        signingAlgorithm: 'ECDSA_SHA_256',
      })
    }
  })

  it('do: what conditions on the algorithm and the type of the message allow', async () => {
    const { KeyId, Arn } = await keyOf('RSA_2048')
    const Condition = {
      StringEquals: { 'kms:SigningAlgorithm': 'RSASSA_PSS_SHA_256', 'kms:MessageType': 'RAW' },
    }
    const policy = allow(['kms:Sign', 'kms:Verify'], '*', { Condition })
    const signer = callsAs(service, await newUser(service, 'signer', policy))
    const input = { KeyId, Message: message, SigningAlgorithm: 'RSASSA_PSS_SHA_256' }
    const { Signature } = succeeded(await signer('Sign', input))
    succeeded(await signer('Verify', { ...input, MessageType: 'RAW', Signature }))
    const text = notAllowed(iamArn('user/signer'), 'kms:Sign', `resource: ${Arn}`)
    for (const other of [
      { ...input, SigningAlgorithm: 'RSASSA_PSS_SHA_384' },
      { ...input, MessageType: 'DIGEST', Message: digestOf('sha256') },
    ])
      refused(await signer('Sign', other), 'AccessDeniedException', text)
  })

  it('do: what a grant allows, and no more', async () => {
    const { KeyId, Arn } = await keyOf('ECC_NIST_P256')
    const verifier = callsAs(service, await newUser(service, 'verifier'))
    const grant = { KeyId, GranteePrincipal: iamArn('user/verifier'), Operations: ['Verify'] }
    succeeded(await call('CreateGrant', grant))
    const input = { KeyId, Message: message, SigningAlgorithm: 'ECDSA_SHA_256' }
    const { Signature } = succeeded(await call('Sign', input))
    succeeded(await verifier('Verify', { ...input, Signature }))
    const text = notAllowed(iamArn('user/verifier'), 'kms:Sign', `resource: ${Arn}`)
    refused(await verifier('Sign', input), 'AccessDeniedException', text)
  })

  it('do: for another account that the key policy lets in', async () => {
    const owner = '777788889999'
    const root = await newAccount(service, owner)
    const Policy = keyPolicy({ Principal: { AWS: owner } })
    const { Arn } = await createKey(service, { KeySpec: 'ECC_NIST_P256', KeyUsage, Policy })
    const input = { KeyId: Arn, Message: message, SigningAlgorithm: 'ECDSA_SHA_256' }
    succeeded(await callsAs(service, root)('Sign', input))
  })
})
