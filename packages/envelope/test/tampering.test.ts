import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decrypt, parseHeader } from '../src/decrypt.ts'
import { encrypt } from '../src/encrypt.ts'
import { verify } from '../src/inspect.ts'
import type { DecryptOptions } from '../src/options.ts'
import { MessageReader } from '../src/reader.ts'
import {
  chunksOf,
  failsWith,
  flipped,
  plaintextOf,
  reading,
  signedV1,
  signedV2,
  unsignedV1,
  unsignedV2,
  writing,
} from './messages.ts'

const data = plaintextOf(5)
const frameLength = 2
/** Three frames of 2, 2 and 1 bytes. */
const tiny = async (suite: typeof signedV1): Promise<Uint8Array> =>
  (await encrypt(data, writing(suite, { frameLength, context: { a: 'b' } }))).message

/** What a streaming reader released of these chunks, and what it failed with. */
const released = async (chunks: readonly Uint8Array[], options: DecryptOptions = reading) => {
  const slabs: Uint8Array[] = []
  const reader = new MessageReader(
    options,
    (slab) => slabs.push(slab),
    () => {},
  )
  let error: unknown
  try {
    for (const chunk of chunks) {
      const opening = reader.push(chunk)
      if (opening) await opening
    }
    await reader.end()
  } catch (thrown) {
    error = thrown
  }
  return { bytes: new Uint8Array(Buffer.concat(slabs)), error }
}

/** Released bytes are whole frames from the start of the plaintext; the last only when `isWhole`. */
const assertVerified = (bytes: Uint8Array, most: number): void => {
  assert.ok(bytes.length % frameLength === 0 || bytes.length === data.length)
  assert.ok(bytes.length <= most, `${bytes.length} bytes were released`)
  assert.deepEqual(bytes, data.slice(0, bytes.length))
}

for (const suite of [unsignedV1, signedV1, unsignedV2, signedV2] as const)
  describe(`a message of ${suite}`, () => {
    const isSigned = suite === signedV1 || suite === signedV2

    it('is refused with any bit flipped', async () => {
      const message = await tiny(suite)
      for (let bit = 0; bit < message.length * 8; bit++) {
        const codes = codesOf(message, bit >> 3)
        await assert.rejects(decrypt(flipped(message, bit), reading), failsWith(...codes))
      }
    })

    it('releases only verified frames before a flipped bit, and never the last of a signed one', async () => {
      const message = await tiny(suite)
      const headerBits = parseHeader(message).bytes.length * 8
      // Bits of the header release nothing, whichever they are: one of each byte shows it.
      for (let bit = 0; bit < message.length * 8; bit += bit < headerBits ? 9 : 1) {
        const bytes = flipped(message, bit)
        const { bytes: out, error } = await released(chunksOf(bytes, [5]))
        failsWith('NotAMessage', 'Malformed', 'NoDataKey', 'DecryptionFailed')(error)
        assertVerified(out, frameLength * 2)
      }
    })

    it('is refused wherever it is cut short', async () => {
      const message = await tiny(suite)
      await assert.rejects(decrypt(new Uint8Array(0), reading), failsWith('NotAMessage'))
      for (let length = 1; length < message.length; length++) {
        const part = message.slice(0, length)
        await assert.rejects(decrypt(part, reading), failsWith('Malformed'))
        const { bytes, error } = await released([part])
        failsWith('Malformed')(error)
        assertVerified(bytes, isSigned ? frameLength * 2 : data.length)
      }
    })

    it('is refused with bytes behind it', async () => {
      const message = await tiny(suite)
      const longer = new Uint8Array([...message, 0])
      await assert.rejects(decrypt(longer, reading), failsWith('Malformed'))
      await assert.rejects(verify(longer, reading), failsWith('Malformed'))
      failsWith('Malformed')((await released([longer])).error)
      failsWith('Malformed')((await released([message, Uint8Array.of(0)])).error)
    })

    it('is refused with its frames in another order', async () => {
      const message = await tiny(suite)
      const { bytes } = parseHeader(message)
      const frame = (index: number): Uint8Array => {
        const at = bytes.length + index * (frameLength + 32)
        return message.slice(at, at + frameLength + 32)
      }
      const swapped = message.slice()
      swapped.set(frame(1), bytes.length)
      swapped.set(frame(0), bytes.length + frameLength + 32)
      await assert.rejects(decrypt(swapped, reading), failsWith('Malformed'))
      const renumbered = swapped.slice()
      renumbered.set(message.slice(bytes.length, bytes.length + 4), bytes.length)
      const second = bytes.length + frameLength + 32
      renumbered.set(message.slice(second, second + 4), second)
      await assert.rejects(decrypt(renumbered, reading), failsWith('DecryptionFailed'))
    })
  })

/** What a flip of this byte may be refused as: each region of a message has its own answers. */
const codesOf = (message: Uint8Array, index: number) => {
  const { bytes, body, header } = parseHeader(message)
  const keyAt = 4 + header.messageId.length
  if (index === 0) return ['NotAMessage'] as const
  if (header.version === 1 && index === 1) return ['NotAMessage'] as const
  if (index < keyAt - 1) return ['Malformed', 'DecryptionFailed', 'PolicyViolation'] as const
  if (index < body.length) return ['Malformed', 'NoDataKey', 'DecryptionFailed'] as const
  if (index < bytes.length) return ['DecryptionFailed'] as const
  return ['Malformed', 'DecryptionFailed'] as const
}
