import { type Soon, unlessFailed, whenSoon } from '../../core/soon.ts'
import { type Call, type Family, targetKey } from '../call.ts'
import { cipherOf } from '../ciphers.ts'

type DataKeyOptions = {
  readonly KeySpec?: 'AES_128' | 'AES_256' | undefined
  readonly NumberOfBytes?: number | undefined
  readonly EncryptionContext?: ReadonlyMap<string, string> | undefined
  readonly DryRun?: boolean | undefined
}

export const dataKeyHandlers: Family<'GenerateDataKey' | 'GenerateDataKeyWithoutPlaintext'> = {
  GenerateDataKey: (input, call) => newDataKey(input, call),

  GenerateDataKeyWithoutPlaintext: (input, call) =>
    whenSoon(newDataKey(input, call), ({ Plaintext, ...answer }) => {
      Plaintext.fill(0)
      return answer
    }),
}

type NewDataKey = {
  readonly CiphertextBlob: Uint8Array
  readonly Plaintext: Uint8Array
  readonly KeyId: string
  readonly KeyMaterialId: string | undefined
}

const newDataKey = (input: DataKeyOptions, call: Call): Soon<NewDataKey> => {
  const key = targetKey(call)
  const { EncryptionContext: context, DryRun: isDryRun } = input
  const cipher = cipherOf(call, key, { algorithm: 'SYMMETRIC_DEFAULT', context, isDryRun })
  const plaintext = call.random.bytes(lengthOf(input))
  const encrypted = unlessFailed(
    () => cipher.encrypt(plaintext),
    () => plaintext.fill(0),
  )
  return whenSoon(encrypted, ({ ciphertext, materialId }) => ({
    CiphertextBlob: ciphertext,
    Plaintext: plaintext,
    KeyId: key.arn,
    KeyMaterialId: materialId,
  }))
}

/** One of the two is there: `input-checks.ts` saw to it. */
const lengthOf = ({ KeySpec, NumberOfBytes }: DataKeyOptions): number =>
  NumberOfBytes ?? (KeySpec === 'AES_128' ? 16 : 32)
