import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { encrypt } from '../src/encrypt.ts'
import { LocalCryptoMaterialsCache } from '../src/materials/cache.ts'
import { cachingManager } from '../src/materials/caching.ts'
import type { MaterialsManager } from '../src/materials/types.ts'
import { encryptNodeStream } from '../src/node-streams.ts'
import { encryptStream } from '../src/web-streams.ts'
import { failsWith, plaintextOf, testKeyring } from './messages.ts'

/** A caching manager, and the bytes that are booked on its one data key. */
const booked = (capacity = 2) => {
  const cache = new LocalCryptoMaterialsCache({ capacity })
  const manager = cachingManager({ keyring: testKeyring, cache, maxAgeSeconds: 60 })
  return { manager, cache, bytes: () => manager.stats().entries.map((entry) => entry.bytes) }
}

const drained = async (stream: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const slab of stream) assert.ok(slab)
}

describe('bytes that a stream declares and does not use', () => {
  it('are given back at its end', async () => {
    const { manager, cache, bytes } = booked()
    using _ = cache
    const options = { manager, plaintextBytesMax: 1000, frameLength: 64 }
    const chunks = [plaintextOf(200), plaintextOf(101)]
    await drained(ReadableStream.from(chunks).pipeThrough(encryptStream(options)))
    assert.deepEqual(bytes(), [301])
    await drained(Readable.from(chunks).pipe(encryptNodeStream(options)))
    assert.deepEqual(bytes(), [602])
    await encrypt(plaintextOf(5), { manager })
    assert.deepEqual(bytes(), [607])
  })

  it('are given back when it is abandoned, but for those that were encrypted', async () => {
    const { manager, cache, bytes } = booked()
    using _ = cache
    const options = { manager, plaintextBytesMax: 1000, frameLength: 64 }
    const web = encryptStream(options)
    await web.header
    assert.deepEqual(bytes(), [1000])
    const writer = web.writable.getWriter()
    const written = writer.write(plaintextOf(300))
    const reader = web.readable.getReader()
    // The header comes first, then the frames that are full.
    await reader.read()
    await reader.read()
    await written
    await reader.cancel(new Error('no longer wanted'))
    assert.deepEqual(bytes(), [300])

    const node = encryptNodeStream(options)
    node.resume()
    await new Promise((resolve) => node.write(plaintextOf(70), resolve))
    node.destroy()
    await new Promise((resolve) => node.once('close', resolve))
    assert.deepEqual(bytes(), [370])
  })

  it('are given back when it turns out longer than declared', async () => {
    const { manager, cache, bytes } = booked()
    using _ = cache
    const stream = encryptStream({ manager, plaintextBytesMax: 100 })
    const source = ReadableStream.from([plaintextOf(60), plaintextOf(60)])
    await assert.rejects(drained(source.pipeThrough(stream)), failsWith('PolicyViolation'))
    assert.deepEqual(bytes(), [60])
  })

  it('are given back when its materials are refused', async () => {
    const { manager, cache, bytes } = booked()
    using _ = cache
    const signing: MaterialsManager = {
      ...manager,
      encryptionMaterials: async (request) => ({
        ...(await manager.encryptionMaterials(request)),
        signingKey: undefined,
      }),
    }
    await assert.rejects(encrypt(plaintextOf(9), { manager: signing }), failsWith('InvalidInput'))
    assert.deepEqual(bytes(), [0])
  })
})
