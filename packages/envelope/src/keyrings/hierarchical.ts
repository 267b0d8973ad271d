import { concat, utf8 } from '../bytes.ts'
import { encodeContext } from '../format/context.ts'
import type { EncryptionContext, Keyring } from '../materials/types.ts'
import { branchKeyCache, type BranchKeyCache } from './branch-keys/cache.ts'
import {
  type BranchKey,
  branchKeyBytes,
  type BranchKeyStore,
  versionBytes,
  versionText,
} from './branch-keys/store.ts'
import { isSame, randomOwn } from './bytes.ts'
import { counterKdf, open, seal } from './crypto.ts'
import { attemptFailed, firstUnwrapped, invalid, wrapDataKey, wrapFailed } from './data-key.ts'

export type HierarchicalKeyringOptions = {
  readonly keyStore: BranchKeyStore
  /** How long a branch key is used after it was read, in seconds; the delay of a rotation. */
  readonly ttlSeconds: number
  /** Given, it may be shared with other keyrings; absent, the keyring has one of its own. */
  readonly cache?: BranchKeyCache
} & (
  | { readonly branchKeyId: string; readonly branchKeyIdFor?: undefined }
  | {
      /** Says whose branch key a context belongs to; for a tenant's data, say. */
      readonly branchKeyIdFor: (context: EncryptionContext) => string | Promise<string>
      readonly branchKeyId?: undefined
    }
)

const providerId = 'aws-kms-hierarchy'
const saltBytes = 16
const ivBytes = 12
const versionLength = 16
const headerBytes = saltBytes + ivBytes + versionLength

/**
 * Wraps data keys under a branch key, which is read from a key store and cached: one call to the
 * key service serves every message until it expires. Only data keys of the branch key that the
 * caller names, or that follows from the context, are decrypted.
 */
export const hierarchicalKeyring = (options: HierarchicalKeyringOptions): Keyring => {
  const { keyStore: store, ttlSeconds, cache = branchKeyCache() } = options
  if (!(ttlSeconds > 0)) throw invalid('A hierarchical keyring needs a TTL of more than 0 seconds.')
  const ttlMs = ttlSeconds * 1_000
  const branchKeyIdOf = branchKeyIdSource(options)
  return {
    onEncrypt: (request) =>
      wrapDataKey(request, async (dataKey) => {
        const branchKeyId = await branchKeyIdOf(request.context)
        const lookup = { store, branchKeyId, version: undefined, ttlMs }
        const ciphertext = await cache
          .withKey(lookup, (key) =>
            wrapUnder(requireKey(key, branchKeyId), request.context, dataKey),
          )
          .catch((cause: unknown) => {
            throw wrapFailed('The data key could not be wrapped under a branch key.', cause)
          })
        return { providerId, providerInfo: utf8(branchKeyId), ciphertext }
      }),
    onDecrypt: async (request) => {
      if (!request.encryptedDataKeys.some((wrapped) => wrapped.providerId === providerId))
        return { errors: [] }
      const branchKeyId = await branchKeyIdOf(request.context)
      const providerInfo = utf8(branchKeyId)
      return firstUnwrapped(request, async (wrapped) => {
        if (wrapped.providerId !== providerId) return
        if (!isSame(wrapped.providerInfo, providerInfo)) return
        const version = versionOf(wrapped.ciphertext)
        return cache.withKey({ store, branchKeyId, version, ttlMs }, (key) => {
          requireKey(key, branchKeyId)
          if (key.version !== version) throw otherKey()
          return unwrapUnder(key, request.context, wrapped.ciphertext)
        })
      })
    },
  }
}

const branchKeyIdSource = (options: HierarchicalKeyringOptions) => {
  const { branchKeyId, branchKeyIdFor } = options
  if ((branchKeyId === undefined) === (branchKeyIdFor === undefined))
    throw invalid('A hierarchical keyring needs a branch key id or a function that gives one.')
  const requireId = (id: string): string => {
    if (typeof id === 'string' && id !== '' && id.isWellFormed()) return id
    throw invalid('A branch key id is well-formed text that is not empty.')
  }
  if (branchKeyIdFor === undefined) {
    const id = requireId(branchKeyId)
    return async () => id
  }
  return async (context: EncryptionContext) => requireId(await branchKeyIdFor(context))
}

/** salt ‖ IV ‖ version ‖ ciphertext ‖ tag. */
const wrapUnder = (key: BranchKey, context: EncryptionContext, dataKey: Uint8Array): Uint8Array => {
  const version = versionBytes(key.version)
  if (version === undefined) throw otherKey()
  const salt = randomOwn(saltBytes)
  const iv = randomOwn(ivBytes)
  const wrappingKey = wrappingKeyOf(key, salt)
  try {
    return concat(salt, iv, version, seal(wrappingKey, iv, aadOf(key, version, context), dataKey))
  } finally {
    wrappingKey.fill(0)
  }
}

const unwrapUnder = (
  key: BranchKey,
  context: EncryptionContext,
  ciphertext: Uint8Array,
): Uint8Array => {
  const salt = ciphertext.subarray(0, saltBytes)
  const iv = ciphertext.subarray(saltBytes, saltBytes + ivBytes)
  const version = ciphertext.subarray(saltBytes + ivBytes, headerBytes)
  const wrappingKey = wrappingKeyOf(key, salt)
  try {
    const aad = aadOf(key, version, context)
    const dataKey = open(wrappingKey, iv, aad, ciphertext.subarray(headerBytes))
    if (dataKey !== undefined) return dataKey
    throw attemptFailed('A data key does not authenticate under the branch key.')
  } finally {
    wrappingKey.fill(0)
  }
}

// The label goes in for both directions, which the specification's text on unwrapping leaves out.
const wrappingKeyOf = ({ material }: BranchKey, salt: Uint8Array): Uint8Array =>
  counterKdf('sha256', material, utf8(providerId), salt, 32)

const aadOf = (
  { branchKeyId }: BranchKey,
  version: Uint8Array,
  context: EncryptionContext,
): Uint8Array => concat(utf8(providerId), utf8(branchKeyId), version, encodeContext(context))

const versionOf = (ciphertext: Uint8Array): string => {
  if (ciphertext.length < headerBytes) throw attemptFailed('A wrapped data key is too short.')
  return versionText(ciphertext.subarray(saltBytes + ivBytes, headerBytes))
}

const requireKey = (key: BranchKey, branchKeyId: string): BranchKey => {
  if (key.branchKeyId === branchKeyId && key.material.length === branchKeyBytes) return key
  throw otherKey()
}

const otherKey = () => attemptFailed('The key store answered with another branch key.')
