import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { callsAs } from './access/scene.ts'
import { createKey, refused, succeeded, succeededEmpty } from './expect.ts'
import { startTestService } from './harness.ts'
import { allow, newUser } from './identity/query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

describe('GetPublicKey', () => {
  it('refuses: keys without a public half, without a word, and after their state', async () => {
    for (const input of [{}, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }]) {
      const { KeyId, Arn } = await createKey(service, input)
      refused(await call('GetPublicKey', { KeyId }), 'UnsupportedOperationException')
      succeeded(await call('ScheduleKeyDeletion', { KeyId }))
      const text = `${Arn} is pending deletion.`
      refused(await call('GetPublicKey', { KeyId }), 'KMSInvalidStateException', text)
    }
  })

  for (const [spec, usage, bytes, algorithms] of [
    ['RSA_2048', 'ENCRYPT_DECRYPT', 294, ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']],
    ['ECC_NIST_P256', 'SIGN_VERIFY', 91, ['ECDSA_SHA_256']],
    ['ECC_NIST_P384', 'KEY_AGREEMENT', 120, ['ECDH']],
    ['ECC_SECG_P256K1', 'SIGN_VERIFY', 88, ['ECDSA_SHA_256']],
    ['ECC_NIST_EDWARDS25519', 'SIGN_VERIFY', 44, ['ED25519_SHA_512', 'ED25519_PH_SHA_512']],
    ['ML_DSA_44', 'SIGN_VERIFY', 1334, ['ML_DSA_SHAKE_256']],
    ['ML_DSA_65', 'SIGN_VERIFY', 1974, ['ML_DSA_SHAKE_256']],
    ['ML_DSA_87', 'SIGN_VERIFY', 2614, ['ML_DSA_SHAKE_256']],
    ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE', 1206, ['ML_KEM']],
  ] as const)
    it(`does: returns the public key of an ${spec} key for ${usage}, disabled or not`, async () => {
      const { KeyId, Arn } = await createKey(service, { KeySpec: spec, KeyUsage: usage })
      const { PublicKey, ...others } = succeeded(await call('GetPublicKey', { KeyId }))
      assert.equal(Buffer.from(String(PublicKey), 'base64').length, bytes)
      const member = {
        ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
        SIGN_VERIFY: 'SigningAlgorithms',
        KEY_AGREEMENT: 'KeyAgreementAlgorithms',
        ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
      }[usage]
      // AWS froze the deprecated member before these came.
      const hasLegacyName = !/^ML_|EDWARDS/.test(spec)
      assert.deepEqual(others, {
        KeyId: Arn,
        ...(hasLegacyName && { CustomerMasterKeySpec: spec }),
        KeySpec: spec,
        KeyUsage: usage,
        [member]: algorithms,
      })
      succeededEmpty(await call('DisableKey', { KeyId }))
      const again = succeeded(await call('GetPublicKey', { KeyId }))
      assert.equal(again['PublicKey'], PublicKey)
    })

  it('does: for whom a policy allows that and nothing else', async () => {
    const { KeyId } = await createKey(service, {
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
    })
    const reader = callsAs(service, await newUser(service, 'reader', allow('kms:GetPublicKey')))
    succeeded(await reader('GetPublicKey', { KeyId }))
    const input = { KeyId, Message: 'AA==', SigningAlgorithm: 'ECDSA_SHA_256' }
    refused(await reader('Sign', input), 'AccessDeniedException', /kms:Sign/)
  })
})
