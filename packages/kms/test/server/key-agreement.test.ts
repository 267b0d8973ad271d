import assert from 'node:assert/strict'
import { diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { createKey, invalid, publicKeyOf, refused, succeeded } from './expect.ts'
import { startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const KeyUsage = 'KEY_AGREEMENT'
const KeyAgreementAlgorithm = 'ECDH'
const key = await createKey(service, { KeySpec: 'ECC_NIST_P256', KeyUsage })
const { KeyId, Arn } = key
const spkiOf = (publicKey: KeyObject): Buffer => publicKey.export({ format: 'der', type: 'spki' })
const pairOn = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const derive = (PublicKey: Uint8Array, input: object = {}) =>
  call('DeriveSharedSecret', { KeyId, KeyAgreementAlgorithm, PublicKey, ...input })

describe('DeriveSharedSecret', () => {
  it('decodes: what a request has to have', async () => {
    const PublicKey = spkiOf(pairOn('P-256').publicKey)
    const missing = { KeyId: undefined }
    invalid(await derive(PublicKey, missing), ' null', 'keyId', 'not be null')
    invalid(
      await derive(PublicKey, { KeyAgreementAlgorithm: 'INVALID' }),
      " 'INVALID'",
      'keyAgreementAlgorithm',
      'satisfy enum value set: [ECDH]',
    )
    const longest = 'have length less than or equal to 8192'
    invalid(await derive(Buffer.alloc(8193)), '', 'publicKey', longest)
  })

  it('refuses: a key of another usage', async () => {
    const PublicKey = spkiOf(pairOn('P-256').publicKey)
    for (const other of [
      await createKey(service),
      await createKey(service, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    ])
      refused(
        await derive(PublicKey, { KeyId: other.KeyId }),
        'InvalidKeyUsageException',
        `${other.Arn} key usage is ${String(other['KeyUsage'])} which is not valid for DeriveSharedSecret.`,
      )
  })

  it('refuses: whatever is no public key on the curve of the key, without a word', async () => {
    const explicit = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' })
    const good = spkiOf(pairOn('P-256').publicKey)
    const offCurve = Buffer.from(good)
    offCurve[90]! ^= 1
    for (const bad of [
      Buffer.from('InvalidPublicKey'),
      spkiOf(pairOn('P-384').publicKey),
      spkiOf(pairOn('secp256k1').publicKey),
      spkiOf(explicit.publicKey),
      spkiOf(generateKeyPairSync('ed25519').publicKey),
      offCurve,
      Buffer.concat([good, Buffer.alloc(1)]),
      good.subarray(26),
    ])
      refused(await derive(bad), 'ValidationException')
    refused(await derive(offCurve, { DryRun: true }), 'ValidationException')
  })

  for (const [spec, curve, bytes] of [
    ['ECC_NIST_P256', 'P-256', 32],
    ['ECC_NIST_P384', 'P-384', 48],
    ['ECC_NIST_P521', 'P-521', 66],
  ] as const)
    it(`does: a key of ${spec} shares with a pair made elsewhere what that works out too`, async () => {
      const own = await createKey(service, { KeySpec: spec, KeyUsage })
      const { publicKey, privateKey } = pairOn(curve)
      const answer = succeeded(await derive(spkiOf(publicKey), { KeyId: own.KeyId }))
      const { SharedSecret, ...others } = answer
      assert.deepEqual(others, { KeyId: own.Arn, KeyAgreementAlgorithm, KeyOrigin: 'AWS_KMS' })
      const secret = Buffer.from(String(SharedSecret), 'base64')
      assert.equal(secret.length, bytes)
      const peer = await publicKeyOf(service, own.KeyId)
      assert.deepEqual(diffieHellman({ privateKey, publicKey: peer }), secret)
    })

  it('does: take an alias', async () => {
    await call('CreateAlias', { AliasName: 'alias/agreement', TargetKeyId: KeyId })
    const named = await derive(spkiOf(pairOn('P-256').publicKey), { KeyId: 'alias/agreement' })
    assert.equal(succeeded(named)['KeyId'], Arn)
  })
})
