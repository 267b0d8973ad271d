import { encapsulate } from '../../core/crypto/asymmetric/kem.ts'
import { requireAlgorithm } from '../../core/keys/key.ts'
import { type Family, targetKey } from '../call.ts'
import { invalidCiphertext } from '../ciphers.ts'

export const encapsulationHandlers: Family<'Encapsulate' | 'Decapsulate'> = {
  async Encapsulate(input, call) {
    const key = targetKey(call)
    const algorithm = requireAlgorithm(key, input.EncapsulationAlgorithm)
    const { publicKey } = await call.directory.keyPair(key)
    const { sharedSecret, ciphertext } = encapsulate(publicKey)
    return {
      KeyId: key.arn,
      SharedSecret: sharedSecret,
      SharedSecretCiphertextBlob: ciphertext,
      EncapsulationAlgorithm: algorithm,
    }
  },

  async Decapsulate(input, call) {
    const key = targetKey(call)
    const algorithm = requireAlgorithm(key, input.EncapsulationAlgorithm)
    const { privateKey } = await call.directory.keyPair(key)
    const ciphertext = input.SharedSecretCiphertextBlob
    const secret = await call.keyWork.run({ kind: 'decapsulate', privateKey, ciphertext })
    if (secret === undefined) throw invalidCiphertext()
    return { KeyId: key.arn, SharedSecret: secret, EncapsulationAlgorithm: algorithm }
  },
}
