import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { test } from 'node:test'
import { fromHex, toHex } from '../../../src/core/crypto/bytes.ts'
import { deriveMessageKey, kdfKeyOf, subkeyOf } from '../../../src/core/crypto/kdf.ts'

// An independent figure, made with OpenSSL 3.0.19:
//   openssl kdf -keylen 64 -kdfopt mac:HMAC -kdfopt digest:SHA512 -kdfopt mode:counter \
//     -kdfopt hexkey:$kdfKey -kdfopt salt:keyhold/e1 -kdfopt hexinfo:$header KBKDF
// where $kdfKey is
//   printf keyhold/material/enc/v1 | openssl dgst -sha512 -mac HMAC -macopt hexkey:$material
// cut to its first 32 bytes.
const material = fromHex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f')
const kdfKey = 'd68ae559823f14878c5e87e4f64a4c8f0569ee5232f168e33b721799bfed0ae1'
const header = fromHex('4b010100a0a1a2a3a4a5a6a7a8a9aaabacadaeaf101112131415161718191a1b1c1d1e1f')
const derived = {
  key: '908051341b884537eac14cc8f32e53f01f25a3ee9c3f981f270b926dc61c0c24',
  commitment: 'd629b0b189ac034c990320f20ca09848e2f92613bfdae3a0ebf2dadb4858e91f',
}

test('K_enc is the first half of an HMAC under the material', () => {
  assert.equal(toHex(kdfKeyOf(material).export()), kdfKey)
})

test('a message key is what OpenSSL derives in the counter mode of SP 800-108', () => {
  const { key, commitment } = deriveMessageKey(kdfKeyOf(material), 'keyhold/e1', header)
  assert.deepEqual({ key: toHex(key), commitment: toHex(commitment) }, derived)
})

test('another label or header derives another key and another commitment', () => {
  const from = (label: string, bytes: Uint8Array) => {
    const { key, commitment } = deriveMessageKey(kdfKeyOf(material), label, bytes)
    return [toHex(key), toHex(commitment)]
  }
  const values = [
    ...from('keyhold/e1', header),
    ...from('keyhold/e2', header),
    ...from('keyhold/e1', header.subarray(1)),
    ...from('keyhold/e1', new Uint8Array()),
  ]
  assert.equal(new Set(values).size, 8)
})

test('the derived key shares no memory with anything else', () => {
  const { key } = deriveMessageKey(kdfKeyOf(material), 'keyhold/e1', header)
  assert.equal(key.buffer.byteLength, 64)
})

test('a subkey does not change when its secret is zeroed afterwards', () => {
  const secret = new Uint8Array(material)
  const key = subkeyOf(secret, 'keyhold/material/enc/v1')
  secret.fill(0)
  assert.equal(toHex(key.export()), kdfKey)
})

test('a KDF key shows nothing of itself', () => {
  const shown = inspect(kdfKeyOf(material), { showHidden: true, depth: 9 })
  assert.doesNotMatch(shown, /d6 ?8a|214, ?138/)
})
