import { encryptBlob } from '../../core/crypto/blob.ts'
import { canonicalContext } from '../../core/crypto/context.ts'
import { requireAlgorithm } from '../../core/keys/key.ts'
import { type Call, type Family, targetKey } from '../call.ts'

type DataKeyOptions = {
  readonly KeySpec?: 'AES_128' | 'AES_256' | undefined
  readonly NumberOfBytes?: number | undefined
  readonly EncryptionContext?: ReadonlyMap<string, string> | undefined
}

export const dataKeyHandlers: Family<'GenerateDataKey' | 'GenerateDataKeyWithoutPlaintext'> = {
  async GenerateDataKey(input, call) {
    const { plaintext, CiphertextBlob, KeyId, KeyMaterialId } = await newDataKey(input, call)
    return { CiphertextBlob, Plaintext: plaintext, KeyId, KeyMaterialId }
  },

  async GenerateDataKeyWithoutPlaintext(input, call) {
    const { plaintext, ...answer } = await newDataKey(input, call)
    plaintext.fill(0)
    return answer
  },
}

const newDataKey = async (input: DataKeyOptions, call: Call) => {
  const key = targetKey(call)
  requireAlgorithm(key, 'SYMMETRIC_DEFAULT')
  const canon = canonicalContext(input.EncryptionContext)
  const { material, materialId } = await call.directory.currentMaterial(key)
  const plaintext = call.random.bytes(lengthOf(input))
  return {
    CiphertextBlob: encryptBlob(material, call.nonces, plaintext, canon),
    KeyId: key.arn,
    KeyMaterialId: materialId,
    plaintext,
  }
}

/** One of the two is there: `input-checks.ts` saw to it. */
const lengthOf = ({ KeySpec, NumberOfBytes }: DataKeyOptions): number =>
  NumberOfBytes ?? (KeySpec === 'AES_128' ? 16 : 32)
