import { KmsError } from '../../api/errors.ts'
import type { Input } from '../../api/operations.ts'
import { encryptBlob } from '../../core/crypto/blob.ts'
import { canonicalContext } from '../../core/crypto/context.ts'
import { type Key, requireAlgorithm } from '../../core/keys/key.ts'
import { type Call, type Family, targetKey } from '../call.ts'
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
  requireAlgorithm(key, 'SYMMETRIC_DEFAULT')
  requireOwnMaterial(key)
  const { KeyPairSpec: spec } = input
  // AWS has it in its China Regions alone.
  if (spec === 'SM2') throw unsupported(`KeyPairSpec ${spec} is not supported in this Region`)
  const canon = canonicalContext(input.EncryptionContext)
  const { material, materialId } = await call.directory.currentMaterial(key)
  // Nothing more can refuse it, and an RSA key takes long to make for nobody.
  if (input.DryRun === true) throw dryRunSucceeded()
  const { privateKey, publicKey } = await call.keyWork.generateKeyPair(spec)
  return {
    PrivateKeyCiphertextBlob: encryptBlob(material, call.nonces, privateKey, canon),
    PublicKey: publicKey,
    KeyId: key.arn,
    KeyPairSpec: spec,
    KeyMaterialId: materialId,
    privateKey,
  }
}

/** Keys of custom key stores encrypt no private keys (API reference, "GenerateDataKeyPair"). */
const requireOwnMaterial = ({ arn, record }: Key): void => {
  if (record.customKeyStoreId !== undefined)
    throw unsupported(`${arn} origin is ${record.origin} which is not valid for this operation.`)
}

const unsupported = (message: string): KmsError =>
  new KmsError('UnsupportedOperationException', message)
