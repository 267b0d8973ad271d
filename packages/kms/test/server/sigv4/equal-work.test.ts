import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { mock, test } from 'node:test'
import { KmsError } from '../../../src/api/errors.ts'
import type { RawRequest } from '../../../src/server/sigv4/request.ts'
import { startTestService } from '../harness.ts'
import { alice, signed, verifierOf, verify, withHeader } from './signed.ts'

const stranger = { ...alice, accessKeyId: 'AKIANOBOD' }
const forged = (request: RawRequest): RawRequest =>
  withHeader(request, 'authorization', (value) => value.replace(/[0-9a-f]{64}$/, '0'.repeat(64)))

/** How often a refusal hashes, signs and compares. Counts, for times on a shared machine vary. */
const workOf = (request: RawRequest, verifier = verifierOf()): Readonly<Record<string, number>> => {
  const names = ['createHmac', 'hash', 'timingSafeEqual'] as const
  const spies = names.map((name) => mock.method(crypto, name))
  syncBuiltinESMExports()
  try {
    assert.throws(() => verify(request, verifier), KmsError)
    return Object.fromEntries(names.map((name, at) => [name, spies[at]?.mock.callCount() ?? 0]))
  } finally {
    mock.restoreAll()
    syncBuiltinESMExports()
  }
}

test('a wrong signature takes the same work for an access key that exists and for one that does not', () => {
  const known = workOf(forged(signed()))
  const unknown = workOf(forged(signed({ credentials: stranger })))
  assert.deepEqual(unknown, known)
  assert((known['createHmac'] ?? 0) > 0 && known['timingSafeEqual'] === 1)
})

test('however often others sign wrongly in its name, an access key is not locked out', async () => {
  await using service = await startTestService()
  const secretAccessKey = alice.secretAccessKey
  const credentials = { ...service.credentials, secretAccessKey }
  const answers = new Set<string>()
  for (let times = 0; times < 200; times += 1)
    answers.add((await service.call('ListKeys', {}, { credentials })).text)
  assert.equal(answers.size, 1)
  assert.match([...answers].join(), /InvalidSignatureException/)
  assert.equal((await service.call('ListKeys', {})).status, 200)
})
