import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { mock, test } from 'node:test'
import { GrantTokens } from '../../../../src/core/access/grants/grant-tokens.ts'
import { wrappingKeyOf } from '../../../../src/core/crypto/wrap.ts'
import { Hierarchy } from '../../../../src/core/seal/hierarchy.ts'
import { systemRandom } from '../../crypto/fixtures.ts'

const name = { keyRowId: 'eu-central-1/111122223333/1', grantId: 'a1'.repeat(32) }
const domainKey = () => wrappingKeyOf(systemRandom.bytes(16), systemRandom.bytes(32))
const [first, second] = [domainKey(), domainKey()]
const tokensOf = (keys: readonly (readonly [number, typeof first])[]) =>
  new GrantTokens(new Hierarchy('cluster', new Map(keys), systemRandom), systemRandom)
const invalid = { code: 'InvalidGrantTokenException' }

test('a token is read by whoever has the service’s keys, also those of an earlier version', () => {
  const before = tokensOf([[1, first]])
  const after = tokensOf([
    [1, first],
    [2, second],
  ])
  const token = before.encode(name)
  assert.deepEqual(before.decode(token), name)
  assert.deepEqual(tokensOf([[1, first]]).decode(token), name)
  for (const times of [1, 2]) assert.deepEqual(after.decode(token), name, `${times}`)
  assert.deepEqual(after.decode(after.encode(name)), name)
  assert.throws(() => before.decode(after.encode(name)), invalid)
  assert.throws(() => tokensOf([[1, second]]).decode(token), invalid)
})

test('the key of a version is derived once', () => {
  const token = tokensOf([[1, first]]).encode(name)
  const tokens = tokensOf([
    [1, first],
    [2, second],
  ])
  const hmacs = mock.method(crypto, 'createHmac')
  syncBuiltinESMExports()
  try {
    const workOf = (text: string): number => {
      hmacs.mock.resetCalls()
      tokens.decode(text)
      return hmacs.mock.callCount()
    }
    assert.ok(workOf(token) > 1)
    assert.equal(workOf(token), 1)
    assert.equal(workOf(tokens.encode(name)), 1)
  } finally {
    mock.restoreAll()
    syncBuiltinESMExports()
  }
})
