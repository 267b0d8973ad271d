import assert from 'node:assert/strict'
import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto'
import { describe, test } from 'node:test'
import { KmsError } from '../../../../src/api/errors.ts'
import { encryptOaep, runDecrypt } from '../../../../src/core/crypto/asymmetric/oaep.ts'

const pairs = {
  RSA_2048: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  RSA_3072: generateKeyPairSync('rsa', { modulusLength: 3072 }),
}
const { privateKey, publicKey } = pairs.RSA_2048
const plaintext = new TextEncoder().encode('attack at dawn')

/** The largest plaintext of each (AWS KMS API reference, Encrypt). */
const largest = [
  ['RSA_2048', 'RSAES_OAEP_SHA_1', 214],
  ['RSA_2048', 'RSAES_OAEP_SHA_256', 190],
  ['RSA_3072', 'RSAES_OAEP_SHA_1', 342],
  ['RSA_3072', 'RSAES_OAEP_SHA_256', 318],
] as const

describe('RSAES-OAEP', () => {
  for (const [spec, algorithm, bytesMax] of largest)
    test(`${algorithm} under ${spec} takes ${bytesMax} bytes and not one more`, () => {
      const pair = pairs[spec]
      const whole = new Uint8Array(bytesMax).fill(5)
      const ciphertext = encryptOaep(pair.publicKey, algorithm, whole, spec)
      assert.equal(ciphertext.length, Number(spec.slice(4)) / 8)
      const opened = runDecrypt({
        kind: 'decrypt',
        privateKey: pair.privateKey,
        algorithm,
        ciphertext,
      })
      assert.deepEqual(opened && new Uint8Array(opened), whole)
      assert.throws(
        () => encryptOaep(pair.publicKey, algorithm, new Uint8Array(bytesMax + 1), spec),
        new KmsError(
          'ValidationException',
          `Algorithm ${algorithm} and key spec ${spec} cannot encrypt data larger than ${bytesMax} bytes.`,
        ),
      )
    })

  test('decrypts what was encrypted elsewhere with the public key', () => {
    for (const [algorithm, oaepHash] of [
      ['RSAES_OAEP_SHA_1', 'sha1'],
      ['RSAES_OAEP_SHA_256', 'sha256'],
    ] as const) {
      const key = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
      const ciphertext = publicEncrypt(key, plaintext)
      const opened = runDecrypt({ kind: 'decrypt', privateKey, algorithm, ciphertext })
      assert.deepEqual(opened && new Uint8Array(opened), plaintext)
    }
  })

  test('tells of whatever is wrong with a ciphertext by giving nothing', () => {
    const algorithm = 'RSAES_OAEP_SHA_256'
    const ciphertext = encryptOaep(publicKey, algorithm, plaintext, 'RSA_2048')
    const pkcs1 = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, plaintext)
    const wrong = {
      'another algorithm': encryptOaep(publicKey, 'RSAES_OAEP_SHA_1', plaintext, 'RSA_2048'),
      'another key': encryptOaep(pairs.RSA_3072.publicKey, algorithm, plaintext, 'RSA_3072'),
      'another padding': pkcs1,
      'a byte changed': ciphertext.map((byte, at) => (at === 100 ? byte ^ 1 : byte)),
      'a byte too few': ciphertext.subarray(1),
      'a byte too many': new Uint8Array([0, ...ciphertext]),
      'a number above the modulus': new Uint8Array(256).fill(0xff),
      zero: new Uint8Array(256),
      nothing: new Uint8Array(0),
    }
    for (const [why, bytes] of Object.entries(wrong))
      assert.equal(
        runDecrypt({ kind: 'decrypt', privateKey, algorithm, ciphertext: bytes }),
        undefined,
        why,
      )
  })
})
