import assert from 'node:assert/strict'
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { fromHex } from '../../../../src/core/crypto/bytes.ts'
import { runVerify } from '../../../../src/core/crypto/asymmetric/sign.ts'
import type {
  MessageType,
  SigningAlgorithm,
} from '../../../../src/core/crypto/asymmetric/signing-algorithms.ts'
import { muOf } from '../../../mu.ts'
import { readVectors } from '../../../wycheproof.ts'

type Case = {
  readonly tcId: number
  readonly flags: readonly string[]
  readonly result: string
  readonly msg: string
  readonly sig: string
  /** ML-DSA alone: a context, which AWS KMS has no member for. */
  readonly ctx?: string
}
type File = {
  readonly testGroups: readonly { readonly publicKeyDer: string; readonly tests: readonly Case[] }[]
}

/** What a file is for, how its messages become digests, and how many vectors of each kind it has. */
type VectorFile = {
  readonly file: string
  readonly algorithm: SigningAlgorithm
  readonly digest: {
    readonly type: MessageType
    of(message: Uint8Array, key: KeyObject): Uint8Array
  }
  readonly counted: Readonly<Record<string, number>>
}

const hashed = (hash: string): VectorFile['digest'] => ({
  type: 'DIGEST',
  of: (message) => createHash(hash).update(message).digest(),
})

const mu: VectorFile['digest'] = {
  type: 'EXTERNAL_MU',
  of: (message, key) => muOf(key, message),
}

const files: readonly VectorFile[] = [
  {
    file: 'ecdsa_secp256r1_sha256',
    algorithm: 'ECDSA_SHA_256',
    digest: hashed('sha256'),
    counted: { valid: 174, invalid: 310 },
  },
  {
    file: 'ecdsa_secp384r1_sha384',
    algorithm: 'ECDSA_SHA_384',
    digest: hashed('sha384'),
    counted: { valid: 194, invalid: 310 },
  },
  {
    file: 'ecdsa_secp521r1_sha512',
    algorithm: 'ECDSA_SHA_512',
    digest: hashed('sha512'),
    counted: { valid: 232, invalid: 310 },
  },
  {
    file: 'ecdsa_secp256k1_sha256',
    algorithm: 'ECDSA_SHA_256',
    digest: hashed('sha256'),
    counted: { valid: 168, invalid: 308 },
  },
  {
    file: 'rsa_signature_2048_sha256',
    algorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
    digest: hashed('sha256'),
    counted: { valid: 9, acceptable: 1, invalid: 249 },
  },
  {
    file: 'rsa_signature_3072_sha384',
    algorithm: 'RSASSA_PKCS1_V1_5_SHA_384',
    digest: hashed('sha384'),
    counted: { valid: 7, acceptable: 1, invalid: 251 },
  },
  {
    file: 'rsa_signature_4096_sha512',
    algorithm: 'RSASSA_PKCS1_V1_5_SHA_512',
    digest: hashed('sha512'),
    counted: { valid: 7, acceptable: 1, invalid: 251 },
  },
  {
    file: 'rsa_pss_2048_sha256_mgf1_32',
    algorithm: 'RSASSA_PSS_SHA_256',
    digest: hashed('sha256'),
    counted: { valid: 63, invalid: 45 },
  },
  {
    file: 'rsa_pss_3072_sha256_mgf1_32',
    algorithm: 'RSASSA_PSS_SHA_256',
    digest: hashed('sha256'),
    counted: { valid: 63, invalid: 45 },
  },
  {
    file: 'rsa_pss_4096_sha384_mgf1_48',
    algorithm: 'RSASSA_PSS_SHA_384',
    digest: hashed('sha384'),
    counted: { valid: 95, invalid: 46 },
  },
  {
    file: 'rsa_pss_4096_sha512_mgf1_64',
    algorithm: 'RSASSA_PSS_SHA_512',
    digest: hashed('sha512'),
    counted: { valid: 132, invalid: 47 },
  },
  {
    file: 'mldsa_44_verify',
    algorithm: 'ML_DSA_SHAKE_256',
    digest: mu,
    counted: { valid: 75, invalid: 94, 'with context': 7, 'no key': 4 },
  },
  {
    file: 'mldsa_65_verify',
    algorithm: 'ML_DSA_SHAKE_256',
    digest: mu,
    counted: { valid: 77, invalid: 122, 'with context': 7, 'no key': 4 },
  },
  {
    file: 'mldsa_87_verify',
    algorithm: 'ML_DSA_SHAKE_256',
    digest: mu,
    counted: { valid: 69, invalid: 161, 'with context': 7, 'no key': 4 },
  },
]

/** `undefined` for a key that cannot come into the service: what is no key verifies nothing. */
const readKey = (der: string): KeyObject | undefined => {
  try {
    return createPublicKey({ key: Buffer.from(fromHex(der)), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

for (const { file, algorithm, digest, counted } of files)
  test(`${algorithm} agrees with every vector of ${file}, as a message and as ${digest.type}`, () => {
    const found: Record<string, number> = {}
    for (const { publicKeyDer, tests } of (readVectors(file) as File).testGroups) {
      const publicKey = readKey(publicKeyDer)
      for (const { tcId, result, msg, sig, ctx = '' } of tests) {
        const kind = publicKey === undefined ? 'no key' : ctx === '' ? result : 'with context'
        found[kind] = (found[kind] ?? 0) + 1
        if (publicKey === undefined) {
          assert.equal(result, 'invalid', `${tcId}`)
          continue
        }
        const message = fromHex(msg)
        const verify = (messageType: MessageType, bytes: Uint8Array): boolean =>
          runVerify({
            kind: 'verify',
            publicKey,
            algorithm,
            messageType,
            message: bytes,
            signature: fromHex(sig),
          })
        // Of the one kind that is "acceptable", DigestInfo without NULL, RFC 8017 has no signature.
        const isValid = kind === 'valid'
        assert.equal(verify('RAW', message), isValid, `${tcId} as a message`)
        assert.equal(verify(digest.type, digest.of(message, publicKey)), isValid, `${tcId}`)
      }
    }
    assert.deepEqual(found, counted)
  })

test('ED25519_SHA_512 agrees with every Wycheproof vector', () => {
  const found: Record<string, number> = {}
  for (const { publicKeyDer, tests } of (readVectors('ed25519') as File).testGroups)
    for (const { tcId, result, msg, sig } of tests) {
      const isValid = runVerify({
        kind: 'verify',
        publicKey: createPublicKey({
          key: Buffer.from(fromHex(publicKeyDer)),
          format: 'der',
          type: 'spki',
        }),
        algorithm: 'ED25519_SHA_512',
        messageType: 'RAW',
        message: fromHex(msg),
        signature: fromHex(sig),
      })
      assert.equal(isValid, result === 'valid', `${tcId}`)
      found[result] = (found[result] ?? 0) + 1
    }
  assert.deepEqual(found, { valid: 88, invalid: 63 })
})
