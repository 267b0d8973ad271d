import assert from 'node:assert/strict'
import { diffieHellman, encapsulate, generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { bytes, call, newKey, noMessage, publicKeyOf, refuses } from './client.mjs'

const hex = (value) => Buffer.from(value).toString('hex')

/** What OpenSSL calls the curve of a key spec. */
const curves = {
  ECC_NIST_P256: 'P-256',
  ECC_NIST_P384: 'P-384',
  ECC_NIST_P521: 'P-521',
}
const ciphertextBytes = { ML_KEM_512: 768, ML_KEM_768: 1088, ML_KEM_1024: 1568 }

describe('AWS SDK for JavaScript v3: shared secrets', () => {
  for (const [KeySpec, namedCurve] of Object.entries(curves))
    test(`DeriveSharedSecret agrees with OpenSSL, with an ${KeySpec} key`, async () => {
      const { KeyId, Arn } = await newKey({ KeySpec, KeyUsage: 'KEY_AGREEMENT' })
      const told = await call('GetPublicKey', { KeyId })
      assert.deepEqual(told.KeyAgreementAlgorithms, ['ECDH'])
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
      const PublicKey = publicKey.export({ format: 'der', type: 'spki' })
      const input = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey }
      const { SharedSecret, ...others } = await call('DeriveSharedSecret', input)
      assert.deepEqual(others, { KeyId: Arn, KeyAgreementAlgorithm: 'ECDH', KeyOrigin: 'AWS_KMS' })
      const own = diffieHellman({ privateKey, publicKey: publicKeyOf(told.PublicKey) })
      assert.equal(hex(SharedSecret), hex(own))
      const wrong = { ...input, PublicKey: bytes('none') }
      await refuses('DeriveSharedSecret', wrong, 'ValidationException', noMessage)
    })

  for (const [KeySpec, length] of Object.entries(ciphertextBytes))
    test(`Encapsulate and Decapsulate agree with OpenSSL, with an ${KeySpec} key`, async () => {
      const { KeyId, Arn } = await newKey({ KeySpec, KeyUsage: 'ENCAPSULATE_DECAPSULATE' })
      const algorithm = { EncapsulationAlgorithm: 'ML_KEM' }
      const told = await call('GetPublicKey', { KeyId })
      assert.deepEqual(told.EncapsulationAlgorithms, ['ML_KEM'])
      const made = await call('Encapsulate', { KeyId, ...algorithm })
      const { SharedSecret, SharedSecretCiphertextBlob } = made
      assert.equal(SharedSecretCiphertextBlob.length, length)
      const input = { KeyId, ...algorithm, SharedSecretCiphertextBlob }
      const recovered = await call('Decapsulate', input)
      assert.deepEqual(recovered, { KeyId: Arn, ...algorithm, SharedSecret })
      const own = encapsulate(publicKeyOf(told.PublicKey))
      const sent = { ...input, SharedSecretCiphertextBlob: own.ciphertext }
      assert.equal(hex((await call('Decapsulate', sent)).SharedSecret), hex(own.sharedKey))
      const short = { ...input, SharedSecretCiphertextBlob: own.ciphertext.subarray(1) }
      await refuses('Decapsulate', short, 'InvalidCiphertextException', noMessage)
    })

  test('Encapsulate refuses a key of another usage', async () => {
    const { KeyId, Arn } = await newKey()
    const text = `${Arn} key usage is ENCRYPT_DECRYPT which is not valid for Encapsulate.`
    const input = { KeyId, EncapsulationAlgorithm: 'ML_KEM' }
    await refuses('Encapsulate', input, 'InvalidKeyUsageException', text)
  })
})
