import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type MessageType,
  requireMessage,
  type SigningAlgorithm,
} from '../../../../src/core/crypto/asymmetric/signing-algorithms.ts'

describe('a message to sign', () => {
  const refusal = (
    algorithm: SigningAlgorithm,
    messageType: MessageType,
    bytes: number,
    keySpec: string,
  ): string | undefined => {
    try {
      requireMessage({ algorithm, messageType, message: new Uint8Array(bytes) }, keySpec)
      return undefined
    } catch (error) {
      assert.ok(error instanceof Error)
      return error.message
    }
  }

  test('of whatever length is taken whole', () => {
    assert.equal(refusal('RSASSA_PSS_SHA_256', 'RAW', 4096, 'RSA_2048'), undefined)
    assert.equal(refusal('ED25519_SHA_512', 'RAW', 1, 'ECC_NIST_EDWARDS25519'), undefined)
    assert.equal(refusal('ML_DSA_SHAKE_256', 'RAW', 63, 'ML_DSA_65'), undefined)
  })

  test('that is a digest has the length of the hash', () => {
    for (const [algorithm, bytes] of [
      ['RSASSA_PKCS1_V1_5_SHA_256', 32],
      ['RSASSA_PSS_SHA_384', 48],
      ['RSASSA_PSS_SHA_512', 64],
      ['ECDSA_SHA_256', 32],
      ['ECDSA_SHA_384', 48],
      ['ECDSA_SHA_512', 64],
      ['ED25519_PH_SHA_512', 64],
    ] as const) {
      assert.equal(refusal(algorithm, 'DIGEST', bytes, 'a spec'), undefined)
      for (const other of [bytes - 1, bytes + 1])
        assert.equal(
          refusal(algorithm, 'DIGEST', other, 'a spec'),
          `Digest is invalid length for algorithm ${algorithm}.`,
        )
    }
    assert.equal(refusal('ML_DSA_SHAKE_256', 'EXTERNAL_MU', 64, 'ML_DSA_44'), undefined)
    assert.notEqual(refusal('ML_DSA_SHAKE_256', 'EXTERNAL_MU', 63, 'ML_DSA_44'), undefined)
  })

  test('of a type that the algorithm does not take is refused before its length', () => {
    assert.equal(
      refusal('ML_DSA_SHAKE_256', 'DIGEST', 1, 'ML_DSA_44'),
      'Message type DIGEST is incompatible with key spec ML_DSA_44.',
    )
    assert.equal(
      refusal('RSASSA_PSS_SHA_256', 'EXTERNAL_MU', 64, 'RSA_2048'),
      'Message type EXTERNAL_MU is incompatible with key spec RSA_2048.',
    )
    assert.equal(
      refusal('ED25519_SHA_512', 'DIGEST', 64, 'ECC_NIST_EDWARDS25519'),
      'Message type DIGEST is incompatible with algorithm ED25519_SHA_512.',
    )
    assert.equal(
      refusal('ED25519_PH_SHA_512', 'RAW', 64, 'ECC_NIST_EDWARDS25519'),
      'Message type RAW is incompatible with algorithm ED25519_PH_SHA_512.',
    )
  })
})
