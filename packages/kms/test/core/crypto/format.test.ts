import assert from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as b from '../../../src/core/crypto/blob.ts'
import * as d from '../../../src/core/crypto/double-blob.ts'
import { fromHex, toHex } from '../../../src/core/crypto/bytes.ts'
import { canonicalContext } from '../../../src/core/crypto/context.ts'
import { deriveMessageKey } from '../../../src/core/crypto/kdf.ts'
import { externalMaterialId, loadMaterial } from '../../../src/core/crypto/material.ts'
import * as w from '../../../src/core/crypto/wrap.ts'
import { nonceOf, randomOf } from './fixtures.ts'
import { vectorOnPage } from './format-page.ts'
import vectors from './format-vectors.json' with { type: 'json' }

// Every figure of the vectors was computed by two programs that share no code with this one:
// KBKDFHMAC and AESGCM of Python's cryptography 48.0.0, the KDF once more by `openssl kdf KBKDF` of
// OpenSSL 3.0.19. A vector never changes: a format that makes other bytes is another version.

const page = readFileSync(join(import.meta.dirname, '../../../../../docs/format.md'), 'utf8')

for (const vector of vectors.blobs) {
  test(`the blob of the vector is made byte for byte: ${vector.name}`, () => {
    const material = loadMaterial(fromHex(vector.materialId), fromHex(vector.material))
    const canon = canonicalContext(new Map(vector.context as [string, string][]))
    const nonce = nonceOf(fromHex(vector.nonce))
    const blob = b.encryptBlob(material, nonce, fromHex(vector.plaintext), canon)
    const header = blob.subarray(0, 36)
    const derived = deriveMessageKey(material.kdfKey, 'keyhold/e1', header)
    assert.deepEqual(
      {
        kdfKey: toHex(material.kdfKey.export()),
        canon: toHex(canon),
        kdfInput: kdfInput('keyhold/e1', header),
        key: toHex(derived.key),
        commitment: toHex(derived.commitment),
        aad: toHex(blob.subarray(0, 68)) + toHex(canon),
        ciphertext: toHex(blob.subarray(68, -16)),
        tag: toHex(blob.subarray(-16)),
        blob: toHex(blob),
      },
      pick(vector, 'kdfKey canon kdfInput key commitment aad ciphertext tag blob'),
    )
  })

  test(`the blob of the vector decrypts: ${vector.name}`, () => {
    const material = loadMaterial(fromHex(vector.materialId), fromHex(vector.material))
    const canon = fromHex(vector.canon)
    const parsed = b.parseBlob(fromHex(vector.blob))
    const committed = parsed && b.openCommitted(material, parsed)
    const plaintext = committed && b.decryptCommitted(committed, canon)
    assert.equal(plaintext && toHex(plaintext), vector.plaintext)
  })
}

