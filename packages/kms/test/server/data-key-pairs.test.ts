import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { dataKeyPairSpecShape } from '../../src/api/members.ts'
import { createKey, invalid, refused, succeeded } from './expect.ts'
import { startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service
const key = await createKey(service)
const { KeyId, Arn } = key
const EncryptionContext = { purpose: 'test' }
const specs = dataKeyPairSpecShape.values.filter((spec) => spec !== 'SM2')

for (const operation of ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'] as const)
  describe(operation, () => {
    const withPlaintext = operation === 'GenerateDataKeyPair'

    it('decodes: what a request has to have', async () => {
      invalid(await call(operation, { KeyId }), ' null', 'keyPairSpec', 'not be null')
      invalid(await call(operation, { KeyPairSpec: 'RSA_2048' }), ' null', 'keyId', 'not be null')
      // AWS makes no data key pairs of ML-DSA.
      const values = dataKeyPairSpecShape.values.join(', ')
      invalid(
        await call(operation, { KeyId, KeyPairSpec: 'ML_DSA_44' }),
        " 'ML_DSA_44'",
        'keyPairSpec',
        `satisfy enum value set: [${values}]`,
      )
    })

    it('refuses: SM2, which AWS has in its China Regions alone', async () => {
      refused(
        await call(operation, { KeyId, KeyPairSpec: 'SM2' }),
        'UnsupportedOperationException',
        'KeyPairSpec SM2 is not supported in this Region',
      )
    })

    it('refuses: keys that are not symmetric', async () => {
      const pair = await createKey(service, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
      const input = { KeyId: pair.KeyId, KeyPairSpec: 'ECC_NIST_P256' }
      const text = `${pair.Arn} key usage is SIGN_VERIFY which is not valid for ${operation}.`
      refused(await call(operation, input), 'InvalidKeyUsageException', text)
      const rsa = await createKey(service, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
      refused(
        await call(operation, { ...input, KeyId: rsa.KeyId }),
        'InvalidKeyUsageException',
        'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
      )
    })

    for (const spec of specs)
      it(`does: makes a pair of ${spec}, whose private key Decrypt opens`, async () => {
        const input = { KeyId, EncryptionContext, KeyPairSpec: spec }
        const made = succeeded(await call(operation, input))
        const { PrivateKeyCiphertextBlob: CiphertextBlob, PrivateKeyPlaintext, PublicKey } = made
        const expected = {
          KeyId: Arn,
          KeyPairSpec: spec,
          KeyMaterialId: key['CurrentKeyMaterialId'],
        }
        assert.deepEqual(made, {
          ...expected,
          PrivateKeyCiphertextBlob: CiphertextBlob,
          PublicKey,
          ...(withPlaintext && { PrivateKeyPlaintext }),
        })
        refused(await call('Decrypt', { CiphertextBlob }), 'InvalidCiphertextException')
        const opened = succeeded(await call('Decrypt', { CiphertextBlob, EncryptionContext }))
        if (withPlaintext) assert.equal(opened['Plaintext'], PrivateKeyPlaintext)
        const der = Buffer.from(String(opened['Plaintext']), 'base64')
        const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
        const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
        assert.equal(spki.toString('base64'), PublicKey)
      })

    it('does: never makes the same pair twice', async () => {
      const seen = new Set<unknown>()
      const input = { KeyId, KeyPairSpec: 'ECC_NIST_P256' }
      for (let n = 0; n < 10; n += 1) seen.add(succeeded(await call(operation, input))['PublicKey'])
      assert.equal(seen.size, 10)
    })

    it('does: a dry run makes no pair, and answers at once', async () => {
      const input = { KeyId, KeyPairSpec: 'RSA_4096', DryRun: true }
      const replies = await Promise.all(Array.from({ length: 50 }, () => call(operation, input)))
      // More than may wait to be generated, and none of them is throttled.
      for (const reply of replies)
        refused(
          reply,
          'DryRunOperationException',
          'The request would have succeeded, but the DryRun option is set.',
        )
    })
  })

describe('GenerateDataKeyPair', () => {
  it('refuses: more pairs that take long than may wait to be made', async () => {
    const input = { KeyId, KeyPairSpec: 'RSA_2048' }
    const replies = await Promise.all(
      Array.from({ length: 60 }, () => call('GenerateDataKeyPairWithoutPlaintext', input)),
    )
    const throttled = replies.filter(({ status }) => status !== 200)
    assert(throttled.length > 0 && throttled.length < 30, String(throttled.length))
    for (const reply of throttled) refused(reply, 'ThrottlingException', /Reduce the frequency/)
    succeeded(await call('GenerateDataKeyPairWithoutPlaintext', input))
  })
})
