import { KmsError } from '../../api/errors.ts'
import { requireAlgorithm } from '../../core/keys/key.ts'
import { type Family, targetKey } from '../call.ts'

export const keyAgreementHandlers: Family<'DeriveSharedSecret'> = {
  async DeriveSharedSecret(input, call) {
    const key = targetKey(call)
    const algorithm = requireAlgorithm(key, input.KeyAgreementAlgorithm)
    const { privateKey } = await call.directory.keyPair(key)
    const secret = await call.keyWork.run({
      kind: 'deriveSharedSecret',
      privateKey,
      peer: input.PublicKey,
    })
    // AWS says no word about what is wrong with the public key.
    if (secret === undefined) throw new KmsError('ValidationException')
    return {
      KeyId: key.arn,
      SharedSecret: secret,
      KeyAgreementAlgorithm: algorithm,
      KeyOrigin: key.record.origin,
    }
  },
}
