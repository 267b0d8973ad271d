import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { arnOf, createKey, refused, succeeded } from './expect.ts'
import { startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const rsaSigning = [
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
]
const oaep = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']

/** Spec, usage, and the member with its algorithms: the Developer Guide's key spec reference. */
const keys: readonly (readonly [spec: string, usage: string, algorithms: object])[] = [
  ['RSA_2048', 'ENCRYPT_DECRYPT', { EncryptionAlgorithms: oaep }],
  ['RSA_2048', 'SIGN_VERIFY', { SigningAlgorithms: rsaSigning }],
  ['RSA_3072', 'ENCRYPT_DECRYPT', { EncryptionAlgorithms: oaep }],
  ['RSA_4096', 'SIGN_VERIFY', { SigningAlgorithms: rsaSigning }],
  ['ECC_NIST_P256', 'SIGN_VERIFY', { SigningAlgorithms: ['ECDSA_SHA_256'] }],
  ['ECC_NIST_P384', 'SIGN_VERIFY', { SigningAlgorithms: ['ECDSA_SHA_384'] }],
  ['ECC_NIST_P521', 'SIGN_VERIFY', { SigningAlgorithms: ['ECDSA_SHA_512'] }],
  ['ECC_SECG_P256K1', 'SIGN_VERIFY', { SigningAlgorithms: ['ECDSA_SHA_256'] }],
  ['ECC_NIST_P256', 'KEY_AGREEMENT', { KeyAgreementAlgorithms: ['ECDH'] }],
  ['ECC_NIST_P384', 'KEY_AGREEMENT', { KeyAgreementAlgorithms: ['ECDH'] }],
  ['ECC_NIST_P521', 'KEY_AGREEMENT', { KeyAgreementAlgorithms: ['ECDH'] }],
  [
    'ECC_NIST_EDWARDS25519',
    'SIGN_VERIFY',
    { SigningAlgorithms: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] },
  ],
  ['HMAC_224', 'GENERATE_VERIFY_MAC', { MacAlgorithms: ['HMAC_SHA_224'] }],
  ['HMAC_256', 'GENERATE_VERIFY_MAC', { MacAlgorithms: ['HMAC_SHA_256'] }],
  ['HMAC_384', 'GENERATE_VERIFY_MAC', { MacAlgorithms: ['HMAC_SHA_384'] }],
  ['HMAC_512', 'GENERATE_VERIFY_MAC', { MacAlgorithms: ['HMAC_SHA_512'] }],
  ['ML_DSA_44', 'SIGN_VERIFY', { SigningAlgorithms: ['ML_DSA_SHAKE_256'] }],
  ['ML_DSA_65', 'SIGN_VERIFY', { SigningAlgorithms: ['ML_DSA_SHAKE_256'] }],
  ['ML_DSA_87', 'SIGN_VERIFY', { SigningAlgorithms: ['ML_DSA_SHAKE_256'] }],
  ['ML_KEM_512', 'ENCAPSULATE_DECAPSULATE', { EncapsulationAlgorithms: ['ML_KEM'] }],
  ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE', { EncapsulationAlgorithms: ['ML_KEM'] }],
  ['ML_KEM_1024', 'ENCAPSULATE_DECAPSULATE', { EncapsulationAlgorithms: ['ML_KEM'] }],
]

/** AWS froze the deprecated member before these came. */
const hasLegacyName = (spec: string): boolean => !/^ML_|EDWARDS/.test(spec)

describe('CreateKey of every spec', () => {
  for (const [spec, usage, algorithms] of keys)
    it(`does: makes an ${spec} key for ${usage}, and says of it what AWS says`, async () => {
      const { KeyId, ...known } = await createKey(service, { KeySpec: spec, KeyUsage: usage })
      assert.deepEqual(known, {
        AWSAccountId: '111122223333',
        Arn: arnOf(`key/${KeyId}`),
        CreationDate: service.clock.nowMs() / 1000,
        Enabled: true,
        Description: '',
        KeyUsage: usage,
        KeyState: 'Enabled',
        Origin: 'AWS_KMS',
        KeyManager: 'CUSTOMER',
        ...(hasLegacyName(spec) && { CustomerMasterKeySpec: spec }),
        KeySpec: spec,
        ...algorithms,
        MultiRegion: false,
      })
    })

  it('refuses: a usage that keys of the spec do not have', async () => {
    for (const [spec, usage] of [
      ['RSA_2048', 'KEY_AGREEMENT'],
      ['ECC_SECG_P256K1', 'KEY_AGREEMENT'],
      ['ECC_NIST_P256', 'ENCRYPT_DECRYPT'],
      ['HMAC_256', 'SIGN_VERIFY'],
      ['ML_KEM_768', 'ENCRYPT_DECRYPT'],
    ])
      refused(
        await call('CreateKey', { KeySpec: spec, KeyUsage: usage }),
        'ValidationException',
        `KeyUsage ${usage} is not compatible with KeySpec ${spec}`,
      )
  })

  it('refuses: SM2, which AWS has in its China Regions alone', async () => {
    refused(
      await call('CreateKey', { KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }),
      'UnsupportedOperationException',
      'KeySpec SM2 is not supported in this Region',
    )
  })

  it('does: a key whose material is to be imported waits for it', async () => {
    const key = await createKey(service, { Origin: 'EXTERNAL' })
    assert.equal(key['KeyState'], 'PendingImport')
    assert.equal(key['Enabled'], false)
    assert.equal(key['Origin'], 'EXTERNAL')
    for (const absent of ['CurrentKeyMaterialId', 'ExpirationModel', 'ValidTo'])
      assert.equal(absent in key, false, absent)
    refused(
      await call('Encrypt', { KeyId: key.KeyId, Plaintext: 'AA==' }),
      'KMSInvalidStateException',
      `${arnOf(`key/${key.KeyId}`)} is pending import.`,
    )
    succeeded(await call('ScheduleKeyDeletion', { KeyId: key.KeyId }))
  })
})
