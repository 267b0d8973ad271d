import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decrypt } from '../src/decrypt.ts'
import { encrypt } from '../src/encrypt.ts'
import { decryptNodeStream, encryptNodeStream } from '../src/node-streams.ts'
import { decryptStream, encryptStream } from '../src/web-streams.ts'
import {
  chunksOf,
  failsWith,
  flipped,
  plaintextOf,
  reading,
  signedV2,
  testKeyring,
  unsignedV1,
  unsignedV2,
  writing,
} from './messages.ts'

type Pair = {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
}

const through = (chunks: readonly Uint8Array[], pair: Pair): ReadableStream<Uint8Array> =>
  ReadableStream.from(chunks).pipeThrough(pair)

/** Collects what comes out, and the failure after it if there is one. */
const collect = async (stream: AsyncIterable<Uint8Array>) => {
  const slabs: Uint8Array[] = []
  try {
    for await (const slab of stream) slabs.push(slab)
  } catch (error) {
    return { bytes: new Uint8Array(Buffer.concat(slabs)), error }
  }
  return { bytes: new Uint8Array(Buffer.concat(slabs)), error: undefined }
}

const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 6 })
const suite = fc.constantFrom(unsignedV1, unsignedV2, signedV2)

describe('streams of both kinds', () => {
  it('give the same as whole buffers, however the bytes are cut', async () => {
    const cases = fc.record({
      suite,
      length: fc.integer({ min: 0, max: 3000 }),
      frameLength: fc.integer({ min: 1, max: 600 }),
      sizes,
      otherSizes: sizes,
    })
    const property = fc.asyncProperty(cases, async (given) => {
      const { frameLength } = given
      const data = plaintextOf(given.length)
      const options = writing(given.suite, { frameLength })
      const web = encryptStream(options)
      const message = await collect(through(chunksOf(data, given.sizes), web))
      assert.equal(message.error, undefined)
      assert.equal((await web.header).frameLength, frameLength)
      assert.deepEqual((await decrypt(message.bytes, reading)).plaintext, data)

      const node = encryptNodeStream(options)
      const nodeMessage = await collect(Readable.from(chunksOf(data, given.otherSizes)).pipe(node))
      assert.equal(nodeMessage.error, undefined)

      const back = decryptStream(reading)
      const read = await collect(through(chunksOf(nodeMessage.bytes, given.sizes), back))
      assert.equal(read.error, undefined)
      assert.deepEqual(read.bytes, data)
      assert.deepEqual(await back.header, await node.header)

      const nodeBack = decryptNodeStream(reading)
      const chunks = chunksOf(message.bytes, given.otherSizes)
      const nodeRead = await collect(Readable.from(chunks).pipe(nodeBack))
      assert.equal(nodeRead.error, undefined)
      assert.deepEqual(nodeRead.bytes, data)
      assert.deepEqual((await nodeBack.context).size, (await web.header).context.size)
    })
    await fc.assert(property, { numRuns: 60 })
  })

  it('hold the last frame of a signed message until its signature is verified', async () => {
    const data = plaintextOf(1000)
    const { message } = await encrypt(data, writing(signedV2, { frameLength: 300 }))
    const broken = flipped(message, message.length * 8 - 9)
    for (const chunks of [[broken], chunksOf(broken, [1]), chunksOf(broken, [997])]) {
      const web = await collect(through(chunks, decryptStream(reading)))
      failsWith('DecryptionFailed', 'Malformed')(web.error)
      assert.ok(web.bytes.length <= 900)
      const stream = decryptNodeStream(reading)
      const slabs: Uint8Array[] = []
      stream.on('data', (slab: Uint8Array) => slabs.push(slab))
      await assert.rejects(pipeline(Readable.from(chunks), stream), failsWith('DecryptionFailed'))
      assert.ok(Buffer.concat(slabs).length <= 900)
    }
  })

  it('fail when more comes than was declared, and pass the bound on to the manager', async () => {
    const options = { keyring: testKeyring, plaintextBytesMax: 10 }
    const enough = await collect(through([plaintextOf(10)], encryptStream(options)))
    assert.equal(enough.error, undefined)
    const web = await collect(through([plaintextOf(10), plaintextOf(1)], encryptStream(options)))
    failsWith('PolicyViolation')(web.error)
  })

  it('fail on both sides, and reject the header, when there is no data key', async () => {
    const failing = {
      keyring: {
        onEncrypt: () => Promise.reject(new Error('no service')),
        onDecrypt: async () => ({ errors: [] }),
      },
    }
    const web = encryptStream(failing)
    failsWith('KeyringFailed')((await collect(through([plaintextOf(1)], web))).error)
    await assert.rejects(web.header, failsWith('KeyringFailed'))
    const node = encryptNodeStream(failing)
    await assert.rejects(
      pipeline(Readable.from([plaintextOf(1)]), node.resume()),
      failsWith('KeyringFailed'),
    )
    await assert.rejects(node.header, failsWith('KeyringFailed'))
    const { message } = await encrypt(plaintextOf(1), { keyring: testKeyring })
    const back = decryptStream(failing)
    failsWith('NoDataKey')((await collect(through([message], back))).error)
    await assert.rejects(back.header, failsWith('NoDataKey'))
  })

  it('refuse signed messages before any data key where they are not allowed', async () => {
    const { message } = await encrypt(plaintextOf(1), { keyring: testKeyring })
    const options = { ...reading, allowSigned: false }
    await assert.rejects(decrypt(message, options), failsWith('PolicyViolation'))
    const web = await collect(through([message], decryptStream(options)))
    failsWith('PolicyViolation')(web.error)
    assert.equal(web.bytes.length, 0)
  })

  it('end an abandoned stream, and its header promise with it', async () => {
    const web = encryptStream({ keyring: testKeyring })
    await web.readable.cancel(new Error('no longer wanted'))
    const back = decryptStream(reading)
    await back.readable.cancel(new Error('no longer wanted'))
    await assert.rejects(back.header, /no longer wanted/)
    const node = decryptNodeStream(reading)
    node.destroy()
    await assert.rejects(node.header, /destroyed/)
  })
})
