import { KmsError } from '../../api/errors.ts'
import { generateMac, isMac, macAlgorithms } from '../../core/crypto/asymmetric/mac.ts'
import { requireAlgorithm } from '../../core/keys/key.ts'
import { type Family, targetKey } from '../call.ts'

export const macHandlers: Family<'GenerateMac' | 'VerifyMac'> = {
  async GenerateMac(input, call) {
    const key = targetKey(call)
    const algorithm = requireAlgorithm(key, input.MacAlgorithm)
    const material = await call.directory.macKey(key)
    return {
      Mac: generateMac(macAlgorithms[algorithm], material.key, input.Message),
      MacAlgorithm: algorithm,
      KeyId: key.arn,
    }
  },

  async VerifyMac(input, call) {
    const key = targetKey(call)
    const algorithm = requireAlgorithm(key, input.MacAlgorithm)
    const material = await call.directory.macKey(key)
    if (!isMac(macAlgorithms[algorithm], material.key, input.Message, input.Mac))
      throw new KmsError('KMSInvalidMacException')
    return { KeyId: key.arn, MacValid: true, MacAlgorithm: algorithm }
  },
}
