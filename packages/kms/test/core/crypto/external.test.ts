import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  decryptExternal,
  encryptExternal,
  type ExternalCiphertext,
} from '../../../src/core/crypto/external.ts'
import { loadMaterial } from '../../../src/core/crypto/material.ts'
import { NonceSource } from '../../../src/core/crypto/nonce.ts'
import { systemRandom } from '../../../src/server/system.ts'

const nonces = new NonceSource(systemRandom())
const material = loadMaterial(randomBytes(32), randomBytes(32))
const encrypt = (plaintext: Uint8Array, aad: Uint8Array): ExternalCiphertext =>
  encryptExternal(material, nonces, plaintext, aad)

test('what is encrypted for a store outside decrypts with the same data, and with no other', () => {
  const data = fc.uint8Array({ maxLength: 100 })
  fc.assert(
    fc.property(data, data, data, (plaintext, aad, other) => {
      const parts = encrypt(plaintext, aad)
      assert.deepEqual(new Uint8Array(decryptExternal(material, parts, aad) ?? []), plaintext)
      fc.pre(Buffer.compare(aad, other) !== 0)
      assert.equal(decryptExternal(material, parts, other), undefined)
    }),
  )
})

test('data that is authenticated cannot turn into metadata, nor the other way round', () => {
  const parts = encrypt(Buffer.from('x'), new Uint8Array(0))
  const moved = { ...parts, metadata: new Uint8Array(0) }
  assert.equal(decryptExternal(material, moved, parts.metadata), undefined)
})

test('other material, and any flipped bit, decrypts nothing', () => {
  const aad = Buffer.from('aad')
  const parts = encrypt(Buffer.from('plaintext'), aad)
  const stranger = loadMaterial(material.id, randomBytes(32))
  assert.equal(decryptExternal(stranger, parts, aad), undefined)
  for (const name of ['ciphertext', 'metadata', 'iv', 'tag'] as const)
    for (let at = 0; at < parts[name].length; at += 1) {
      const changed = parts[name].slice()
      changed[at] = (changed[at] ?? 0) ^ 0x80
      assert.equal(decryptExternal(material, { ...parts, [name]: changed }, aad), undefined)
    }
})

test('two messages never share an initialization vector', () => {
  const seen = new Set<string>()
  for (let n = 0; n < 1000; n += 1)
    seen.add(Buffer.from(encrypt(Buffer.alloc(1), Buffer.alloc(0)).iv).toString('hex'))
  assert.equal(seen.size, 1000)
})
