import { EnvelopeError } from '../errors.ts'

type Hash = 'sha256' | 'sha384' | 'sha512'

/** What an algorithm suite means. Looked up once by its id; below that, code gets the row. */
export type Suite = {
  /** The two bytes that name it in a message. */
  readonly id: number
  readonly name: string
  readonly messageVersion: 1 | 2
  readonly messageIdBytes: 16 | 32
  readonly cipher: 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm'
  /** Bytes of the data key and of the key derived from it: they are equal in every suite. */
  readonly keyBytes: 16 | 24 | 32
  /** Absent: the data key encrypts as it is, and must never be used for a second message. */
  readonly kdf: Hash | undefined
  readonly commits: boolean
  readonly signature:
    | { readonly curve: 'P-256' | 'P-384'; readonly hash: 'sha256' | 'sha384' }
    | undefined
}

const row = (
  id: number,
  name: string,
  keyBytes: 16 | 24 | 32,
  kdf: Hash | undefined,
  signature?: 'P-256' | 'P-384',
): Suite => {
  const isV2 = id >= 0x0400
  return {
    id,
    name,
    messageVersion: isV2 ? 2 : 1,
    messageIdBytes: isV2 ? 32 : 16,
    cipher: keyBytes === 16 ? 'aes-128-gcm' : keyBytes === 24 ? 'aes-192-gcm' : 'aes-256-gcm',
    keyBytes,
    kdf,
    commits: isV2,
    signature: signature && { curve: signature, hash: signature === 'P-256' ? 'sha256' : 'sha384' },
  }
}

/** All algorithm suites of the AWS Encryption SDK's registry, by their names there. */
export const suites = {
  ALG_AES_128_GCM_IV12_TAG16_NO_KDF: row(
    0x0014,
    'ALG_AES_128_GCM_IV12_TAG16_NO_KDF',
    16,
    undefined,
  ),
  ALG_AES_192_GCM_IV12_TAG16_NO_KDF: row(
    0x0046,
    'ALG_AES_192_GCM_IV12_TAG16_NO_KDF',
    24,
    undefined,
  ),
  ALG_AES_256_GCM_IV12_TAG16_NO_KDF: row(
    0x0078,
    'ALG_AES_256_GCM_IV12_TAG16_NO_KDF',
    32,
    undefined,
  ),
  ALG_AES_128_GCM_IV12_TAG16_HKDF_SHA256: row(
    0x0114,
    'ALG_AES_128_GCM_IV12_TAG16_HKDF_SHA256',
    16,
    'sha256',
  ),
  ALG_AES_192_GCM_IV12_TAG16_HKDF_SHA256: row(
    0x0146,
    'ALG_AES_192_GCM_IV12_TAG16_HKDF_SHA256',
    24,
    'sha256',
  ),
  ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA256: row(
    0x0178,
    'ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA256',
    32,
    'sha256',
  ),
  ALG_AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256: row(
    0x0214,
    'ALG_AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256',
    16,
    'sha256',
    'P-256',
  ),
  ALG_AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384: row(
    0x0346,
    'ALG_AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384',
    24,
    'sha384',
    'P-384',
  ),
  ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384: row(
    0x0378,
    'ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384',
    32,
    'sha384',
    'P-384',
  ),
  ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY: row(
    0x0478,
    'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY',
    32,
    'sha512',
  ),
  ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384: row(
    0x0578,
    'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384',
    32,
    'sha512',
    'P-384',
  ),
} as const satisfies Record<string, Suite>

export type SuiteName = keyof typeof suites

const byId = new Map<number, Suite>(Object.values(suites).map((suite) => [suite.id, suite]))

/** The suite with this id; `undefined` for one that the registry does not have. */
export const suiteById = (id: number): Suite | undefined => byId.get(id)

/**
 * The suite that a caller names, or gives as its row. Throws `InvalidInput` for anything else: what a
 * suite means is said by the registry alone.
 */
export const requireSuite = (suite: SuiteName | Suite): Suite => {
  const name = typeof suite === 'object' && suite !== null ? suite.name : suite
  if (typeof name === 'string' && Object.hasOwn(suites, name)) return suites[name as SuiteName]
  throw new EnvelopeError('InvalidInput', `There is no algorithm suite named ${name}.`)
}
