import { KmsError } from '../../api/errors.ts'
import { canonicalContext } from '../../core/crypto/context.ts'
import { decryptCommitted, encryptBlob } from '../../core/crypto/blob.ts'
import { requireAlgorithm } from '../../core/keys/key.ts'
import type { LoadedMaterial } from '../../core/keys/material.ts'
import { type Call, type Family, type Target, targetKey } from '../call.ts'
import { dryRunSucceeded } from '../dry-run.ts'

/** One answer for everything that can be wrong with a ciphertext or its context. */
export const invalidCiphertext = (): KmsError => new KmsError('InvalidCiphertextException')

/** What an absent algorithm means. */
const symmetric = 'SYMMETRIC_DEFAULT'

export const dataHandlers: Family<'Encrypt' | 'Decrypt' | 'ReEncrypt'> = {
  async Encrypt(input, call) {
    const key = targetKey(call)
    const algorithm = requireAlgorithm(key, input.EncryptionAlgorithm ?? symmetric)
    const canon = canonicalContext(input.EncryptionContext)
    const { material, materialId } = await call.directory.currentMaterial(key)
    call.noted.keyMaterialId = materialId
    return {
      CiphertextBlob: encryptBlob(material, call.nonces, input.Plaintext, canon),
      KeyId: key.arn,
      EncryptionAlgorithm: algorithm,
    }
  },

  Decrypt(input, call) {
    const key = targetKey(call)
    const algorithm = requireAlgorithm(key, input.EncryptionAlgorithm ?? symmetric)
    const canon = canonicalContext(input.EncryptionContext)
    const { plaintext, source } = open(call.targets[0], canon)
    return {
      KeyId: key.arn,
      Plaintext: plaintext,
      EncryptionAlgorithm: algorithm,
      KeyMaterialId: source.materialId,
    }
  },

  async ReEncrypt(input, call) {
    const from = targetKey(call, 0)
    const to = targetKey(call, 1)
    const fromAlgorithm = requireAlgorithm(from, input.SourceEncryptionAlgorithm ?? symmetric)
    const toAlgorithm = requireAlgorithm(to, input.DestinationEncryptionAlgorithm ?? symmetric)
    const fromCanon = canonicalContext(input.SourceEncryptionContext)
    const toCanon = canonicalContext(input.DestinationEncryptionContext)
    const destination = await call.directory.currentMaterial(to)
    const { plaintext, source } = open(call.targets[0], fromCanon)
    const ciphertext = encryptAndErase(destination, call, plaintext, toCanon)
    return {
      CiphertextBlob: ciphertext,
      SourceKeyId: from.arn,
      KeyId: to.arn,
      SourceEncryptionAlgorithm: fromAlgorithm,
      DestinationEncryptionAlgorithm: toAlgorithm,
      SourceKeyMaterialId: source.materialId,
      DestinationKeyMaterialId: destination.materialId,
    }
  },
}

const open = (
  target: Target | undefined,
  canon: Uint8Array,
): { plaintext: Uint8Array; source: LoadedMaterial } => {
  // No ciphertext: the permissions were all that the caller asked about (IGNORE_CIPHERTEXT).
  if (target?.committed === undefined || target.material === undefined) throw dryRunSucceeded()
  const plaintext = decryptCommitted(target.committed, canon)
  if (plaintext === undefined) throw invalidCiphertext()
  return { plaintext, source: target.material }
}

const encryptAndErase = (
  destination: LoadedMaterial,
  call: Call,
  plaintext: Uint8Array,
  canon: Uint8Array,
): Uint8Array => {
  try {
    return encryptBlob(destination.material, call.nonces, plaintext, canon)
  } finally {
    plaintext.fill(0)
  }
}
