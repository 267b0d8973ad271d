import { KmsError } from '../api/errors.ts'
import { decryptCommitted, encryptBlob } from '../core/crypto/blob.ts'
import { canonicalContext } from '../core/crypto/context.ts'
import { encryptOaep, isOaepAlgorithm, type OaepAlgorithm } from '../core/crypto/asymmetric/oaep.ts'
import { type Key, requireAlgorithm } from '../core/keys/key.ts'
import type { EncryptionAlgorithm } from '../core/keys/key-spec.ts'
import { outerKeyOf } from '../core/key-stores/outer-key.ts'
import { type Soon, whenSoon } from '../core/soon.ts'
import type { Call, Target } from './call.ts'
import { dryRunSucceeded } from './dry-run.ts'
import { outerCipher } from './key-stores/outer-cipher.ts'

/** What a request says of how a key is to encrypt or decrypt. */
type Terms = {
  /** Absent: SYMMETRIC_DEFAULT, whatever the key is. */
  readonly algorithm: EncryptionAlgorithm | undefined
  readonly context: ReadonlyMap<string, string> | undefined
  /** Nothing is to be done that has an effect outside. */
  readonly isDryRun?: boolean | undefined
}

/** The id of the material that did it, in hex: of symmetric keys alone, as AWS tells it. */
type Encrypted = { readonly ciphertext: Uint8Array; readonly materialId?: string }
type Decrypted = { readonly plaintext: Uint8Array; readonly materialId?: string }

/** A key together with the terms of a request, which suit it. */
export type Cipher = {
  readonly algorithm: EncryptionAlgorithm
  encrypt(plaintext: Uint8Array): Soon<Encrypted>
  /**
   * The plaintext, which the caller zeroes. Throws InvalidCiphertextException, without a word, for
   * everything that can be wrong with a ciphertext or its context.
   */
  decrypt(target: Target, ciphertext: Uint8Array | undefined): Soon<Decrypted>
}

/**
 * Throws InvalidKeyUsageException for an algorithm that the key does not have, and
 * ValidationException for a context that no key takes, or not this one.
 */
export const cipherOf = (call: Call, key: Key, terms: Terms): Cipher => {
  const { algorithm, context, isDryRun } = terms
  const required = requireAlgorithm(key, algorithm ?? 'SYMMETRIC_DEFAULT')
  if (isOaepAlgorithm(required)) return oaepCipher(call, key, required, context)
  const outer = outerKeyOf(key.record)
  if (outer !== undefined) return outerCipher(call, key, outer, context, isDryRun === true)
  return new SymmetricCipher(call, key, context)
}

class SymmetricCipher implements Cipher {
  readonly algorithm = 'SYMMETRIC_DEFAULT'
  readonly #call: Call
  readonly #key: Key
  readonly #canon: Uint8Array

  constructor(call: Call, key: Key, context: Terms['context']) {
    this.#call = call
    this.#key = key
    this.#canon = canonicalContext(context)
  }

  encrypt(plaintext: Uint8Array): Soon<Encrypted> {
    const { directory, nonces } = this.#call
    return whenSoon(directory.currentMaterial(this.#key), ({ material, materialId }) => ({
      ciphertext: encryptBlob(material, nonces, plaintext, this.#canon),
      materialId,
    }))
  }

  decrypt({ committed, material }: Target): Decrypted {
    // No ciphertext: the permissions were all that the caller asked about (IGNORE_CIPHERTEXT).
    if (committed === undefined || material === undefined) throw dryRunSucceeded()
    const plaintext = decryptCommitted(committed, this.#canon)
    if (plaintext === undefined) throw invalidCiphertext()
    return { plaintext, materialId: material.materialId }
  }
}

const oaepCipher = (
  call: Call,
  key: Key,
  algorithm: OaepAlgorithm,
  context: Terms['context'],
): Cipher => {
  if (context !== undefined && context.size > 0)
    throw new KmsError(
      'ValidationException',
      'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.',
    )
  return {
    algorithm,
    encrypt: (plaintext) =>
      whenSoon(call.directory.keyPair(key), ({ publicKey }) => ({
        ciphertext: encryptOaep(publicKey, algorithm, plaintext, key.record.spec),
      })),
    async decrypt(_target, ciphertext) {
      if (ciphertext === undefined) throw dryRunSucceeded()
      const { privateKey } = await call.directory.keyPair(key)
      const plaintext = await call.keyWork.run({
        kind: 'decrypt',
        privateKey,
        algorithm,
        ciphertext,
      })
      if (plaintext === undefined) throw invalidCiphertext()
      return { plaintext }
    },
  }
}

/** One answer for everything that can be wrong with a ciphertext or its context. */
export const invalidCiphertext = (): KmsError => new KmsError('InvalidCiphertextException')
