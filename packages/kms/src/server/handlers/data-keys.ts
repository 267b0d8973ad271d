import { KmsError } from '../../api/errors.ts'
import { encryptBlob } from '../../core/crypto/blob.ts'
import { canonicalContext } from '../../core/crypto/context.ts'
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
  const length = requireDataKeyLength(input)
  const key = targetKey(call)
  const canon = canonicalContext(input.EncryptionContext)
  const { material, materialId } = await call.directory.currentMaterial(key)
  const plaintext = call.random.bytes(length)
  return {
    CiphertextBlob: encryptBlob(material, call.nonces, plaintext, canon),
    KeyId: key.arn,
    KeyMaterialId: materialId,
    plaintext,
  }
}

const requireDataKeyLength = ({ KeySpec, NumberOfBytes }: DataKeyOptions): number => {
  if (KeySpec === undefined && NumberOfBytes === undefined)
    throw new KmsError('ValidationException', 'Please specify either number of bytes or key spec.')
  if (KeySpec !== undefined && NumberOfBytes !== undefined)
    throw new KmsError(
      'ValidationException',
      'Please specify either number of bytes or key spec, but not both.',
    )
  if (NumberOfBytes !== undefined) return NumberOfBytes
  return KeySpec === 'AES_128' ? 16 : 32
}
