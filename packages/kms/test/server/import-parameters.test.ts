import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { arnOf, createKey, refused, succeeded, unknownKeyId } from './expect.ts'
import { dayMs, startTestService } from './harness.ts'
import { externalKey } from './importing.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service
const key = await externalKey(service)
const ask = (
  { KeyId }: { readonly KeyId: string },
  WrappingAlgorithm = 'RSAES_OAEP_SHA_256',
  WrappingKeySpec = 'RSA_2048',
) => call('GetParametersForImport', { KeyId, WrappingAlgorithm, WrappingKeySpec })

describe('GetParametersForImport', () => {
  it('does: makes another public key and token each time, good for 24 hours', async () => {
    const made = new Set<unknown>()
    for (const [spec, bits] of [
      ['RSA_2048', 2048],
      ['RSA_3072', 3072],
      ['RSA_4096', 4096],
      ['RSA_2048', 2048],
    ] as const) {
      const answer = succeeded(await ask(key, 'RSAES_OAEP_SHA_256', spec))
      const { PublicKey, ImportToken, ...others } = answer
      const ParametersValidTo = (service.clock.nowMs() + dayMs) / 1000
      assert.deepEqual(others, { KeyId: key.Arn, ParametersValidTo })
      const der = Buffer.from(String(PublicKey), 'base64')
      const { asymmetricKeyDetails } = createPublicKey({ key: der, format: 'der', type: 'spki' })
      assert.equal(asymmetricKeyDetails?.modulusLength, bits)
      assert(Buffer.from(String(ImportToken), 'base64').length <= 6144)
      made.add(PublicKey).add(ImportToken)
    }
    assert.equal(made.size, 8)
  })

  it('does: takes each wrapping algorithm for what AWS has it for', async () => {
    const specs = { HMAC_256: 'GENERATE_VERIFY_MAC', RSA_2048: 'SIGN_VERIFY' }
    const hmac = await externalKey(service, { KeySpec: 'HMAC_256', KeyUsage: specs.HMAC_256 })
    const rsa = await externalKey(service, { KeySpec: 'RSA_2048', KeyUsage: specs.RSA_2048 })
    for (const hash of ['SHA_1', 'SHA_256']) {
      succeeded(await ask(hmac, `RSAES_OAEP_${hash}`))
      succeeded(await ask(rsa, `RSA_AES_KEY_WRAP_${hash}`))
      const text = (algorithm: string, spec: string) =>
        `WrappingAlgorithm ${algorithm} is not supported for KeySpec ${spec}.`
      const [oaep, wrap] = [`RSAES_OAEP_${hash}`, `RSA_AES_KEY_WRAP_${hash}`]
      const unsupported = 'UnsupportedOperationException'
      refused(await ask(rsa, oaep), unsupported, text(oaep, 'RSA_2048'))
      refused(await ask(hmac, wrap), unsupported, text(wrap, 'HMAC_256'))
      refused(await ask(key, wrap), unsupported, text(wrap, 'SYMMETRIC_DEFAULT'))
    }
  })

  it('refuses: what AWS has ended, and what it has in China alone', async () => {
    const unsupported = 'UnsupportedOperationException'
    for (const algorithm of ['RSAES_PKCS1_V1_5', 'SM2PKE'])
      refused(
        await ask(key, algorithm),
        unsupported,
        `WrappingAlgorithm ${algorithm} is not supported.`,
      )
    const text = 'WrappingKeySpec SM2 is not supported in this Region.'
    refused(await ask(key, 'RSAES_OAEP_SHA_256', 'SM2'), unsupported, text)
  })

  it('refuses: a key whose material is made here, whatever its state', async () => {
    const own = await createKey(service)
    const text = `${own.Arn} origin is AWS_KMS which is not valid for this operation.`
    refused(await ask(own), 'UnsupportedOperationException', text)
    succeeded(await call('ScheduleKeyDeletion', { KeyId: own.KeyId }))
    refused(await ask(own), 'UnsupportedOperationException', text)
  })

  it('refuses: a key that awaits its deletion, and one that is not there', async () => {
    const doomed = await externalKey(service)
    succeeded(await call('ScheduleKeyDeletion', { KeyId: doomed.KeyId }))
    const text = `${doomed.Arn} is pending deletion.`
    refused(await ask(doomed), 'KMSInvalidStateException', text)
    const missing = `Key '${arnOf(`key/${unknownKeyId}`)}' does not exist`
    refused(await ask({ KeyId: unknownKeyId }), 'NotFoundException', missing)
  })
})

describe('CreateKey', () => {
  it('does: makes a key that waits for its material', async () => {
    const { KeyState, Enabled, Origin } = key as Record<string, unknown>
    assert.deepEqual([KeyState, Enabled, Origin], ['PendingImport', false, 'EXTERNAL'])
    for (const absent of ['CurrentKeyMaterialId', 'ExpirationModel', 'ValidTo'])
      assert.equal(Object.hasOwn(key, absent), false, absent)
    refused(
      await call('Encrypt', { KeyId: key.KeyId, Plaintext: 'AA==' }),
      'KMSInvalidStateException',
      `${key.Arn} is pending import.`,
    )
  })

  it('refuses: specs that nothing can be imported for', async () => {
    for (const [KeySpec, KeyUsage] of [
      ['ML_DSA_44', 'SIGN_VERIFY'],
      ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE'],
    ])
      refused(
        await call('CreateKey', { KeySpec, KeyUsage, Origin: 'EXTERNAL' }),
        'UnsupportedOperationException',
        `Importing key material is not supported for KeySpec ${KeySpec}.`,
      )
  })
})
