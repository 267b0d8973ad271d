import assert from 'node:assert/strict'
import crypto, { createHmac } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { mock, test } from 'node:test'
import { signingKey } from '../../../src/api/sigv4-canonical.ts'
import { Secret } from '../../../src/core/crypto/secret.ts'
import { type KeyOwner, SigningKeys } from '../../../src/server/sigv4/signing-keys.ts'

const scope = {
  accessKeyId: 'A',
  day: '20181116',
  region: 'us-east-1',
  service: 'kms',
  terminator: 'aws4_request',
}
const text = 'AWS4-HMAC-SHA256\n20181116T000000Z\n20181116/us-east-1/kms/aws4_request\nhash'
const owner = (accessKeyId: string, secret = 'secret'): KeyOwner => ({
  accessKeyId,
  secret: new Secret(new TextEncoder().encode(secret)),
})
const signatureOf = ({ secret }: KeyOwner): string =>
  createHmac('sha256', signingKey(secret.expose(), scope.day, scope.region, scope.service))
    .update(text)
    .digest('hex')

type Use = { readonly isValid: boolean; readonly hasDerived: boolean }

/** One check, and whether a key had to be derived for it. */
const use = (
  keys: SigningKeys,
  one: KeyOwner,
  credential: string,
  signature = signatureOf(one),
): Use => {
  const derivations = mock.method(crypto, 'createHmac')
  syncBuiltinESMExports()
  try {
    const isValid = keys.isSigned(one, { credential, signature }, scope, text)
    return { isValid, hasDerived: derivations.mock.callCount() > 0 }
  } finally {
    mock.restoreAll()
    syncBuiltinESMExports()
  }
}

const kept: Use = { isValid: true, hasDerived: false }
const derived: Use = { isValid: true, hasDerived: true }

test('a derived key is kept only once somebody proved to hold the secret', () => {
  const keys = new SigningKeys(4)
  const alice = owner('A')
  const wrong = '0'.repeat(64)
  assert.deepEqual(use(keys, alice, 'A/1', wrong), { isValid: false, hasDerived: true })
  assert.equal(keys.size, 0)
  assert.deepEqual(use(keys, alice, 'A/1'), derived)
  assert.equal(keys.size, 1)
  assert.deepEqual(use(keys, alice, 'A/1'), kept)
  assert.deepEqual(use(keys, alice, 'A/1', wrong), { isValid: false, hasDerived: false })
})

test('a signature is taken in lower-case hex alone, and whole', () => {
  const keys = new SigningKeys(4)
  const alice = owner('A')
  const signature = signatureOf(alice)
  for (const changed of [signature.toUpperCase(), signature.slice(1), `${signature}0`, ''])
    assert.equal(use(keys, alice, 'A/1', changed).isValid, false, changed)
})

test('there are never more keys than the limit: the oldest goes first', () => {
  const keys = new SigningKeys(2)
  const alice = owner('A')
  for (const credential of ['A/1', 'A/2', 'A/3']) use(keys, alice, credential)
  assert.equal(keys.size, 2)
  assert.deepEqual(use(keys, alice, 'A/3'), kept)
  assert.deepEqual(use(keys, alice, 'A/1'), derived)
})

test('a key serves only the very owner that it was derived for', () => {
  const keys = new SigningKeys(4)
  assert.deepEqual(use(keys, owner('A'), 'A/1'), derived)
  assert.deepEqual(use(keys, owner('A'), 'A/1'), derived)
})

test('a forgotten access key leaves no key behind, and takes no other with it', () => {
  const keys = new SigningKeys(4)
  const other = owner('AB')
  use(keys, owner('A'), 'A/1')
  use(keys, owner('A'), 'A/2')
  use(keys, other, 'AB/1')
  keys.forget('A')
  assert.equal(keys.size, 1)
  assert.deepEqual(use(keys, other, 'AB/1'), kept)
})

test('the key of a new secret takes the place of the old one, and of no other', () => {
  const keys = new SigningKeys(2)
  const after = owner('A', 'another secret')
  const other = owner('B')
  use(keys, owner('A'), 'A/1')
  use(keys, other, 'B/1')
  assert.deepEqual(use(keys, after, 'A/1'), derived)
  assert.deepEqual(use(keys, after, 'A/1'), kept)
  assert.deepEqual(use(keys, other, 'B/1'), kept)
})

test('a key is as old as its first use: using it again does not push another one out', () => {
  const keys = new SigningKeys(2)
  const alice = owner('A')
  for (const credential of ['A/1', 'A/2', 'A/1', 'A/3']) use(keys, alice, credential)
  assert.deepEqual(use(keys, alice, 'A/2'), kept)
  assert.deepEqual(use(keys, alice, 'A/1'), derived)
})

test('what stands in for keys that do not exist is kept though it verifies nothing', () => {
  const keys = new SigningKeys(2, { keepsUnproven: true })
  const nobody = owner('')
  const wrong = '0'.repeat(64)
  assert.deepEqual(use(keys, nobody, '/1', wrong), { isValid: false, hasDerived: true })
  assert.deepEqual(use(keys, nobody, '/1', wrong), { isValid: false, hasDerived: false })
})

test('the scope of a credential is known once it has signed', () => {
  const keys = new SigningKeys(2)
  const alice = owner('A')
  use(keys, alice, 'A/1', '0'.repeat(64))
  assert.equal(keys.knownScope('A/1'), undefined)
  use(keys, alice, 'A/1')
  assert.deepEqual(keys.knownScope('A/1'), scope)
})