for (const vector of vectors.doubleBlobs) {
  const material = loadMaterial(fromHex(vector.materialId), fromHex(vector.material))
  const canon = canonicalContext(new Map(vector.context as [string, string][]))
  const outer = {
    metadata: fromHex(vector.metadata),
    iv: fromHex(vector.iv),
    tag: fromHex(vector.outerTag),
    ciphertext: fromHex(vector.outerCiphertext),
  }

  test(`the inner layer and the blob of the vector are made byte for byte: ${vector.name}`, () => {
    const nonce = nonceOf(fromHex(vector.nonce))
    const { header, inner } = d.encryptInner(material, nonce, fromHex(vector.plaintext), canon)
    const derived = deriveMessageKey(material.kdfKey, 'keyhold/e1', header.subarray(0, 36))
    assert.deepEqual(
      {
        kdfKey: toHex(material.kdfKey.export()),
        canon: toHex(canon),
        kdfInput: kdfInput('keyhold/e1', header.subarray(0, 36)),
        key: toHex(derived.key),
        commitment: toHex(derived.commitment),
        aad: toHex(header) + toHex(canon),
        inner: toHex(inner),
        outerAad: toHex(d.outerAad(header, canon)),
        blob: toHex(d.assembleBlob(header, outer)),
      },
      pick(vector, 'kdfKey canon kdfInput key commitment aad inner outerAad blob'),
    )
  })

  test(`the outer layer of the vector is AES-256-GCM: ${vector.name}`, () => {
    const [key, iv] = [fromHex(vector.outerKey), fromHex(vector.iv)]
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(fromHex(vector.outerGcmAad))
    const ciphertext = cipher.update(vector.inner, 'hex', 'hex') + cipher.final('hex')
    assert.deepEqual(
      { outerCiphertext: ciphertext, outerTag: cipher.getAuthTag().toString('hex') },
      pick(vector, 'outerCiphertext outerTag'),
    )
  })

  test(`the blob of the vector comes apart, and decrypts: ${vector.name}`, () => {
    const parsed = b.parseBlob(fromHex(vector.blob))
    assert.ok(parsed)
    const found = d.outerOf(parsed)
    assert.deepEqual(
      found && Object.fromEntries(Object.entries(found).map(([name, part]) => [name, toHex(part)])),
      Object.fromEntries(Object.entries(outer).map(([name, part]) => [name, toHex(part)])),
    )
    const committed = b.openCommitted(material, parsed)
    const plaintext = committed && d.decryptDouble(committed, canon, fromHex(vector.inner))
    assert.equal(plaintext && toHex(plaintext), vector.plaintext)
  })
}

for (const vector of vectors.wraps)
  test(`the wrap of the vector is made byte for byte, and unwraps: ${vector.name}`, () => {
    const key = w.wrappingKeyOf(fromHex(vector.wrappingKeyId), fromHex(vector.wrappingKey))
    const layer = vector.layer as w.WrapLayer
    const random = randomOf(fromHex(vector.nonce))
    const wrapped = w.wrapSecret(key, layer, vector.place, fromHex(vector.secret), random)
    const header = wrapped.subarray(0, 36)
    const derived = deriveMessageKey(key.kdfKey, vector.label, header)
    assert.deepEqual(
      {
        kdfKey: toHex(key.kdfKey.export()),
        kdfInput: kdfInput(vector.label, header),
        key: toHex(derived.key),
        commitment: toHex(derived.commitment),
        ciphertext: toHex(wrapped.subarray(68, -16)),
        tag: toHex(wrapped.subarray(-16)),
        wrapped: toHex(wrapped),
      },
      pick(vector, 'kdfKey kdfInput key commitment ciphertext tag wrapped'),
    )
    const secret = w.unwrapSecret(key, layer, vector.place, fromHex(vector.wrapped))
    assert.equal(secret && toHex(secret), vector.secret)
  })

for (const { name, material, account, keyId, materialId } of vectors.externalMaterialIds)
  test(`the id of the vector is that of its material: ${name}`, () => {
    assert.equal(toHex(externalMaterialId(fromHex(material), account, keyId)), materialId)
  })

for (const { name, domainKey, purpose, version, tokenKey } of vectors.tokenKeys)
  test(`the token key of the vector is derived: ${name}`, () => {
    const key = w.wrappingKeyOf(new Uint8Array(16), fromHex(domainKey))
    const derived = w.deriveTokenKey(key, purpose as w.TokenPurpose, version)
    assert.equal(toHex(derived.export()), tokenKey)
  })

test('the format page shows exactly these vectors', () => {
  const expected = Object.values(vectors).flat().map(vectorOnPage)
  const shown = page.match(/^#### [^\n]*\n\n```text\n[^`]*```\n/gm)
  assert.deepEqual(shown, expected)
})

/** [1] ‖ label ‖ 00 ‖ header ‖ [512], in hex. */
const kdfInput = (label: string, header: Uint8Array): string =>
  `00000001${Buffer.from(label).toString('hex')}00${toHex(header)}00000200`

const pick = (vector: Readonly<Record<string, unknown>>, names: string): Record<string, unknown> =>
  Object.fromEntries(names.split(' ').map((name) => [name, vector[name]]))
