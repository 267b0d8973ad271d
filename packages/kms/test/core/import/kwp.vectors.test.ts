import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KmsError } from '../../../src/api/errors.ts'
import { fromHex, toHex } from '../../../src/core/crypto/bytes.ts'
import { requireWrapping, unwrapMaterial } from '../../../src/core/import/wrapping.ts'
import { readVectors } from '../../wycheproof.ts'
import { oaepEncrypt } from '../../wrapping.ts'
import { keyWorkHere, newWrappingKeyPair } from './wrapping-keys.ts'

type Vectors = {
  readonly testGroups: readonly {
    readonly keySize: number
    readonly tests: readonly (Record<'key' | 'msg' | 'ct' | 'result', string> & {
      readonly tcId: number
    })[]
  }[]
}

/** A length that cannot be is told; everything else is one answer. */
const isRefusal = (error: unknown): boolean =>
  error instanceof KmsError &&
  ['InvalidCiphertextException', 'ValidationException'].includes(error.code)

test('imported material unwraps as every Wycheproof vector of AES-256-KWP says', async () => {
  const { testGroups } = readVectors('aes_kwp') as Vectors
  const pair = newWrappingKeyPair()
  const name = 'RSA_AES_KEY_WRAP_SHA_256'
  const { algorithm } = requireWrapping('RSA_4096', name, 'RSA_2048')
  const counted: Record<string, number> = {}
  for (const { keySize, tests } of testGroups) {
    if (keySize !== 256) continue
    for (const { tcId, key, msg, ct, result } of tests) {
      const wrapped = Buffer.concat([oaepEncrypt(name, pair.publicKey, fromHex(key)), fromHex(ct)])
      const unwrapped = unwrapMaterial(algorithm, pair.privateKey, wrapped, keyWorkHere)
      if (result === 'valid') assert.equal(toHex(await unwrapped), msg, `${tcId}`)
      else await assert.rejects(unwrapped, isRefusal, `${tcId}`)
      counted[result] = (counted[result] ?? 0) + 1
    }
  }
  assert.deepEqual(counted, { valid: 25, invalid: 69 })
})
