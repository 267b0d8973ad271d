import assert from 'node:assert/strict'
import { test } from 'node:test'
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
