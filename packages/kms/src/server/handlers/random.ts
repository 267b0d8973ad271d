import type { Family } from '../call.ts'

export const randomHandlers: Family<'GenerateRandom'> = {
  GenerateRandom: (input, call) => ({ Plaintext: call.random.bytes(input.NumberOfBytes ?? 0) }),
}
