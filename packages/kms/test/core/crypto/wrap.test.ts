import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatBytes, lengthPrefixed, toHex, utf8 } from '../../../src/core/crypto/bytes.ts'
import { gcmEncryptInto, oneMessageIv } from '../../../src/core/crypto/gcm.ts'
import { deriveMessageKey } from '../../../src/core/crypto/kdf.ts'
import * as w from '../../../src/core/crypto/wrap.ts'
import { someWrappingKey, systemRandom, withEachBitFlipped } from './fixtures.ts'

const place: w.WrapPlace = {
  clusterId: 'c1',
  table: 'material',
  rowId: 'eu-central-1/00',
  account: '111122223333',
  region: 'eu-central-1',
  keyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
  materialId: '00ff',
  purpose: 'encrypt',
  spec: 'SYMMETRIC_DEFAULT',
}
const key = someWrappingKey()
const secret = utf8('a secret of any length')
const wrapped = w.wrapSecret(key, 'domain', place, secret, systemRandom)

const unwrap = (bytes: Uint8Array, at = place, under = key, layer: w.WrapLayer = 'domain') =>
  w.unwrapSecret(under, layer, at, bytes)

test('what is wrapped unwraps in the same place, at either layer', () => {
  const anyPlace = fc
    .record(Object.fromEntries(Object.keys(place).map((name) => [name, fc.string()])))
    .map((fields) => ({ ...place, ...fields, table: 'material' }))
  const anyLayer = fc.constantFrom<w.WrapLayer>('root', 'domain')
  fc.assert(
    fc.property(fc.uint8Array(), anyPlace, anyLayer, (bytes, at, layer) => {
      const made = w.wrapSecret(key, layer, at, bytes, systemRandom)
      assert.equal(made.length, bytes.length + w.wrapOverheadBytes)
      assert.ok(Buffer.from(bytes).equals(unwrap(made, at, key, layer)!))
    }),
  )
})

const otherPlaces: Record<keyof w.WrapPlace, string> = {
  clusterId: 'c2',
  table: 'domain_key',
  rowId: 'eu-central-1/01',
  account: '444455556666',
  region: 'eu-central-2',
  keyId: '',
  materialId: '00fe',
  purpose: 'mac',
  spec: 'HMAC_256',
}
for (const [name, value] of Object.entries(otherPlaces))
  test(`a secret does not unwrap where ${name} is another`, () => {
    assert.equal(unwrap(wrapped, { ...place, [name]: value }), undefined)
  })

test('no text moves from one field of the place into the next', () => {
  const moved = { ...place, account: place.account + 'e', region: place.region.slice(1) }
  assert.equal(unwrap(wrapped, moved), undefined)
})

test('a secret does not unwrap at the other layer, even with its byte changed', () => {
  assert.equal(unwrap(wrapped, place, key, 'root'), undefined)
  const relabelled = new Uint8Array(wrapped)
  relabelled[3] = 1
  assert.equal(unwrap(relabelled, place, key, 'root'), undefined)
})

test('a secret does not unwrap under another key, even one with the same id', () => {
  const other = someWrappingKey()
  assert.equal(unwrap(wrapped, place, other), undefined)
  assert.equal(unwrap(wrapped, place, { ...other, id: key.id }), undefined)
  assert.equal(unwrap(wrapped, place, { ...key, id: other.id }), undefined)
})

test('a wrap with any bit flipped is refused', () => {
  for (const [bit, changed] of withEachBitFlipped(wrapped))
    assert.equal(unwrap(changed), undefined, `bit ${bit}`)
})

test('a wrap of another version is refused although whoever made it has the key', () => {
  const made = new Uint8Array(84)
  made.set([0x57, 2, 1, 2])
  made.set(key.id, 4)
  const label = 'keyhold/wrap/domain/material/v1'
  const derived = deriveMessageKey(key.kdfKey, label, made.subarray(0, 36))
  made.set(derived.commitment, 36)
  const aad = concatBytes(Uint8Array.of(0x57, 1, 1, 2), lengthPrefixed(...Object.values(place)))
  gcmEncryptInto(made, 68, derived.key, oneMessageIv, aad, new Uint8Array())
  assert.equal(unwrap(made), undefined)
})

test('a wrap cut short or extended is refused', () => {
  for (let length = 0; length < wrapped.length; length++) {
    assert.equal(unwrap(wrapped.subarray(0, length)), undefined)
    assert.equal(unwrap(wrapped.subarray(wrapped.length - length)), undefined)
  }
  for (const more of [1, 16, 84]) {
    assert.equal(unwrap(concatBytes(wrapped, new Uint8Array(more))), undefined)
    assert.equal(unwrap(concatBytes(new Uint8Array(more), wrapped)), undefined)
  }
})

test('the same secret never makes the same wrap', () => {
  const make = () => toHex(w.wrapSecret(key, 'domain', place, secret, systemRandom))
  assert.equal(new Set(Array.from({ length: 50 }, make)).size, 50)
})

test('a secret has at most 65,536 bytes', () => {
  const make = (length: number) =>
    w.wrapSecret(key, 'domain', place, new Uint8Array(length), systemRandom)
  assert.equal(unwrap(make(65_536))?.length, 65_536)
  assert.throws(() => make(65_537), RangeError)
})

for (const table of ['', 'Material', 'mat\0erial', 'matérial', 'a/b'])
  test(`${JSON.stringify(table)} is not the name of a table`, () => {
    const at = { ...place, table }
    assert.throws(() => w.wrapSecret(key, 'domain', at, secret, systemRandom), TypeError)
  })

test('a wrapping key has 32 bytes and an id of 16', () => {
  const [id, bytes] = [systemRandom.bytes(16), systemRandom.bytes(32)]
  assert.throws(() => w.wrappingKeyOf(bytes, bytes), TypeError)
  assert.throws(() => w.wrappingKeyOf(id, id), TypeError)
  const made = w.wrappingKeyOf(id, bytes)
  assert.notEqual(toHex(made.kdfKey.export()), toHex(bytes))
})

test('every purpose and version has a token key of its own', () => {
  const purposes = ['state', 'marker', 'grant', 'import', 'session'] as const
  const keys = [key, someWrappingKey()].flatMap((each) =>
    purposes.flatMap((purpose) =>
      [1, 2, 11].map((version) => toHex(w.deriveTokenKey(each, purpose, version).export())),
    ),
  )
  assert.equal(new Set(keys).size, 30)
  assert.ok(keys.every((hex) => hex.length === 64))
})

test('a token key comes out the same from a wrapping key and from its KDF key', () => {
  const [a, b] = [key, key.kdfKey].map((from) => w.deriveTokenKey(from, 'grant', 3).export())
  assert.deepEqual(a, b)
})

for (const version of [0, -1, 1.5, Number.NaN, 2 ** 53])
  test(`a token key has no version ${version}`, () => {
    assert.throws(() => w.deriveTokenKey(key, 'state', version), TypeError)
  })
