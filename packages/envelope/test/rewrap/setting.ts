/** What the tests of rewrapping share: a new key, the options that lead to it, parts of messages. */
import { parseHeader } from '../../src/decrypt.ts'
import { rawAesKeyring } from '../../src/keyrings/raw-aes.ts'
import type { Keyring } from '../../src/materials/types.ts'
import type { RewrapOptions } from '../../src/rewrap/options.ts'
import { inspect } from '../../src/inspect.ts'
import { reading } from '../messages.ts'

export const newKeyring: Keyring = rawAesKeyring({
  namespace: 'test',
  name: 'new key',
  key: new Uint8Array(32).fill(8),
})

/** Options that read with the new key. */
export const readingNew = { ...reading, keyring: newKeyring }

/** From the old key to the new one, for every suite. */
export const rewrapping = (others: Partial<RewrapOptions> = {}): RewrapOptions => ({
  from: reading,
  to: { keyring: newKeyring },
  ...others,
})

/** The parts of a whole message, taken apart without any key. */
export const partsOf = async (message: Uint8Array) => {
  const { bytes, header, iv } = parseHeader(message)
  const info = await inspect(message)
  const footerBytes = info.body?.footerBytes ?? 0
  return {
    header,
    iv,
    body: message.slice(bytes.length, message.length - footerBytes),
    footer: message.slice(message.length - footerBytes),
  }
}

/** Chunks that all lie in the same memory, one after the other. */
export async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(Math.max(0, ...chunks.map(({ length }) => length)))
  for (const chunk of chunks) {
    memory.set(chunk)
    yield memory.subarray(0, chunk.length)
    memory.fill(0xee)
  }
}

/** Takes its time with each piece, and has copies of them all in the end. */
export const collector = () => {
  const pieces: Uint8Array[] = []
  return {
    write: async (piece: Uint8Array): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve))
      pieces.push(piece.slice())
    },
    bytes: () => new Uint8Array(Buffer.concat(pieces)),
  }
}
