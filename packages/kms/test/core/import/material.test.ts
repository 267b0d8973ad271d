import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { generateKeyPair } from '../../../src/core/crypto/asymmetric/key-pairs.ts'
import { identityOf, readMaterial } from '../../../src/core/import/material.ts'

/** Shortest and longest secrets, in bytes. */
const secretBytes: { readonly [keySpec: string]: readonly [number, number] } = {
  SYMMETRIC_DEFAULT: [32, 32],
  HMAC_224: [28, 128],
  HMAC_256: [32, 128],
  HMAC_384: [48, 128],
  HMAC_512: [64, 128],
}

test('secrets are as long as the Developer Guide says', () => {
  for (const [spec, [min, max]] of Object.entries(secretBytes)) {
    for (const length of [min, max]) {
      const bytes = randomBytes(length)
      const material = readMaterial(spec, bytes)
      assert.deepEqual(Buffer.from(material), bytes)
      assert.notEqual(material.buffer, bytes.buffer)
      assert.equal(identityOf(spec, material), material)
    }
    for (const length of [0, 1, 16, min - 1, max + 1])
      assert.throws(() => readMaterial(spec, randomBytes(length)), {
        code: 'IncorrectKeyMaterialException',
        message: `The key material is not valid for KeySpec ${spec}.`,
      })
  }
})

test('a private key is recognised by its public key', () => {
  const { privateKey, publicKey } = generateKeyPair('ECC_NIST_P256')
  const material = readMaterial('ECC_NIST_P256', privateKey)
  assert.deepEqual(Buffer.from(material), privateKey)
  assert.deepEqual(Buffer.from(identityOf('ECC_NIST_P256', material)), publicKey)
})

test('a private key of another spec is refused', () => {
  const { privateKey } = generateKeyPair('ECC_NIST_P256')
  for (const spec of ['ECC_NIST_P384', 'ECC_SECG_P256K1', 'RSA_2048', 'ECC_NIST_EDWARDS25519'])
    assert.throws(() => readMaterial(spec, privateKey), { code: 'IncorrectKeyMaterialException' })
})

test('specs that AWS imports nothing into are refused', () => {
  for (const spec of ['ML_DSA_65', 'ML_KEM_768', 'SM2', '__proto__'])
    assert.throws(() => readMaterial(spec, randomBytes(32)), {
      code: 'UnsupportedOperationException',
      message: `Importing key material is not supported for KeySpec ${spec}.`,
    })
})
