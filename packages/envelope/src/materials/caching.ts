import { EnvelopeError } from '../errors.ts'
import type { CacheEntry } from './cache-entry.ts'
import { decryptCacheId, encryptCacheId } from './cache-id.ts'
import { type CachingOptions, requireCachingSettings } from './caching-options.ts'
import {
  requireDataKeyCount,
  requireDecryptionMaterials,
  requireEncryptionMaterials,
} from './checks.ts'
import { managerOf } from './default.ts'
import { type Served, SharedMaterials } from './shared-materials.ts'
import type { CachingStats } from './stats.ts'
import type {
  DecryptionMaterialsRequest,
  EncryptionMaterials,
  EncryptionMaterialsRequest,
  MaterialsManager,
} from './types.ts'

export type CachingManager = MaterialsManager & {
  stats(): CachingStats
}

/**
 * Lets messages share data keys, within limits that hold exactly however many are encrypted at once:
 * a use is booked before anything is awaited. Any number of requests that miss the cache at the same
 * time ask for one data key, and a failure reaches all of them and is not kept.
 *
 * Messages that share a data key share the key pair of their signatures as well, as the
 * specification has it. A stream is cached by a declared bound of its length (`plaintextBytes`);
 * without one, for suites without a KDF, and where a data key is only to be wrapped, every message
 * has materials of its own.
 */
export const cachingManager = (options: CachingOptions): CachingManager => {
  const manager = managerOf(options)
  const settings = requireCachingSettings(options)
  const shared = new SharedMaterials(options.cache, settings)
  const { partition, limits } = settings

  return {
    async encryptionMaterials(request) {
      const bytes = requireBytes(request.plaintextBytes)
      const hasKdf = request.suite === undefined || request.suite.kdf !== undefined
      const isCacheable = hasKdf && request.dataKey === undefined
      if (!isCacheable || bytes === undefined || bytes > limits.bytesMax)
        return (await shared.bypass(() => askToEncrypt(manager, request))).materials
      const common = commonRequest(request)
      const served = await shared.serve({
        kind: 'encrypt',
        id: encryptCacheId(partition, request),
        bytes,
        ask: () => askToEncrypt(manager, common),
        check: (materials) => requireEncryptionMaterials(request, materials),
      })
      return withSettle(request, served, bytes)
    },

    async decryptionMaterials(request) {
      if (request.suite.kdf === undefined)
        return (await shared.bypass(() => askToDecrypt(manager, request))).materials
      const own = ownRequest(request)
      const served = await shared.serve({
        kind: 'decrypt',
        id: decryptCacheId(partition, request),
        bytes: 0,
        ask: () => askToDecrypt(manager, own),
        check: (materials) => requireDecryptionMaterials(request, materials),
      })
      return served.materials
    },

    stats: () => shared.stats(),
  }
}

/**
 * The request without what belongs to one message only: its length, and how many data keys its
 * writer allows. The context is copied, since the caller may go on to change theirs.
 */
const commonRequest = (request: EncryptionMaterialsRequest): EncryptionMaterialsRequest => ({
  ...request,
  context: new Map(request.context),
  plaintextBytes: undefined,
  maxEncryptedDataKeys: undefined,
})

const ownRequest = (request: DecryptionMaterialsRequest): DecryptionMaterialsRequest => ({
  ...request,
  context: new Map(request.context),
  reproducedContext: request.reproducedContext && new Map(request.reproducedContext),
})

const askToEncrypt = async (manager: MaterialsManager, request: EncryptionMaterialsRequest) => {
  const materials = await manager.encryptionMaterials(request)
  return checked(materials, () => requireEncryptionMaterials(request, materials))
}

const askToDecrypt = async (manager: MaterialsManager, request: DecryptionMaterialsRequest) => {
  const materials = await manager.decryptionMaterials(request)
  return checked(materials, () => requireDecryptionMaterials(request, materials))
}

const checked = <M extends { readonly dataKey: Uint8Array }>(
  materials: M,
  check: () => void,
): M => {
  try {
    check()
    return materials
  } catch (error) {
    materials.dataKey.fill(0)
    throw error
  }
}

/** What waited for another's data key has not been held against its own maximum yet. */
const withSettle = (
  request: EncryptionMaterialsRequest,
  { materials, entry }: Served<EncryptionMaterials>,
  bytes: number,
): EncryptionMaterials => {
  checked(materials, () =>
    requireDataKeyCount(materials.encryptedDataKeys.length, request.maxEncryptedDataKeys),
  )
  return entry === undefined ? materials : { ...materials, settle: settler(entry, bytes) }
}

const settler = (entry: CacheEntry, booked: number) => {
  let isOpen = true
  return (plaintextBytes: number): void => {
    const used = requireBytes(plaintextBytes) ?? booked
    if (used > booked)
      throw new EnvelopeError(
        'PolicyViolation',
        'The message is longer than it was declared to be.',
      )
    if (isOpen) entry.giveBack(booked - used)
    isOpen = false
  }
}

const requireBytes = (bytes: number | undefined): number | undefined => {
  if (bytes === undefined || (Number.isSafeInteger(bytes) && bytes >= 0)) return bytes
  throw new EnvelopeError('InvalidInput', 'The length of a plaintext is an integer, zero or more.')
}
