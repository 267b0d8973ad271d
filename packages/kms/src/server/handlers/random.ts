import { KmsError } from '../../api/errors.ts'
import type { Family } from '../call.ts'

export const randomHandlers: Family<'GenerateRandom'> = {
  GenerateRandom(input, call) {
    if (input.NumberOfBytes === undefined)
      throw new KmsError('ValidationException', 'NumberOfBytes is required.')
    return { Plaintext: call.random.bytes(input.NumberOfBytes) }
  },
}
