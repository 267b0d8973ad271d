import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex } from '../../../src/core/crypto/bytes.ts'
import * as m from '../../../src/core/crypto/material.ts'
import { systemRandom } from './fixtures.ts'

const account = '111122223333'
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'

test('new material and its id are 32 bytes each, from the source of randomness', () => {
  const asked: number[] = []
  const random = {
    ...systemRandom,
    bytes: (length: number) => {
      asked.push(length)
      return systemRandom.bytes(length)
    },
  }
  assert.notDeepEqual(m.newMaterialBytes(random), m.newMaterialId(random))
  assert.deepEqual(asked, [32, 32])
})

test('imported material is recognised in its own key only', () => {
  const bytes = systemRandom.bytes(32)
  const id = m.externalMaterialId(bytes, account, keyId)
  assert.equal(id.length, 32)
  assert.deepEqual(m.externalMaterialId(new Uint8Array(bytes), account, keyId), id)
  const others = [
    m.externalMaterialId(systemRandom.bytes(32), account, keyId),
    m.externalMaterialId(bytes, '444455556666', keyId),
    m.externalMaterialId(bytes, account, keyId.replace('1', '2')),
  ]
  for (const other of others) assert.notDeepEqual(other, id)
})

test('a NUL cannot move the border between account and key id', () => {
  const bytes = systemRandom.bytes(32)
  assert.throws(() => m.externalMaterialId(bytes, 'a\0b', 'c'), TypeError)
  assert.throws(() => m.externalMaterialId(bytes, 'a', 'b\0c'), TypeError)
})

for (const length of [0, 16, 31, 33, 64])
  test(`symmetric material of ${length} bytes is refused, and so is such an id`, () => {
    const id = systemRandom.bytes(32)
    assert.throws(() => m.loadMaterial(id, systemRandom.bytes(length)), TypeError)
    assert.throws(() => m.loadMaterial(systemRandom.bytes(length), id), TypeError)
  })

test('loaded material keeps neither the buffers it came in nor the material itself', () => {
  const id = systemRandom.bytes(32)
  const bytes = systemRandom.bytes(32)
  const [idHex, bytesHex] = [toHex(id), toHex(bytes)]
  const material = m.loadMaterial(id, bytes)
  const kdfKeyHex = toHex(material.kdfKey.export())
  id.fill(0)
  bytes.fill(0)
  assert.equal(toHex(material.id), idHex)
  assert.equal(toHex(material.kdfKey.export()), kdfKeyHex)
  assert.notEqual(kdfKeyHex, bytesHex)
})
