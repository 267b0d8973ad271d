import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { mock, test } from 'node:test'
import { Secret } from '../../../src/core/crypto/secret.ts'
import { SigningKeys } from '../../../src/server/sigv4/signing-keys.ts'

const scope = {
  accessKeyId: 'A',
  day: '20181116',
  region: 'us-east-1',
  service: 'kms',
  terminator: 'aws4_request',
}
const owner = (accessKeyId: string) => ({
  accessKeyId,
  secret: new Secret(new TextEncoder().encode('secret')),
})

test('a derived key is kept only once somebody proved to hold the secret', () => {
  const keys = new SigningKeys(4)
  const alice = owner('A')
  const first = keys.find(alice, 'A/1', scope)
  assert.equal(keys.size, 0)
  assert.notEqual(keys.find(alice, 'A/1', scope), first)
  keys.keep(alice, 'A/1', first)
  assert.equal(keys.find(alice, 'A/1', scope), first)
})

test('there are never more keys than the limit: the oldest goes first', () => {
  const keys = new SigningKeys(2)
  const alice = owner('A')
  const kept = ['A/1', 'A/2', 'A/3'].map((credential) => {
    const key = keys.find(alice, credential, scope)
    keys.keep(alice, credential, key)
    return key
  })
  assert.equal(keys.size, 2)
  assert.notEqual(keys.find(alice, 'A/1', scope), kept[0])
  assert.equal(keys.find(alice, 'A/3', scope), kept[2])
})

test('a key serves only the very credential that it was derived for', () => {
  const keys = new SigningKeys(4)
  const before = owner('A')
  const after = owner('A')
  const key = keys.find(before, 'A/1', scope)
  keys.keep(before, 'A/1', key)
  assert.notEqual(keys.find(after, 'A/1', scope), key)
})

test('a forgotten access key leaves no key behind, and takes no other with it', () => {
  const keys = new SigningKeys(4)
  for (const [id, credential] of [
    ['A', 'A/1'],
    ['A', 'A/2'],
    ['AB', 'AB/1'],
  ] as const) {
    const one = owner(id)
    keys.keep(one, credential, keys.find(one, credential, scope))
  }
  keys.forget('A')
  assert.equal(keys.size, 1)
})

test('the key of a new secret takes the place of the old one, and of no other', () => {
  const keys = new SigningKeys(2)
  const before = owner('A')
  const after = owner('A')
  const other = owner('B')
  const kept = keys.find(other, 'B/1', scope)
  keys.keep(before, 'A/1', keys.find(before, 'A/1', scope))
  keys.keep(other, 'B/1', kept)
  const replaced = keys.find(after, 'A/1', scope)
  keys.keep(after, 'A/1', replaced)
  assert.equal(keys.find(after, 'A/1', scope), replaced)
  assert.equal(keys.find(other, 'B/1', scope), kept)
})

test('a key is as old as its first use: using it again does not push another one out', () => {
  const keys = new SigningKeys(2)
  const alice = owner('A')
  const use = (credential: string) => {
    const key = keys.find(alice, credential, scope)
    keys.keep(alice, credential, key)
    return key
  }
  const first = use('A/1')
  const second = use('A/2')
  use('A/1')
  use('A/3')
  assert.notEqual(keys.find(alice, 'A/1', scope), first)
  assert.equal(keys.find(alice, 'A/2', scope), second)
})

test('of a derived key no bytes are left outside of the key object', () => {
  const made = mock.method(crypto, 'createSecretKey')
  syncBuiltinESMExports()
  try {
    new SigningKeys(1).find(owner('A'), 'A/1', scope)
    const [bytes] = made.mock.calls[0]!.arguments
    assert.deepEqual(bytes, new Uint8Array(32))
  } finally {
    mock.restoreAll()
    syncBuiltinESMExports()
  }
})
