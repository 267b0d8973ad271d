/** What the tests of messages share: keys, plaintexts, chunks, and how a failure is expected. */
import assert from 'node:assert/strict'
import { EnvelopeError, type EnvelopeErrorCode } from '../src/errors.ts'
import { type SuiteName, suites } from '../src/format/suites.ts'
import { rawAesKeyring } from '../src/keyrings/raw-aes.ts'
import type { Keyring } from '../src/materials/types.ts'
import type { EncryptOptions } from '../src/options.ts'

export const testKeyring: Keyring = rawAesKeyring({
  namespace: 'test',
  name: 'key',
  key: new Uint8Array(32).fill(7),
})

export const suiteNames = Object.keys(suites) as SuiteName[]
export const signedV1: SuiteName = 'ALG_AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256'
export const unsignedV1: SuiteName = 'ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA256'
export const signedV2: SuiteName = 'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384'
export const unsignedV2: SuiteName = 'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY'

/** Options that write with this suite, whether it commits or not. */
export const writing = (suite: SuiteName, others: Partial<EncryptOptions> = {}) =>
  ({
    keyring: testKeyring,
    suite,
    commitmentPolicy: suites[suite].commits
      ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'
      : 'FORBID_ENCRYPT_ALLOW_DECRYPT',
    ...others,
  }) as EncryptOptions

/** Options that read every suite. */
export const reading = {
  keyring: testKeyring,
  commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
} as const

/** Bytes that differ from their neighbours and from one frame to the next. */
export const plaintextOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 17) & 0xff)

/** Cuts bytes into chunks of these sizes, again and again. */
export const chunksOf = (bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] => {
  const chunks: Uint8Array[] = []
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1
    chunks.push(bytes.slice(at, at + size))
    at += size
  }
  return chunks
}

export const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = bytes.slice()
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

/** For `assert.rejects`: an error of this package with one of these codes. */
export const failsWith =
  (...codes: readonly EnvelopeErrorCode[]) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof EnvelopeError, String(error))
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`)
    return true
  }
