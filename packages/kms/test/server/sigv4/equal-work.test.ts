import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { mock, test } from 'node:test'
import { KmsError } from '../../../src/api/errors.ts'
import { alice, signed, verifierOf, verify, type WholeRequest, withHeader } from './signed.ts'

const stranger = { ...alice, accessKeyId: 'AKIANOBOD' }
const forged = (request: WholeRequest): WholeRequest =>
  withHeader(request, 'authorization', (value) => value.replace(/[0-9a-f]{64}$/, '0'.repeat(64)))

type Work = { readonly createHmac: number; readonly hash: number; readonly timingSafeEqual: number }

/** How often a step hashes, signs and compares. Counts, for times on a shared machine vary. */
const counted = (step: () => void): Work => {
  const spies = {
    createHmac: mock.method(crypto, 'createHmac'),
    hash: mock.method(crypto, 'hash'),
    timingSafeEqual: mock.method(crypto, 'timingSafeEqual'),
  }
  syncBuiltinESMExports()
  try {
    step()
    return {
      createHmac: spies.createHmac.mock.callCount(),
      hash: spies.hash.mock.callCount(),
      timingSafeEqual: spies.timingSafeEqual.mock.callCount(),
    }
  } finally {
    mock.restoreAll()
    syncBuiltinESMExports()
  }
}

const workOfRefusal = (request: WholeRequest, verifier = verifierOf()): Work =>
  counted(() => assert.throws(() => verify(request, verifier), KmsError))

const derivations = 4

test('a wrong signature takes the same work for an access key that exists and for one that does not', () => {
  const known = workOfRefusal(forged(signed()))
  const unknown = workOfRefusal(forged(signed({ credentials: stranger })))
  assert.deepEqual(unknown, known)
  assert.deepEqual(known, { ...known, createHmac: derivations, timingSafeEqual: 1 })
})

test('a key is derived once for a day, until it is forgotten', () => {
  const verifier = verifierOf()
  const request = signed()
  const signatures = () => counted(() => verify(request, verifier)).createHmac
  assert.equal(signatures(), derivations)
  assert.equal(signatures(), 0)
  verifier.forget(alice.accessKeyId)
  assert.equal(signatures(), derivations)
})

test('access keys that do not exist share the one key that is derived for them all', () => {
  const verifier = verifierOf()
  const signatures = (accessKeyId: string) =>
    workOfRefusal(signed({ credentials: { ...alice, accessKeyId } }), verifier).createHmac
  assert.equal(signatures('AKIANOBODY'), derivations)
  assert.equal(signatures('AKIANOBODYELSE'), 0)
})
