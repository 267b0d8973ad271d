import assert from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { test } from 'node:test'
import * as b from '../../../src/core/crypto/blob.ts'
import { concatBytes } from '../../../src/core/crypto/bytes.ts'
import { gcmDecrypt, gcmEncryptInto, oneMessageIv } from '../../../src/core/crypto/gcm.ts'
import { deriveMessageKey } from '../../../src/core/crypto/kdf.ts'
import { nonceOf, someMaterial, systemRandom } from './fixtures.ts'

const canon = new Uint8Array(2)

test('whoever holds two materials makes no blob that opens under both', () => {
  const left = someMaterial()
  const right = { ...someMaterial(), id: left.id }
  const nonce = nonceOf(systemRandom.bytes(16))
  const made = b.encryptBlob(left, nonce, new Uint8Array(16), canon)
  const header = made.subarray(0, 36)
  const derived = [left, right].map((each) => deriveMessageKey(each.kdfKey, 'keyhold/e1', header))
  const keys = derived.map(({ key }) => key)
  for (const [chosen, { commitment }] of derived.entries()) {
    const beforeCiphertext = concatBytes(header, commitment)
    const aad = concatBytes(beforeCiphertext, canon)
    const { ciphertext, tag } = salamander(keys[0]!, keys[1]!, aad)
    for (const key of keys)
      assert.ok(gcmDecrypt(key, oneMessageIv, aad, ciphertext, tag), 'AES-GCM alone takes it')

    const blob = b.parseBlob(concatBytes(beforeCiphertext, ciphertext, tag))
    assert.ok(blob)
    const opened = [left, right].map((each) => b.openCommitted(each, blob))
    assert.deepEqual(
      opened.map((committed) => committed !== undefined),
      [chosen === 0, chosen === 1],
    )
  }
})

/**
 * One block of ciphertext and a tag that AES-GCM takes under both keys. Of the tag, the block X
 * contributes X·H², H being the key's hash key (SP 800-38D §6.4), and everything else does not depend on
 * X: so the two tags are equal for X = (T₁ + T₂) / (H₁² + H₂²), where T is the tag of a zero block.
 */
const salamander = (key1: Uint8Array, key2: Uint8Array, aad: Uint8Array) => {
  const [t1, t2] = [key1, key2].map((key) => toInteger(tagOf(key, aad, new Uint8Array(16))))
  const [s1, s2] = [key1, key2].map((key) => multiply(hashKeyOf(key), hashKeyOf(key)))
  const ciphertext = toBlock(multiply(t1! ^ t2!, inverse(s1! ^ s2!)))
  return { ciphertext, tag: tagOf(key1, aad, ciphertext) }
}

/** The tag for a given ciphertext block: encrypts what decrypts to it. */
const tagOf = (key: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array => {
  const out = new Uint8Array(32)
  gcmEncryptInto(out, 0, key, oneMessageIv, aad, new Uint8Array(16))
  const plaintext = ciphertext.map((byte, i) => byte ^ out[i]!)
  gcmEncryptInto(out, 0, key, oneMessageIv, aad, plaintext)
  return out.slice(16)
}

const hashKeyOf = (key: Uint8Array): bigint =>
  toInteger(createCipheriv('aes-256-ecb', key, null).update(new Uint8Array(16)))

const toInteger = (block: Uint8Array): bigint => BigInt(`0x${Buffer.from(block).toString('hex')}`)
const toBlock = (value: bigint): Uint8Array =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(32, '0'), 'hex'))

/** SP 800-38D §6.3, algorithm 1: the leftmost bit is the coefficient of x⁰. */
const multiply = (x: bigint, y: bigint): bigint => {
  let product = 0n
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= y
    y = y & 1n ? (y >> 1n) ^ (0xe1n << 120n) : y >> 1n
  }
  return product
}

/** x to the power of 2^128 - 2. */
const inverse = (x: bigint): bigint => {
  let power = x
  let result = 1n << 127n
  for (let i = 1; i < 128; i++) {
    power = multiply(power, power)
    result = multiply(result, power)
  }
  return result
}
