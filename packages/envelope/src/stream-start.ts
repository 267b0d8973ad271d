import { type EncryptStreamOptions, requireCount } from './options.ts'
import { startWriting, type WriteStart } from './start.ts'

/** Starts a message of unknown length, of which the options may declare a bound. */
export const startStream = async (options: EncryptStreamOptions): Promise<WriteStart> => {
  requireCount('plaintextBytesMax', options.plaintextBytesMax, 0)
  return await startWriting(options, options.plaintextBytesMax)
}
