import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createKey, refused, succeeded } from './expect.ts'
import { startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service
const key = await createKey(service)
const { KeyId, Arn } = key

for (const operation of ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'] as const)
  describe(operation, () => {
    const withPlaintext = operation === 'GenerateDataKey'

    it('does: makes data keys of the size asked for, which Decrypt opens', async () => {
      for (const [size, bytes] of [
        [{ KeySpec: 'AES_128' }, 16],
        [{ KeySpec: 'AES_256' }, 32],
        [{ NumberOfBytes: 1 }, 1],
        [{ NumberOfBytes: 1024 }, 1024],
      ] as const) {
        const EncryptionContext = { purpose: 'test' }
        const made = succeeded(await call(operation, { KeyId, EncryptionContext, ...size }))
        const { CiphertextBlob, Plaintext, ...others } = made
        assert.deepEqual(others, { KeyId: Arn, KeyMaterialId: key['CurrentKeyMaterialId'] })
        assert.equal(Plaintext !== undefined, withPlaintext)
        const opened = succeeded(await call('Decrypt', { CiphertextBlob, EncryptionContext }))
        assert.equal(Buffer.from(String(opened['Plaintext']), 'base64').length, bytes)
        if (withPlaintext) assert.equal(opened['Plaintext'], Plaintext)
        refused(await call('Decrypt', { CiphertextBlob }), 'InvalidCiphertextException')
      }
    })

    it('refuses: a key that is not symmetric', async () => {
      const rsa = await createKey(service, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
      refused(
        await call(operation, { KeyId: rsa.KeyId, KeySpec: 'AES_256' }),
        'InvalidKeyUsageException',
        'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
      )
    })

    it('refuses: no size, and two of them', async () => {
      refused(
        await call(operation, { KeyId }),
        'ValidationException',
        'Please specify either number of bytes or key spec.',
      )
      refused(
        await call(operation, { KeyId, KeySpec: 'AES_256', NumberOfBytes: 32 }),
        'ValidationException',
        'Please specify either number of bytes or key spec.',
      )
    })
  })

describe('data keys', () => {
  it('are never the same twice', async () => {
    const seen = new Set<unknown>()
    for (let n = 0; n < 20; n += 1)
      seen.add(succeeded(await call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }))['Plaintext'])
    assert.equal(seen.size, 20)
  })
})
