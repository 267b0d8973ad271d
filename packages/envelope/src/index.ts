/** Envelope encryption in the message format of the AWS Encryption SDK. */

export { decrypt, type DecryptOutput } from './decrypt.ts'
export { encrypt, type EncryptOutput } from './encrypt.ts'
export { EnvelopeError, type EnvelopeErrorCode } from './errors.ts'
export type { ContextInput } from './context.ts'
export type { MessageHeader } from './format/header.ts'
export { type Suite, type SuiteName, suites } from './format/suites.ts'
export { type Chunks, decryptInto, encryptInto, type Write } from './into.ts'
export { inspect, type MessageInfo, verify, type VerifyOutput } from './inspect.ts'
export {
  type DecryptNodeStream,
  decryptNodeStream,
  type EncryptNodeStream,
  encryptNodeStream,
} from './node-streams.ts'
export {
  type DecryptOptions,
  defaultFrameLength,
  type EncryptOptions,
  type EncryptStreamOptions,
  type WriteOptions,
} from './options.ts'
export { decryptRange, type DecryptRangeOptions, type DecryptRangeOutput } from './range.ts'
export type { VerifiedHeader } from './reader.ts'
export type { RewrapOptions, RewrapOutput, RewrapSource, RewrapTarget } from './rewrap/options.ts'
export { rewrap, rewrapInto } from './rewrap/rewrap.ts'
export type { MessageSource, ReadAt } from './source.ts'
export {
  type DecryptStream,
  decryptStream,
  type EncryptStream,
  encryptStream,
} from './web-streams.ts'

export { type MaterialsCache, LocalCryptoMaterialsCache } from './materials/cache.ts'
export { type CachingManager, cachingManager } from './materials/caching.ts'
export type { CachingOptions } from './materials/caching-options.ts'
export { defaultManager } from './materials/default.ts'
export {
  requiredContextManager,
  type RequiredContextOptions,
} from './materials/required-context.ts'
export type { CachingEntryStats, CachingStats } from './materials/stats.ts'
export type * from './materials/types.ts'

export { branchKeyCache } from './keyrings/branch-keys/cache.ts'
export { memoryBranchKeyStore } from './keyrings/branch-keys/memory.ts'
export { type BranchKeyRecords, memoryBranchKeyRecords } from './keyrings/branch-keys/records.ts'
export type { BranchKey, BranchKeyAdmin, BranchKeyStore } from './keyrings/branch-keys/store.ts'
export { wrappedBranchKeyStore } from './keyrings/branch-keys/wrapped.ts'
export { kmsEcdhDiscoveryKeyring, kmsEcdhKeyring } from './keyrings/ecdh/kms.ts'
export { rawEcdhKeyring, type RawEcdhKeyringOptions } from './keyrings/ecdh/raw.ts'
export { hierarchicalKeyring, type HierarchicalKeyringOptions } from './keyrings/hierarchical.ts'
export type { KeyInput } from './keyrings/key-input.ts'
export { kmsKeyring, type KmsKeyringOptions } from './keyrings/kms.ts'
export { kmsDiscoveryKeyring, type KmsDiscoveryOptions } from './keyrings/kms-discovery.ts'
export {
  kmsMultiRegionDiscoveryKeyring,
  type KmsMultiRegionDiscoveryOptions,
  kmsMultiRegionKeyring,
} from './keyrings/kms-multi-region.ts'
export { kmsRsaKeyring, type KmsRsaKeyringOptions } from './keyrings/kms-rsa.ts'
export { multiKeyring, type MultiKeyringOptions } from './keyrings/multi.ts'
export { rawAesKeyring, type RawAesKeyringOptions } from './keyrings/raw-aes.ts'
export { rawRsaKeyring, type RawRsaKeyringOptions, type RsaPadding } from './keyrings/raw-rsa.ts'
