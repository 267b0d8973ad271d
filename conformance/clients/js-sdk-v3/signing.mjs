import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { before, describe, test } from 'node:test'
import { bytes, call, newKey, noMessage, refuses } from './client.mjs'

const Message = bytes('what is signed')
const digest = createHash('sha256').update(Message).digest()

describe('AWS SDK for JavaScript v3: signatures', () => {
  let key
  let SigningAlgorithm
  before(async () => {
    key = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
    SigningAlgorithm = key.SigningAlgorithms[0]
  })

  test('what Sign made of a message or its digest, Verify accepts, and so does OpenSSL', async () => {
    const { KeyId, Arn } = key
    const { PublicKey, ...others } = await call('GetPublicKey', { KeyId })
    assert.deepEqual(others, {
      KeyId: Arn,
      CustomerMasterKeySpec: 'ECC_NIST_P256',
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
      SigningAlgorithms: ['ECDSA_SHA_256'],
    })
    const publicKey = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' })
    const asked = [
      { KeyId, SigningAlgorithm, Message },
      { KeyId, SigningAlgorithm, Message: digest, MessageType: 'DIGEST' },
    ]
    for (const input of asked) {
      const { Signature } = await call('Sign', input)
      assert.ok(verify('sha256', Message, publicKey, Signature))
      for (const again of asked)
        assert.deepEqual(await call('Verify', { ...again, Signature }), {
          KeyId: Arn,
          SignatureValid: true,
          SigningAlgorithm,
        })
    }
  })

  test('Verify refuses a signature that does not hold', async () => {
    const input = { KeyId: key.KeyId, SigningAlgorithm, Message, Signature: bytes('none') }
    await refuses('Verify', input, 'KMSInvalidSignatureException', noMessage)
  })

  test('Sign refuses a digest of another length, and a key of another usage', async () => {
    const input = { KeyId: key.KeyId, SigningAlgorithm, Message, MessageType: 'DIGEST' }
    const text = 'Digest is invalid length for algorithm ECDSA_SHA_256.'
    await refuses('Sign', input, 'ValidationException', text)
    const { KeyId, Arn } = await newKey()
    const usage = `${Arn} key usage is ENCRYPT_DECRYPT which is not valid for Sign.`
    await refuses('Sign', { ...input, KeyId }, 'InvalidKeyUsageException', usage)
  })

  test('GetPublicKey refuses a key that has none', async () => {
    const { KeyId } = await newKey()
    await refuses('GetPublicKey', { KeyId }, 'UnsupportedOperationException', noMessage)
  })

  test('what was encrypted with the public key of an RSA key, Decrypt opens', async () => {
    const { KeyId, Arn } = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
    const { PublicKey } = await call('GetPublicKey', { KeyId })
    const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' }
    const usages = ['encrypt']
    const publicKey = await crypto.subtle.importKey('spki', PublicKey, algorithm, false, usages)
    const sealed = await crypto.subtle.encrypt(algorithm, publicKey, Message)
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
    const input = { KeyId, EncryptionAlgorithm, CiphertextBlob: new Uint8Array(sealed) }
    const { Plaintext, ...others } = await call('Decrypt', input)
    assert.deepEqual(Buffer.from(Plaintext), Buffer.from(Message))
    assert.deepEqual(others, { KeyId: Arn, EncryptionAlgorithm })
  })
})
