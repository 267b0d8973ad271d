import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, decapsulate, encapsulate } from 'node:crypto'
import { describe, test } from 'node:test'
import { call, newKey, publicKeyOf, refuses } from './client.mjs'

const hex = (value) => Buffer.from(value).toString('hex')
const privateKeyOf = (der) =>
  createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })

describe('AWS SDK for JavaScript v3: data key pairs', () => {
  const names = ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext']
  for (const name of names)
    test(`${name} makes a pair whose private key Decrypt opens`, async () => {
      const { KeyId, Arn } = await newKey()
      const EncryptionContext = { purpose: 'pairs' }
      for (const KeyPairSpec of ['RSA_2048', 'ECC_NIST_P384', 'ECC_NIST_EDWARDS25519']) {
        const made = await call(name, { KeyId, KeyPairSpec, EncryptionContext })
        assert.equal(made.KeyId, Arn)
        assert.equal(made.KeyPairSpec, KeyPairSpec)
        const input = { CiphertextBlob: made.PrivateKeyCiphertextBlob, EncryptionContext }
        const { Plaintext } = await call('Decrypt', input)
        const isOpen = name === 'GenerateDataKeyPair'
        assert.equal(hex(made.PrivateKeyPlaintext ?? []), isOpen ? hex(Plaintext) : '')
        const publicKey = createPublicKey(privateKeyOf(Plaintext))
        assert.ok(publicKey.equals(publicKeyOf(made.PublicKey)))
      }
      const text = 'KeyPairSpec SM2 is not supported in this Region'
      const sm2 = { KeyId, KeyPairSpec: 'SM2' }
      await refuses(name, sm2, 'UnsupportedOperationException', text)
    })

  test('a pair for key encapsulation recovers what was made for its public key', async () => {
    const { KeyId } = await newKey()
    const made = await call('GenerateDataKeyPair', { KeyId, KeyPairSpec: 'ML_KEM_768' })
    const { ciphertext, sharedKey } = encapsulate(publicKeyOf(made.PublicKey))
    const own = decapsulate(privateKeyOf(made.PrivateKeyPlaintext), ciphertext)
    assert.equal(hex(own), hex(sharedKey))
  })
})
