import assert from 'node:assert/strict'
import { constants, publicEncrypt, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { requireWrapping, unwrapMaterial } from '../../../src/core/import/wrapping.ts'
import { oaepEncrypt, wrapMaterial } from '../../wrapping.ts'
import { keyWorkHere, newWrappingKeyPair } from './wrapping-keys.ts'

const direct = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']
const hybrid = ['RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256']
const keySpecs = ['RSA_2048', 'RSA_3072', 'RSA_4096']

/** The Developer Guide's table: which algorithms go with which material. */
const table: { readonly [keySpec: string]: readonly string[] } = {
  SYMMETRIC_DEFAULT: direct,
  HMAC_224: direct,
  HMAC_256: direct,
  HMAC_384: direct,
  HMAC_512: direct,
  RSA_2048: hybrid,
  RSA_3072: hybrid,
  RSA_4096: hybrid,
  ECC_NIST_P256: [...direct, ...hybrid],
  ECC_NIST_P384: [...direct, ...hybrid],
  ECC_NIST_P521: [...direct, ...hybrid],
  ECC_SECG_P256K1: [...direct, ...hybrid],
  ECC_NIST_EDWARDS25519: [...direct, ...hybrid],
  ML_DSA_44: [],
  ML_DSA_87: [],
  ML_KEM_512: [],
  ML_KEM_1024: [],
  SM2: [],
}

const unsupported = { code: 'UnsupportedOperationException' }
const doesNotUnwrap = { code: 'InvalidCiphertextException', message: '' }
const wrongSize = { code: 'ValidationException', message: 'Invalid encrypted key size.' }

const pair = newWrappingKeyPair()
const algorithmOf = (name: string) => requireWrapping('ECC_NIST_P256', name, 'RSA_2048').algorithm

describe('the choice of a wrapping', () => {
  it('follows the table of the Developer Guide', () => {
    for (const [spec, allowed] of Object.entries(table))
      for (const name of [...direct, ...hybrid])
        for (const wrappingKeySpec of keySpecs) {
          const choose = () => requireWrapping(spec, name, wrappingKeySpec)
          const isTooLong =
            spec === 'ECC_NIST_P521' && wrappingKeySpec === 'RSA_2048' && direct.includes(name)
          if (!allowed.includes(name) || isTooLong) assert.throws(choose, unsupported)
          else {
            const { algorithm, keySpec } = choose()
            assert.deepEqual([algorithm.name, keySpec], [name, wrappingKeySpec])
          }
        }
  })

  it('has neither what AWS ended nor what it has in China alone', () => {
    for (const spec of Object.keys(table)) {
      const choose = (name: string, key: string) => () => requireWrapping(spec, name, key)
      assert.throws(choose('RSAES_PKCS1_V1_5', 'RSA_2048'), unsupported)
      assert.throws(choose('SM2PKE', 'SM2'), unsupported)
      assert.throws(choose('RSAES_OAEP_SHA_256', 'SM2'), unsupported)
    }
  })
})

const unwrap = (name: string, wrapped: Uint8Array, { privateKey } = pair): Promise<Uint8Array> =>
  unwrapMaterial(algorithmOf(name), privateKey, wrapped, keyWorkHere)

describe('unwrapping', () => {
  it('gives back what was wrapped', async () => {
    for (const name of [...direct, ...hybrid])
      for (const size of [1, 31, 32, 33, 190]) {
        const material = randomBytes(size)
        const unwrapped = await unwrap(name, wrapMaterial(name, pair.publicKey, material))
        assert.deepEqual(Buffer.from(unwrapped), material, `${name} ${size}`)
      }
  })

  it('refuses what was wrapped with another algorithm, or for another key', async () => {
    const other = newWrappingKeyPair()
    const material = randomBytes(32)
    for (const [one, another] of [direct, hybrid, direct.toReversed(), hybrid.toReversed()]) {
      const wrapped = wrapMaterial(one!, pair.publicKey, material)
      await assert.rejects(unwrap(another!, wrapped), doesNotUnwrap)
      await assert.rejects(unwrap(one!, wrapped, other), doesNotUnwrap)
    }
  })

  it('refuses any byte changed, all in one way', async () => {
    for (const name of ['RSAES_OAEP_SHA_256', 'RSA_AES_KEY_WRAP_SHA_256']) {
      const wrapped = wrapMaterial(name, pair.publicKey, randomBytes(32))
      for (let at = 0; at < wrapped.length; at += 7) {
        const changed = Buffer.from(wrapped)
        changed[at]! ^= 1 << (at % 8)
        await assert.rejects(unwrap(name, changed), doesNotUnwrap, `${name} ${at}`)
      }
    }
  })

  it('refuses a length that cannot be before it decrypts anything', async () => {
    const lengths: { readonly [name: string]: readonly number[] } = {
      RSAES_OAEP_SHA_256: [1, 255, 257, 272],
      RSA_AES_KEY_WRAP_SHA_256: [1, 255, 256, 264, 271, 273],
    }
    for (const [name, all] of Object.entries(lengths))
      for (const length of all)
        await assert.rejects(unwrap(name, randomBytes(length)), wrongSize, `${name} ${length}`)
  })

  it('refuses AES keys of other lengths, and PKCS #1 v1.5', async () => {
    const name = 'RSA_AES_KEY_WRAP_SHA_256'
    const rest = wrapMaterial(name, pair.publicKey, randomBytes(32)).subarray(256)
    for (const length of [0, 16, 24, 31, 33, 64]) {
      const head = oaepEncrypt(name, pair.publicKey, randomBytes(length))
      await assert.rejects(unwrap(name, Buffer.concat([head, rest])), doesNotUnwrap)
    }
    const padding = constants.RSA_PKCS1_PADDING
    const old = publicEncrypt({ key: pair.privateKey, padding }, randomBytes(32))
    for (const each of direct) await assert.rejects(unwrap(each, old), doesNotUnwrap)
  })
})
