import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { concatBytes, fromHex, toHex } from '../../../src/core/crypto/bytes.ts'
import { gcmDecrypt, gcmEncryptInto } from '../../../src/core/crypto/gcm.ts'
import { subkeyOf } from '../../../src/core/crypto/kdf.ts'
import { readVectors } from '../../wycheproof.ts'

type Groups<Group, Case> = {
  readonly testGroups: readonly (Group & {
    readonly tests: readonly (Case & { readonly tcId: number; readonly result: string })[]
  })[]
}
type Gcm = Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag', string>
type Mac = Record<'key' | 'msg' | 'tag', string>

test('AES-256-GCM agrees with every Wycheproof vector of its sizes', () => {
  const file = readVectors('aes_gcm') as Groups<Record<'keySize' | 'ivSize', number>, Gcm>
  const counted: Record<string, number> = {}
  for (const { keySize, ivSize, tests } of file.testGroups) {
    if (keySize !== 256 || ivSize !== 96) continue
    for (const { tcId, result, ...hex } of tests) {
      const [key, iv, aad] = [fromHex(hex.key), fromHex(hex.iv), fromHex(hex.aad)]
      const opened = gcmDecrypt(key, iv, aad, fromHex(hex.ct), fromHex(hex.tag))
      assert.equal(opened && toHex(opened), result === 'valid' ? hex.msg : undefined, `${tcId}`)
      counted[result] = (counted[result] ?? 0) + 1
      if (result !== 'valid') continue
      const message = fromHex(hex.msg)
      const out = new Uint8Array(message.length + 16)
      gcmEncryptInto(out, 0, key, iv, aad, message)
      assert.deepEqual(out, concatBytes(fromHex(hex.ct), fromHex(hex.tag)), `${tcId}`)
    }
  }
  assert.deepEqual(counted, { valid: 39, invalid: 27 })
})

test('subkeys are the HMAC-SHA-512 of every valid Wycheproof vector', () => {
  const file = readVectors('hmac_sha512') as Groups<object, Mac>
  let valid = 0
  for (const { tests } of file.testGroups)
    for (const { tcId, result, key, msg, tag } of tests) {
      // A modified tag may differ only beyond the half that becomes the subkey.
      if (result !== 'valid') continue
      const label = Buffer.from(msg, 'hex').toString('latin1')
      const subkey = toHex(subkeyOf(fromHex(key), label).export())
      assert.equal(subkey, tag.slice(0, 64), `${tcId}`)
      valid++
    }
  assert.equal(valid, 66)
})

test('the HMAC-SHA-256 behind nonces agrees with every Wycheproof vector', () => {
  const file = readVectors('hmac_sha256') as Groups<object, Mac>
  let checked = 0
  for (const { tests } of file.testGroups)
    for (const { tcId, result, key, msg, tag } of tests) {
      const mac = createHmac('sha256', fromHex(key)).update(fromHex(msg)).digest('hex')
      assert.equal(mac.slice(0, tag.length) === tag, result === 'valid', `${tcId}`)
      checked++
    }
  assert.equal(checked, 174)
})
