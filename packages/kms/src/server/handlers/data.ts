import { whenSoon } from '../../core/soon.ts'
import { type Call, type Family, type Target, targetKey } from '../call.ts'
import { cipherOf } from '../ciphers.ts'

export const dataHandlers: Family<'Encrypt' | 'Decrypt' | 'ReEncrypt'> = {
  Encrypt(input, call) {
    const key = targetKey(call)
    const { EncryptionAlgorithm: algorithm, EncryptionContext: context, DryRun: isDryRun } = input
    const cipher = cipherOf(call, key, { algorithm, context, isDryRun })
    return whenSoon(cipher.encrypt(input.Plaintext), ({ ciphertext, materialId }) => {
      if (materialId !== undefined) call.noted.keyMaterialId = materialId
      return {
        CiphertextBlob: ciphertext,
        KeyId: key.arn,
        EncryptionAlgorithm: cipher.algorithm,
      }
    })
  },

  Decrypt(input, call) {
    const key = targetKey(call)
    const { EncryptionAlgorithm: algorithm, EncryptionContext: context, DryRun: isDryRun } = input
    const cipher = cipherOf(call, key, { algorithm, context, isDryRun })
    const decrypted = cipher.decrypt(targetOf(call), input.CiphertextBlob)
    return whenSoon(decrypted, ({ plaintext, materialId }) => ({
      KeyId: key.arn,
      Plaintext: plaintext,
      EncryptionAlgorithm: cipher.algorithm,
      KeyMaterialId: materialId,
    }))
  },

  async ReEncrypt(input, call) {
    const [from, to] = [targetKey(call, 0), targetKey(call, 1)]
    const source = cipherOf(call, from, {
      algorithm: input.SourceEncryptionAlgorithm,
      context: input.SourceEncryptionContext,
      isDryRun: input.DryRun,
    })
    const destination = cipherOf(call, to, {
      algorithm: input.DestinationEncryptionAlgorithm,
      context: input.DestinationEncryptionContext,
      isDryRun: input.DryRun,
    })
    const opened = await source.decrypt(targetOf(call), input.CiphertextBlob)
    try {
      const { ciphertext, materialId } = await destination.encrypt(opened.plaintext)
      return {
        CiphertextBlob: ciphertext,
        SourceKeyId: from.arn,
        KeyId: to.arn,
        SourceEncryptionAlgorithm: source.algorithm,
        DestinationEncryptionAlgorithm: destination.algorithm,
        SourceKeyMaterialId: opened.materialId,
        DestinationKeyMaterialId: materialId,
      }
    } finally {
      opened.plaintext.fill(0)
    }
  },
}

/** What the ciphertext was found to be, which stands first in the rows of these operations. */
const targetOf = ({ targets: [first] }: Call): Target => {
  if (first === undefined) throw new TypeError('the row resolves no ciphertext')
  return first
}
