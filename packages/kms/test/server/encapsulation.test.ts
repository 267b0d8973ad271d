import assert from 'node:assert/strict'
import { encapsulate } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { base64, createKey, invalid, publicKeyOf, refused, succeeded } from './expect.ts'
import { startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const KeyUsage = 'ENCAPSULATE_DECAPSULATE'
const EncapsulationAlgorithm = 'ML_KEM'
const key = await createKey(service, { KeySpec: 'ML_KEM_768', KeyUsage })
const { KeyId, Arn } = key
/** By key spec: the length of the ciphertext (FIPS 203, table 3). */
const ciphertextBytes = { ML_KEM_512: 768, ML_KEM_768: 1088, ML_KEM_1024: 1568 }

/** An input of each operation, complete. */
const both = {
  Encapsulate: { KeyId, EncapsulationAlgorithm },
  Decapsulate: { KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob: 'AA==' },
}
const decapsulate = (SharedSecretCiphertextBlob: unknown, input: object = {}) =>
  call('Decapsulate', { KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob, ...input })

describe('Encapsulate and Decapsulate', () => {
  it('decode: what a request has to have', async () => {
    const values = 'satisfy enum value set: [ML_KEM]'
    for (const [operation, all] of Object.entries(both)) {
      for (const member of Object.keys(all)) {
        const path = `${member[0]?.toLowerCase()}${member.slice(1)}`
        invalid(
          await call(operation, { ...all, [member]: undefined }),
          ' null',
          path,
          'not be null',
        )
      }
      const wrong = await call(operation, { ...all, EncapsulationAlgorithm: 'ECDH' })
      invalid(wrong, " 'ECDH'", 'encapsulationAlgorithm', values)
    }
  })

  it('refuse: keys of another usage', async () => {
    const other = await createKey(service)
    for (const [operation, input] of Object.entries(both)) {
      const text = `${other.Arn} key usage is ENCRYPT_DECRYPT which is not valid for ${operation}.`
      const reply = await call(operation, { ...input, KeyId: other.KeyId })
      refused(reply, 'InvalidKeyUsageException', text)
    }
  })

  it('refuse: a ciphertext of a length that those of the key do not have', async () => {
    for (const length of [1, 768, 1087, 1089, 1568, 6144]) {
      const blob = base64(Buffer.alloc(length))
      refused(await decapsulate(blob), 'InvalidCiphertextException')
      refused(await decapsulate(blob, { DryRun: true }), 'InvalidCiphertextException')
    }
  })

  for (const [spec, bytes] of Object.entries(ciphertextBytes))
    it(`do: make a secret with the public half of an ${spec} key, and recover it`, async () => {
      const own = await createKey(service, { KeySpec: spec, KeyUsage })
      const input = { KeyId: own.KeyId, EncapsulationAlgorithm }
      const made = succeeded(await call('Encapsulate', input))
      const { SharedSecret, SharedSecretCiphertextBlob, ...others } = made
      assert.deepEqual(others, { KeyId: own.Arn, EncapsulationAlgorithm })
      assert.equal(Buffer.from(String(SharedSecret), 'base64').length, 32)
      assert.equal(Buffer.from(String(SharedSecretCiphertextBlob), 'base64').length, bytes)
      assert.deepEqual(succeeded(await decapsulate(SharedSecretCiphertextBlob, input)), {
        KeyId: own.Arn,
        SharedSecret,
        EncapsulationAlgorithm,
      })
      const another = succeeded(await call('Encapsulate', input))
      assert.notEqual(another['SharedSecret'], SharedSecret)
    })

  it('do: recover a secret that was made elsewhere for the public key', async () => {
    const { sharedKey, ciphertext } = encapsulate(await publicKeyOf(service, KeyId))
    assert.equal(
      succeeded(await decapsulate(base64(ciphertext)))['SharedSecret'],
      base64(sharedKey),
    )
  })

  it('do: give for a ciphertext that was tampered with another secret, and no error', async () => {
    const input = { KeyId, EncapsulationAlgorithm }
    const { SharedSecret, SharedSecretCiphertextBlob } = succeeded(await call('Encapsulate', input))
    const changed = Buffer.from(String(SharedSecretCiphertextBlob), 'base64')
    changed[500]! ^= 1
    const recovered = succeeded(await decapsulate(base64(changed)))
    assert.equal(recovered['KeyId'], Arn)
    assert.equal(Buffer.from(String(recovered['SharedSecret']), 'base64').length, 32)
    assert.notEqual(recovered['SharedSecret'], SharedSecret)
  })

  it('do: take an alias', async () => {
    await call('CreateAlias', { AliasName: 'alias/kem', TargetKeyId: KeyId })
    const input = { KeyId: 'alias/kem', EncapsulationAlgorithm }
    assert.equal(succeeded(await call('Encapsulate', input))['KeyId'], Arn)
  })
})
