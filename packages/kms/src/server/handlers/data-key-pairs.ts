import { KmsError } from '../../api/errors.ts'
import type { Input } from '../../api/operations.ts'
import { originNotValid } from '../../core/keys/key.ts'
import { type Call, type Family, targetKey } from '../call.ts'
import { cipherOf } from '../ciphers.ts'
import { dryRunSucceeded } from '../dry-run.ts'

export const dataKeyPairHandlers: Family<
  'GenerateDataKeyPair' | 'GenerateDataKeyPairWithoutPlaintext'
> = {
  async GenerateDataKeyPair(input, call) {
    const { privateKey, ...answer } = await newDataKeyPair(input, call)
    return { ...answer, PrivateKeyPlaintext: privateKey }
  },

  async GenerateDataKeyPairWithoutPlaintext(input, call) {
    const { privateKey, ...answer } = await newDataKeyPair(input, call)
    privateKey.fill(0)
    return answer
  },
}

type DataKeyPairOptions = Pick<
  Input<'GenerateDataKeyPair'>,
  'KeyPairSpec' | 'EncryptionContext' | 'DryRun'
>

const newDataKeyPair = async (input: DataKeyPairOptions, call: Call) => {
  const key = targetKey(call)
  const cipher = cipherOf(call, key, {
    algorithm: 'SYMMETRIC_DEFAULT',
    context: input.EncryptionContext,
  })
  // Keys of custom key stores encrypt no private keys (API reference, "GenerateDataKeyPair").
  if (key.record.customKeyStoreId !== undefined) throw originNotValid(key.arn, key.record)
  const spec = requirePairSpec(input.KeyPairSpec)
  // Nothing more can refuse it, and an RSA key takes long to make for nobody.
  if (input.DryRun === true) throw dryRunSucceeded()
  const { privateKey, publicKey } = await call.keyWork.generateKeyPair(spec)
  try {
    const { ciphertext, materialId } = await cipher.encrypt(privateKey)
    return {
      PrivateKeyCiphertextBlob: ciphertext,
      PublicKey: publicKey,
      KeyId: key.arn,
      KeyPairSpec: spec,
      KeyMaterialId: materialId,
      privateKey,
    }
  } catch (error) {
    privateKey.fill(0)
    throw error
  }
}

/** Refuses SM2, which AWS has in its China Regions alone. */
const requirePairSpec = (spec: DataKeyPairOptions['KeyPairSpec']) => {
  if (spec !== 'SM2') return spec
  throw new KmsError(
    'UnsupportedOperationException',
    `KeyPairSpec ${spec} is not supported in this Region`,
  )
}
