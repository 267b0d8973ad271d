import assert from 'node:assert/strict'
import { EnvelopeError, type EnvelopeErrorCode } from '../../src/errors.ts'
import { type Suite, suites } from '../../src/format/suites.ts'
import type { EncryptedDataKey, EncryptResult, Keyring } from '../../src/materials/types.ts'

export const signed: Suite = suites.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384
export const unsigned: Suite = suites.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
export const oneSuitePerKeyLength: readonly Suite[] = [
  suites.ALG_AES_128_GCM_IV12_TAG16_NO_KDF,
  suites.ALG_AES_192_GCM_IV12_TAG16_HKDF_SHA256,
  unsigned,
]

export const someContext = new Map([
  ['tenant', 'a'],
  ['__proto__', 'legal'],
  ['\u{1f511}', '\u{ffff}'],
])

type Under = { readonly suite?: Suite; readonly context?: ReadonlyMap<string, string> }

/** Wraps a fresh data key. */
export const wrap = (
  keyring: Keyring,
  { suite = unsigned, context = someContext }: Under = {},
): Promise<EncryptResult> => keyring.onEncrypt({ suite, context, dataKey: undefined })

/** Unwraps; resolves to the data key, or to the errors. */
export const unwrap = (
  keyring: Keyring,
  encryptedDataKeys: readonly EncryptedDataKey[],
  { suite = unsigned, context = someContext }: Under = {},
) => keyring.onDecrypt({ suite, context, encryptedDataKeys })

/** What `writer` wraps, `reader` unwraps to the same data key. */
export const agrees = async (writer: Keyring, reader: Keyring, under: Under = {}) => {
  const result = await wrap(writer, under)
  assert.equal(result.dataKey.length, (under.suite ?? unsigned).keyBytes)
  const answer = await unwrap(reader, result.encryptedDataKeys, under)
  assert.ok('dataKey' in answer, 'the data key should unwrap')
  assert.deepEqual(answer.dataKey, result.dataKey)
  return result
}

/** No attempt succeeds; the errors are the package's own and none holds the data key. */
export const refuses = async (
  reader: Keyring,
  { encryptedDataKeys, dataKey }: EncryptResult,
  attempts: number,
  under: Under = {},
): Promise<readonly unknown[]> => {
  const answer = await unwrap(reader, encryptedDataKeys, under)
  assert.ok('errors' in answer, 'the data key should not unwrap')
  assert.equal(answer.errors.length, attempts)
  for (const error of answer.errors) {
    assert.ok(error instanceof EnvelopeError)
    assert.equal(error.code, 'NoDataKey')
    const text = `${error.message} ${error.stack ?? ''}`
    assert.ok(!text.includes(Buffer.from(dataKey).toString('hex')))
    assert.ok(!text.includes(Buffer.from(dataKey).toString('base64')))
  }
  return answer.errors
}

/** Every wrapped data key that differs from this one in one bit of its ciphertext. */
export const tampered = function* (wrapped: EncryptedDataKey): Generator<EncryptedDataKey> {
  for (let bit = 0; bit < wrapped.ciphertext.length * 8; bit += 1) {
    const ciphertext = wrapped.ciphertext.slice()
    ciphertext[bit >> 3]! ^= 1 << (bit & 7)
    yield { ...wrapped, ciphertext }
  }
  for (const length of [0, 1, wrapped.ciphertext.length - 1])
    yield { ...wrapped, ciphertext: wrapped.ciphertext.slice(0, length) }
  yield { ...wrapped, ciphertext: Buffer.concat([wrapped.ciphertext, Buffer.alloc(1)]) }
}

export const withCode = (code: EnvelopeErrorCode) => (error: unknown) =>
  error instanceof EnvelopeError && error.code === code
