import { type Call, type Family, targetKey } from '../call.ts'
import { cipherOf } from '../ciphers.ts'

type DataKeyOptions = {
  readonly KeySpec?: 'AES_128' | 'AES_256' | undefined
  readonly NumberOfBytes?: number | undefined
  readonly EncryptionContext?: ReadonlyMap<string, string> | undefined
  readonly DryRun?: boolean | undefined
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
  const { EncryptionContext: context, DryRun: isDryRun } = input
  const cipher = cipherOf(call, key, { algorithm: 'SYMMETRIC_DEFAULT', context, isDryRun })
  const plaintext = call.random.bytes(lengthOf(input))
  try {
    const { ciphertext, materialId } = await cipher.encrypt(plaintext)
    return { CiphertextBlob: ciphertext, KeyId: key.arn, KeyMaterialId: materialId, plaintext }
  } catch (error) {
    plaintext.fill(0)
    throw error
  }
}

/** One of the two is there: `input-checks.ts` saw to it. */
const lengthOf = ({ KeySpec, NumberOfBytes }: DataKeyOptions): number =>
  NumberOfBytes ?? (KeySpec === 'AES_128' ? 16 : 32)
