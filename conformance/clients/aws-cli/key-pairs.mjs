import assert from 'node:assert/strict'
import { createPublicKey, diffieHellman, generateKeyPairSync, verify } from 'node:crypto'
import { describe, test } from 'node:test'
import { call, file, newKey, refuses } from './client.mjs'

const publicKeyOf = (base64) =>
  createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })
const message = 'aGVsbG8='

describe('the aws command (v2): key pairs and codes', { concurrency: 2 }, () => {
  test('signs, and verifies', async () => {
    const { KeyId } = await newKey('--key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY')
    const what = `--key-id ${KeyId} --signing-algorithm ECDSA_SHA_256 --message`
    const { Signature } = await call(`sign ${what} ${message}`)
    const { PublicKey } = await call(`get-public-key --key-id ${KeyId}`)
    const signed = [Buffer.from(message, 'base64'), publicKeyOf(PublicKey)]
    assert.ok(verify('sha256', ...signed, Buffer.from(Signature, 'base64')))
    const { SignatureValid } = await call(`verify ${what} ${message} --signature ${Signature}`)
    assert.equal(SignatureValid, true)
    const other = `verify ${what} b3RoZXI= --signature ${Signature}`
    await refuses(other, 'Verify', 'KMSInvalidSignatureException', '')
  })

  test('makes codes, and verifies them', async () => {
    const { KeyId } = await newKey('--key-spec HMAC_256 --key-usage GENERATE_VERIFY_MAC')
    const what = `--key-id ${KeyId} --mac-algorithm HMAC_SHA_256 --message`
    const { Mac } = await call(`generate-mac ${what} ${message}`)
    assert.equal((await call(`verify-mac ${what} ${message} --mac ${Mac}`)).MacValid, true)
    const other = `verify-mac ${what} b3RoZXI= --mac ${Mac}`
    await refuses(other, 'VerifyMac', 'KMSInvalidMacException', '')
  })

  test('agrees on a secret, and encapsulates one', async () => {
    const agreeing = await newKey('--key-spec ECC_NIST_P256 --key-usage KEY_AGREEMENT')
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const theirs = file('their-key', publicKey.export({ format: 'der', type: 'spki' }))
    const { SharedSecret } = await call(
      `derive-shared-secret --key-id ${agreeing.KeyId} --key-agreement-algorithm ECDH ` +
        `--public-key ${theirs}`,
    )
    const { PublicKey } = await call(`get-public-key --key-id ${agreeing.KeyId}`)
    const own = diffieHellman({ privateKey, publicKey: publicKeyOf(PublicKey) })
    assert.equal(SharedSecret, own.toString('base64'))
    const { KeyId } = await newKey('--key-spec ML_KEM_768 --key-usage ENCAPSULATE_DECAPSULATE')
    const what = `--key-id ${KeyId} --encapsulation-algorithm ML_KEM`
    const made = await call(`encapsulate ${what}`)
    const blob = file('encapsulated', Buffer.from(made.SharedSecretCiphertextBlob, 'base64'))
    const opened = await call(`decapsulate ${what} --shared-secret-ciphertext-blob ${blob}`)
    assert.equal(opened.SharedSecret, made.SharedSecret)
  })

  test('makes data key pairs', async () => {
    const { KeyId } = await newKey()
    const what = `--key-id ${KeyId} --key-pair-spec ECC_NIST_P256`
    const made = await call(`generate-data-key-pair ${what}`)
    const decrypt = `decrypt --ciphertext-blob ${made.PrivateKeyCiphertextBlob}`
    assert.equal((await call(decrypt)).Plaintext, made.PrivateKeyPlaintext)
    const sealed = await call(`generate-data-key-pair-without-plaintext ${what}`)
    assert.equal(sealed.PrivateKeyPlaintext, undefined)
  })
})
