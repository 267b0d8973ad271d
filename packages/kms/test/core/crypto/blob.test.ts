import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { test } from 'node:test'
import fc from 'fast-check'
import * as b from '../../../src/core/crypto/blob.ts'
import { concatBytes, toHex, utf8 } from '../../../src/core/crypto/bytes.ts'
import { canonicalContext } from '../../../src/core/crypto/context.ts'
import type { Material } from '../../../src/core/crypto/material.ts'
import { NonceSource } from '../../../src/core/crypto/nonce.ts'
import { someMaterial, systemRandom, withEachBitFlipped } from './fixtures.ts'

const nonces = new NonceSource(systemRandom)
const material = someMaterial()
const canon = canonicalContext(new Map([['tenant', 'alpha']]))
const plaintext = utf8('attack at dawn')

/** The whole way of a decryption; `undefined` wherever it ends. */
const decrypt = (under: Material, blob: Uint8Array, context: Uint8Array) => {
  const parsed = b.parseBlob(blob)
  const committed = parsed && b.openCommitted(under, parsed)
  return committed && b.decryptCommitted(committed, context)
}

const open = (under: Material, blob: Uint8Array) => {
  const parsed = b.parseBlob(blob)
  const committed = parsed && b.openCommitted(under, parsed)
  assert.ok(committed)
  return committed
}

test('what is encrypted decrypts under the same material and context', () => {
  const anyText = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 4_096, size: 'max' }),
      fc.array(fc.tuple(anyText, anyText)),
      (bytes, pairs) => {
        const context = canonicalContext(new Map(pairs))
        const blob = b.encryptBlob(material, nonces, bytes, context)
        assert.equal(blob.length, bytes.length + 84)
        assert.ok(Buffer.from(bytes).equals(decrypt(material, blob, context)!))
      },
    ),
  )
})

test('the same plaintext never makes the same blob', () => {
  const make = () => toHex(b.encryptBlob(material, nonces, plaintext, canon))
  assert.equal(new Set(Array.from({ length: 100 }, make)).size, 100)
})

test('a blob names its material by the first half of the id', () => {
  const parsed = b.parseBlob(b.encryptBlob(material, nonces, plaintext, canon))
  assert.equal(parsed && b.materialIdHalf(parsed), toHex(material.id).slice(0, 32))
})

test('a blob with any bit flipped is refused', () => {
  const blob = b.encryptBlob(material, nonces, plaintext, canon)
  for (const [bit, changed] of withEachBitFlipped(blob))
    assert.equal(decrypt(material, changed, canon), undefined, `bit ${bit}`)
})

test('a flipped bit before the ciphertext is noticed before policy, one after it is not', () => {
  const blob = b.encryptBlob(material, nonces, plaintext, canon)
  for (const [bit, changed] of withEachBitFlipped(blob)) {
    const parsed = b.parseBlob(changed)
    const committed = parsed && b.openCommitted(material, parsed)
    assert.equal(committed !== undefined, bit >= 68 * 8, `bit ${bit}`)
    if (committed) b.discardCommitted(committed)
  }
})

test('a blob cut short at either end is refused', () => {
  const blob = b.encryptBlob(material, nonces, plaintext, canon)
  for (let length = 0; length < blob.length; length++) {
    assert.equal(decrypt(material, blob.subarray(0, length), canon), undefined)
    assert.equal(decrypt(material, blob.subarray(blob.length - length), canon), undefined)
  }
})

test('a blob with anything added is refused', () => {
  const blob = b.encryptBlob(material, nonces, plaintext, canon)
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (more) => {
      assert.equal(decrypt(material, concatBytes(blob, more), canon), undefined)
      assert.equal(decrypt(material, concatBytes(more, blob), canon), undefined)
    }),
  )
})

test('bytes that are no blob are refused without a throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 7_000, size: 'max' }), (bytes) => {
      assert.equal(decrypt(material, bytes, canon), undefined)
      bytes.set([0x4b, 1, 1, 0].slice(0, bytes.length))
      assert.equal(decrypt(material, bytes, canon), undefined)
    }),
  )
})

test('a blob is 84 to 6,144 bytes', () => {
  const bytes = (length: number) =>
    concatBytes(Uint8Array.of(0x4b, 1, 1, 0), new Uint8Array(length))
  const parses = (length: number) => b.parseBlob(bytes(length - 4)) !== undefined
  assert.deepEqual([83, 84, 6_144, 6_145].map(parses), [false, true, true, false])
  const longest = new Uint8Array(6_060).fill(1)
  const blob = b.encryptBlob(material, nonces, longest, canon)
  assert.ok(Buffer.from(longest).equals(decrypt(material, blob, canon)!))
  assert.throws(() => b.encryptBlob(material, nonces, new Uint8Array(6_061), canon), RangeError)
})

for (const at of [0, 1, 2, 3])
  test(`a blob with any other value in byte ${at} is no blob of this version`, () => {
    const bytes = b.encryptBlob(material, nonces, plaintext, canon)
    const right = bytes[at]
    for (let value = 0; value < 256; value++) {
      bytes[at] = value
      assert.equal(b.parseBlob(bytes) !== undefined, value === right)
    }
  })

test('another context opens the commitment and nothing more', () => {
  const blob = b.encryptBlob(material, nonces, plaintext, canon)
  const others = [undefined, new Map([['tenant', 'beta']]), new Map([['Tenant', 'alpha']])]
  for (const other of others)
    assert.equal(b.decryptCommitted(open(material, blob), canonicalContext(other)), undefined)
})

test('a blob opens under no other material, even one with the same id', () => {
  const blob = b.encryptBlob(material, nonces, plaintext, canon)
  assert.equal(decrypt(someMaterial(), blob, canon), undefined)
  assert.equal(decrypt({ ...someMaterial(), id: material.id }, blob, canon), undefined)
})

test('the key is zeroed by decryption, right or wrong, and by discarding', () => {
  const blob = b.encryptBlob(material, nonces, plaintext, canon)
  const endings = [
    (committed: b.CommittedBlob) => b.decryptCommitted(committed, canon),
    (committed: b.CommittedBlob) => b.decryptCommitted(committed, new Uint8Array(2)),
    b.discardCommitted,
  ]
  for (const end of endings) {
    const committed = open(material, blob)
    assert.notDeepEqual(new Uint8Array(committed.key.expose()), new Uint8Array(32))
    end(committed)
    assert.deepEqual(new Uint8Array(committed.key.expose()), new Uint8Array(32))
    b.discardCommitted(committed)
    assert.throws(() => b.decryptCommitted(committed, canon), TypeError)
  }
})

test('a committed blob does not show its key', () => {
  const committed = open(material, b.encryptBlob(material, nonces, plaintext, canon))
  const key = toHex(committed.key.expose())
  assert.match(inspect(committed), /\[secret\]/)
  assert.ok(!inspect(committed, { showHidden: true, depth: 9 }).includes(key.slice(0, 8)))
  assert.match(JSON.stringify(committed), /"key":"\[secret\]"/)
  b.discardCommitted(committed)
})

test('encrypting changes neither plaintext nor context', () => {
  const [bytes, context] = [new Uint8Array(plaintext), new Uint8Array(canon)]
  b.encryptBlob(material, nonces, bytes, context)
  assert.deepEqual([bytes, context], [plaintext, canon])
})
