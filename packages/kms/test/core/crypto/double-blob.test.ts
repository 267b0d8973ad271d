import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as b from '../../../src/core/crypto/blob.ts'
import { concatBytes } from '../../../src/core/crypto/bytes.ts'
import { canonicalContext } from '../../../src/core/crypto/context.ts'
import * as d from '../../../src/core/crypto/double-blob.ts'
import { decryptExternal, encryptExternal } from '../../../src/core/crypto/external.ts'
import { NonceSource } from '../../../src/core/crypto/nonce.ts'
import { someMaterial, systemRandom, withEachBitFlipped } from './fixtures.ts'

const nonces = new NonceSource(systemRandom)
const material = someMaterial()
/** What keeps the outer key. */
const keeper = someMaterial()
const canon = canonicalContext(new Map([['tenant', 'alpha']]))
const plaintext = Buffer.from('attack at dawn')

const encrypt = (bytes: Uint8Array, context: Uint8Array): Uint8Array => {
  const { header, inner } = d.encryptInner(material, nonces, bytes, context)
  return d.assembleBlob(header, encryptExternal(keeper, nonces, inner, d.outerAad(header, context)))
}

/** The whole way of a decryption; `undefined` wherever it ends. */
const decrypt = (blob: Uint8Array, context: Uint8Array): Uint8Array | undefined => {
  const parsed = b.parseBlob(blob)
  const outer = parsed && d.outerOf(parsed)
  const committed = parsed && b.openCommitted(material, parsed)
  if (outer === undefined || committed === undefined) return undefined
  const inner = decryptExternal(keeper, outer, d.outerAad(blob, context))
  return inner && d.decryptDouble(committed, context, inner)
}

test('what is encrypted twice decrypts in the same context', () => {
  const anyText = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 4_096, size: 'max' }),
      fc.array(fc.tuple(anyText, anyText)),
      (bytes, pairs) => {
        const context = canonicalContext(new Map(pairs))
        const blob = encrypt(bytes, context)
        assert.equal(blob.length, bytes.length + 102 + 16 + 16)
        assert.ok(blob.length <= 6_144)
        assert.ok(Buffer.from(bytes).equals(decrypt(blob, context)!))
      },
    ),
  )
})

test('a blob with any bit flipped, or cut short at either end, is refused', () => {
  const blob = encrypt(plaintext, canon)
  for (const [bit, changed] of withEachBitFlipped(blob))
    assert.equal(decrypt(changed, canon), undefined, `bit ${bit}`)
  for (let length = 0; length < blob.length; length++) {
    assert.equal(decrypt(blob.subarray(0, length), canon), undefined)
    assert.equal(decrypt(blob.subarray(blob.length - length), canon), undefined)
  }
})

test('another context is refused by either layer', () => {
  const { header, inner } = d.encryptInner(material, nonces, plaintext, canon)
  const other = canonicalContext(new Map([['tenant', 'beta']]))
  const outer = encryptExternal(keeper, nonces, inner, d.outerAad(header, canon))
  assert.equal(decryptExternal(keeper, outer, d.outerAad(header, other)), undefined)
  const parsed = b.parseBlob(d.assembleBlob(header, outer))
  const committed = parsed && b.openCommitted(material, parsed)
  assert.ok(committed)
  assert.equal(d.decryptDouble(committed, other, inner), undefined)
  assert.throws(() => d.decryptDouble(committed, canon, inner), TypeError)
})

test('no suite decrypts as the other, though the material is the same', () => {
  const once = b.parseBlob(b.encryptBlob(material, nonces, plaintext, canon))
  const twice = b.parseBlob(encrypt(plaintext, canon))
  assert.ok(once && twice)
  assert.equal(d.outerOf(once), undefined)
  const openedTwice = b.openCommitted(material, twice)
  assert.ok(openedTwice)
  assert.equal(b.decryptCommitted(openedTwice, canon), undefined)
  const openedOnce = b.openCommitted(material, once)
  assert.ok(openedOnce)
  const inner = once.bytes.subarray(b.headerBytes)
  assert.equal(d.decryptDouble(openedOnce, canon, inner), undefined)
})

test('whoever keeps the outer key sees nothing of the plaintext', () => {
  const { inner } = d.encryptInner(material, nonces, plaintext, canon)
  assert.equal(inner.length, plaintext.length + 16)
  assert.ok(!Buffer.from(inner).includes(plaintext))
})

test('parts that the format has no room for are a fault of ours', () => {
  const { header } = d.encryptInner(material, nonces, plaintext, canon)
  const parts = { metadata: 0, iv: 12, tag: 16, ciphertext: 30 }
  const assemble = (changed: Partial<typeof parts>) => {
    const { metadata, iv, tag, ciphertext } = { ...parts, ...changed }
    return d.assembleBlob(header, {
      metadata: new Uint8Array(metadata),
      iv: new Uint8Array(iv),
      tag: new Uint8Array(tag),
      ciphertext: new Uint8Array(ciphertext),
    })
  }
  assert.equal(assemble({}).length, 68 + 2 + 12 + 16 + 30)
  for (const changed of [{ metadata: 21 }, { iv: 13 }, { iv: 0 }, { tag: 15 }])
    assert.throws(() => assemble(changed), TypeError)
})

test('a blob whose lengths do not fit comes apart into nothing', () => {
  const header = encrypt(plaintext, canon).subarray(0, b.headerBytes)
  const rest = new Uint8Array(60)
  for (const lengths of [
    [21, 12],
    [255, 255],
    [0, 0],
    [0, 13],
    [20, 16],
  ]) {
    const parsed = b.parseBlob(concatBytes(header, Uint8Array.from(lengths), rest))
    assert.ok(parsed)
    assert.equal(d.outerOf(parsed), undefined, String(lengths))
  }
})
