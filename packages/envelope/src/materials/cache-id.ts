import { createHash } from 'node:crypto'
import { EnvelopeError } from '../errors.ts'
import type {
  CommitmentPolicy,
  DecryptionMaterialsRequest,
  EncryptedDataKey,
  EncryptionContext,
  EncryptionMaterialsRequest,
} from './types.ts'

/** The specification's numbers: materials have resource 1, and hierarchical keyrings resource 2. */
const materialsResource = 1
const scopes = { encrypt: 1, decrypt: 2 } as const

const policies: Record<CommitmentPolicy, number> = {
  FORBID_ENCRYPT_ALLOW_DECRYPT: 1,
  REQUIRE_ENCRYPT_ALLOW_DECRYPT: 2,
  REQUIRE_ENCRYPT_REQUIRE_DECRYPT: 3,
}

/**
 * Names the materials that a request may share with others: SHA-384 over the specification's fields
 * in its order, joined by zero bytes, and then the commitment policy, without which a client could
 * be handed materials that its policy forbids (CVE-2026-6550). Fields of any length carry their
 * length, for a zero byte alone does not keep them apart.
 */
export const encryptCacheId = (partition: string, request: EncryptionMaterialsRequest): string => {
  const { suite, context, commitmentPolicy } = request
  return digest([
    Uint8Array.of(materialsResource),
    Uint8Array.of(scopes.encrypt),
    sized(utf8(partition)),
    suite === undefined ? Uint8Array.of(0) : Uint8Array.of(1, suite.id >> 8, suite.id & 0xff),
    sized(serializeContext(context)),
    Uint8Array.of(policies[commitmentPolicy]),
  ])
}

/**
 * The same for decryption, where the reproduced context belongs to it as well: whoever does not
 * know the required pairs must not be served those of somebody who did.
 */
export const decryptCacheId = (partition: string, request: DecryptionMaterialsRequest): string => {
  const { suite, context, encryptedDataKeys, commitmentPolicy, reproducedContext } = request
  return digest([
    Uint8Array.of(materialsResource),
    Uint8Array.of(scopes.decrypt),
    sized(utf8(partition)),
    Uint8Array.of(suite.id >> 8, suite.id & 0xff),
    sized(
      Buffer.concat(encryptedDataKeys.map(serializeDataKey).sort((a, b) => Buffer.compare(a, b))),
    ),
    sized(serializeContext(context)),
    Uint8Array.of(policies[commitmentPolicy]),
    sized(serializeContext(reproducedContext ?? new Map())),
  ])
}

const digest = (fields: readonly Uint8Array[]): string => {
  const hash = createHash('sha384')
  for (const [index, field] of fields.entries()) {
    if (index > 0) hash.update(separator)
    hash.update(field)
  }
  return hash.digest('base64url')
}

const separator = Uint8Array.of(0)

const serializeDataKey = (key: EncryptedDataKey): Buffer =>
  Buffer.concat([sized(utf8(key.providerId)), sized(key.providerInfo), sized(key.ciphertext)])

/** Any order does, as long as equal contexts have the same. */
const serializeContext = (context: EncryptionContext): Buffer =>
  Buffer.concat(
    [...context]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, value]) => [sized(utf8(key)), sized(utf8(value))]),
  )

const sized = (bytes: Uint8Array): Buffer => {
  const out = Buffer.allocUnsafe(4 + bytes.length)
  out.writeUInt32BE(bytes.length)
  out.set(bytes, 4)
  return out
}

/** UTF-8 has one and the same replacement for every lone surrogate, so these cannot be told apart. */
const utf8 = (text: string): Buffer => {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8')
  throw new EnvelopeError('InvalidInput', 'Names and values have to be well-formed Unicode.')
}
