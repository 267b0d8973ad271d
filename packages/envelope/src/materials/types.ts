import type { KeyObject } from 'node:crypto'
import type { Suite } from '../format/suites.ts'

/**
 * The encryption context inside this package: authenticated pairs, never encrypted. A `Map`, for
 * `__proto__` is a legal key. Callers may give a plain object: see `context.ts`.
 */
export type EncryptionContext = ReadonlyMap<string, string>

/** A data key as a message carries it: wrapped by one wrapping key of one provider. */
export type EncryptedDataKey = {
  readonly providerId: string
  readonly providerInfo: Uint8Array
  readonly ciphertext: Uint8Array
}

export type EncryptRequest = {
  readonly suite: Suite
  readonly context: EncryptionContext
  /** What an earlier keyring of the same encryption generated; absent: generate one. */
  readonly dataKey: Uint8Array | undefined
}

export type EncryptResult = {
  /** Plain bytes of `suite.keyBytes`, owned by the caller, who zeroes them. */
  readonly dataKey: Uint8Array
  /** What this keyring adds to the message; at least one. */
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
}

export type DecryptRequest = {
  readonly suite: Suite
  readonly context: EncryptionContext
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
}

/**
 * Who can wrap and unwrap data keys. `onDecrypt` resolves to the data key in a buffer that the
 * caller zeroes, or to the errors of every attempt (empty: no data key was this keyring's).
 */
export type Keyring = {
  onEncrypt(request: EncryptRequest): Promise<EncryptResult>
  onDecrypt(
    request: DecryptRequest,
  ): Promise<{ readonly dataKey: Uint8Array } | { readonly errors: readonly unknown[] }>
}

/** Everything that one message is encrypted with. */
export type EncryptionMaterials = {
  readonly suite: Suite
  /** The context as it is authenticated, the public key of the signature included. */
  readonly context: EncryptionContext
  /** Keys of pairs that are authenticated but not stored in the message. */
  readonly requiredContextKeys: readonly string[]
  /** Owned by whoever asked for the materials, who zeroes it. */
  readonly dataKey: Uint8Array
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  /** Signs the message; present exactly for suites that sign. */
  readonly signingKey: KeyObject | undefined
  /**
   * Tells how many bytes the message really had, once, where `plaintextBytes` was a bound: what it
   * did not use goes back to the data key's allowance. Never told: the whole bound counts.
   */
  readonly settle?: (plaintextBytes: number) => void
}

/** Everything that one message is decrypted with. */
export type DecryptionMaterials = {
  readonly suite: Suite
  readonly context: EncryptionContext
  readonly requiredContextKeys: readonly string[]
  readonly dataKey: Uint8Array
  /** Verifies the message; present exactly for suites that sign. */
  readonly verificationKey: KeyObject | undefined
}

export type EncryptionMaterialsRequest = {
  readonly context: EncryptionContext
  /** Absent: the manager chooses by the commitment policy. */
  readonly suite: Suite | undefined
  readonly commitmentPolicy: CommitmentPolicy
  /** Bytes of the plaintext, or a bound that it will not exceed; `undefined`: unknown. */
  readonly plaintextBytes: number | undefined
  readonly maxEncryptedDataKeys: number | undefined
  /**
   * A data key to wrap, where a message keeps the one it has; the materials have to be about this
   * one, and are kept in no cache. Absent, as ever but when rewrapping: a data key is made.
   */
  readonly dataKey?: Uint8Array | undefined
}

export type DecryptionMaterialsRequest = {
  readonly suite: Suite
  /** As the message stores it. */
  readonly context: EncryptionContext
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  readonly commitmentPolicy: CommitmentPolicy
  /** Pairs that the caller knows from elsewhere; those of required keys are in no message. */
  readonly reproducedContext: EncryptionContext | undefined
}

/** Gives out materials: what the specification calls a cryptographic materials manager. */
export type MaterialsManager = {
  encryptionMaterials(request: EncryptionMaterialsRequest): Promise<EncryptionMaterials>
  decryptionMaterials(request: DecryptionMaterialsRequest): Promise<DecryptionMaterials>
}

/** Which suites may be used, by whether they commit to their key; the last one is the default. */
export type CommitmentPolicy =
  | 'FORBID_ENCRYPT_ALLOW_DECRYPT'
  | 'REQUIRE_ENCRYPT_ALLOW_DECRYPT'
  | 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'
