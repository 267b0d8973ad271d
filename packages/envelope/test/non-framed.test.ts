import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decrypt } from '../src/decrypt.ts'
import { inspect } from '../src/inspect.ts'
import { decryptRange } from '../src/range.ts'
import { MessageReader } from '../src/reader.ts'
import {
  failsWith,
  flipped,
  plaintextOf,
  reading,
  signedV2,
  unsignedV1,
  unsignedV2,
} from './messages.ts'
import { nonFramed } from './non-framed-message.ts'

const streamed = async (message: Uint8Array) => {
  const slabs: Uint8Array[] = []
  const reader = new MessageReader(
    reading,
    (slab) => slabs.push(slab),
    () => {},
  )
  let error: unknown
  try {
    for (const byte of message) await reader.push(Uint8Array.of(byte))
    await reader.end()
  } catch (thrown) {
    error = thrown
  }
  return { bytes: new Uint8Array(Buffer.concat(slabs)), error }
}

for (const name of [unsignedV1, unsignedV2, signedV2] as const)
  describe(`a non-framed message of ${name}`, () => {
    it('is read, whole, as a stream and in part', async () => {
      for (const length of [0, 1, 1000]) {
        const data = plaintextOf(length)
        const message = await nonFramed(name, data)
        const { plaintext, header } = await decrypt(message, reading)
        assert.deepEqual(plaintext, data)
        assert.equal(header.contentType, 'non-framed')
        assert.deepEqual(await streamed(message), { bytes: data, error: undefined })
        assert.equal((await inspect(message)).body?.plaintextBytes, length)
        const range = await decryptRange(message, 10, 20, reading)
        assert.deepEqual(range.plaintext, data.slice(10, 20))
        assert.equal(range.proven, 'message')
      }
    })

    it('releases nothing when its end is broken', async () => {
      const message = await nonFramed(name, plaintextOf(20))
      const broken = flipped(message, message.length * 8 - 1)
      await assert.rejects(decrypt(broken, reading), failsWith('DecryptionFailed'))
      const { bytes, error } = await streamed(broken)
      failsWith('DecryptionFailed')(error)
      assert.equal(bytes.length, 0)
      const cut = await streamed(message.slice(0, -1))
      failsWith('Malformed')(cut.error)
      assert.equal(cut.bytes.length, 0)
    })

    it('is refused when it is longer than the caller will hold', async () => {
      const message = await nonFramed(name, plaintextOf(20))
      const options = { ...reading, maxFrameLength: 19 }
      await assert.rejects(decrypt(message, options), failsWith('PolicyViolation'))
      const enough = await decrypt(message, { ...reading, maxFrameLength: 20 })
      assert.equal(enough.plaintext.length, 20)
    })
  })
