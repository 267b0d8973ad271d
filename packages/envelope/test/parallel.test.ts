import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { decrypt } from '../src/decrypt.ts'
import { encrypt } from '../src/encrypt.ts'
import { FrameCipher, frameOverhead } from '../src/format/frame.ts'
import { verify } from '../src/inspect.ts'
import { decryptNodeStream, encryptNodeStream } from '../src/node-streams.ts'
import type { Parallel } from '../src/parallel/parallel.ts'
import { pool } from '../src/parallel/pool.ts'
import { framesPerSlab } from '../src/parallel/protocol.ts'
import { MessageReader } from '../src/reader.ts'
import { startWriting, type WriteStart } from '../src/start.ts'
import { decryptStream, encryptStream } from '../src/web-streams.ts'
import { MessageWriter } from '../src/writer.ts'
import {
  chunksOf,
  failsWith,
  flipped,
  plaintextOf,
  reading,
  signedV1,
  signedV2,
  suiteNames,
  unsignedV1,
  unsignedV2,
  writing,
} from './messages.ts'

const parallel: Parallel = { concurrency: 3, fromBytes: 0 }
const mebibyte = 1024 * 1024

/** A start that can be used twice: with keys, cipher and signer of its own. */
const twin = (start: WriteStart): WriteStart => {
  const encryption = start.keys.encryption.slice()
  const { suite, messageId } = start.header
  return {
    ...start,
    keys: { ...start.keys, encryption, zero: () => void encryption.fill(0) },
    frames: new FrameCipher(suite, encryption, messageId),
    end: () => void encryption.fill(0),
  }
}

const written = async (
  start: WriteStart,
  chunks: readonly Uint8Array[],
  how?: Parallel,
): Promise<Uint8Array> => {
  const slabs: Uint8Array[] = []
  const writer = new MessageWriter(start, (slab) => slabs.push(slab), undefined, how)
  for (const chunk of chunks) await writer.update(chunk)
  await writer.finish()
  return new Uint8Array(Buffer.concat(slabs))
}

const read = async (chunks: readonly Uint8Array[], how?: Parallel) => {
  const slabs: Uint8Array[] = []
  const emit = (slab: Uint8Array): unknown => slabs.push(slab)
  const reader = new MessageReader(reading, emit, () => {}, how)
  let error: unknown
  try {
    for (const chunk of chunks) await reader.push(chunk)
    await reader.end()
  } catch (thrown) {
    error = thrown
  }
  reader.zero()
  return { bytes: new Uint8Array(Buffer.concat(slabs)), error }
}

/** The same frames from one thread and from several, and read by one and by several. */
const assertSame = async (
  start: WriteStart,
  data: Uint8Array,
  sizes: readonly number[],
): Promise<Uint8Array> => {
  const alone = { ...twin(start), signer: undefined }
  const bodyOfOne = await written(alone, [data])
  const own = twin(start)
  const message = await written(own, chunksOf(data, sizes), parallel)
  // The footer aside, for no two signatures are alike.
  assert.ok(Buffer.compare(message.subarray(0, bodyOfOne.length), bodyOfOne) === 0)
  const serial = await read([message])
  const several = await read(chunksOf(message, sizes), parallel)
  assert.equal(serial.error ?? several.error, undefined)
  assert.ok(Buffer.compare(serial.bytes, data) === 0)
  assert.ok(Buffer.compare(several.bytes, data) === 0)
  return message
}

/** Starts threads and resolves when they can be used. */
const warmUp = async (concurrency: number): Promise<void> => {
  pool.start(concurrency)
  while (pool.ready(concurrency).length < concurrency)
    await new Promise((resolve) => setImmediate(resolve))
}

/** The exit code of a process that runs this. */
const exited = (script: string): number => {
  const from = new URL('../src/index.ts', import.meta.url)
  const code = `import { encrypt, rawAesKeyring } from ${JSON.stringify(from.href)}; ${script}`
  const args = ['--input-type=module', '-e', code]
  return spawnSync(process.execPath, args, { timeout: 30_000 }).status ?? -1
}

before(() => warmUp(2))
after(() => pool.end())

describe('several threads', () => {
  for (const suite of suiteNames)
    it(`write and read what one does: ${suite}`, async () => {
      const start = await startWriting(writing(suite, { frameLength: 4096 }), undefined)
      const batch = framesPerSlab(4096) * 4096
      await assertSame(start, plaintextOf(2 * batch + 4097), [65_536])
    })

  it('write and read the same at the borders of their batches', async () => {
    const data = plaintextOf(3 * mebibyte)
    for (const frameLength of [999, 65_536, mebibyte]) {
      const batch = framesPerSlab(frameLength) * frameLength
      for (const length of [0, 1, frameLength, batch - 1, batch, batch + 1, 2 * batch]) {
        const suite = length % 2 === 0 ? unsignedV2 : signedV1
        const start = await startWriting(writing(suite, { frameLength }), undefined)
        await assertSame(start, data.subarray(0, length), [batch])
      }
    }
  })

  it('write and read the same however the bytes are cut', async () => {
    const cases = fc.record({
      suite: fc.constantFrom(unsignedV1, unsignedV2, signedV2),
      length: fc.integer({ min: 0, max: 3 * mebibyte }),
      frameLength: fc.integer({ min: 500, max: 300_000 }),
      sizes: fc.array(fc.integer({ min: 1000, max: 2 * mebibyte }), { minLength: 1, maxLength: 5 }),
    })
    const property = fc.asyncProperty(cases, async ({ suite, length, frameLength, sizes }) => {
      const start = await startWriting(writing(suite, { frameLength }), undefined)
      await assertSame(start, plaintextOf(length), sizes)
    })
    await fc.assert(property, { numRuns: 25 })
  })

  it('fail with what one thread fails with, and release only verified frames', async () => {
    const frameLength = 4096
    const data = plaintextOf(1.5 * mebibyte - 1)
    const stride = frameLength + frameOverhead
    for (const suite of [unsignedV2, signedV2]) {
      const { message } = await encrypt(data, writing(suite, { frameLength }))
      const body = (sequence: number): number => message.length - (400 - sequence) * stride
      const broken = [
        flipped(message, body(40) * 8),
        flipped(flipped(message, body(300) * 8), body(330) * 8),
        message.slice(0, -1),
        message.slice(0, body(250)),
        new Uint8Array([...message, 0]),
        flipped(message, message.length * 8 - 1),
      ]
      for (const bytes of broken)
        for (const sizes of [[10_000], [mebibyte], [bytes.length]]) {
          const serial = await read([bytes])
          const several = await read(chunksOf(bytes, sizes), parallel)
          failsWith('DecryptionFailed', 'Malformed')(serial.error)
          assert.deepEqual(String(several.error), String(serial.error))
          assert.ok(several.bytes.length % frameLength === 0 || suite === unsignedV2)
          assert.ok(Buffer.compare(several.bytes, data.subarray(0, several.bytes.length)) === 0)
          if (suite === signedV2) assert.ok(several.bytes.length < data.length)
        }
    }
  })

  it('reject what a worker was at when it ended, and start others for the next message', async () => {
    const ready = pool.ready(2)
    assert.equal(ready.length, 2)
    const options = { ...writing(unsignedV2), concurrency: 3 }
    const rejection = assert.rejects(encrypt(plaintextOf(16 * mebibyte), options), /worker thread/)
    while (ready.every((worker) => worker.jobs === 0))
      await new Promise((resolve) => setImmediate(resolve))
    await Promise.all(ready.map((worker) => worker.terminate()))
    await rejection
    assert.deepEqual(pool.ready(2), [])
    await warmUp(2)
    const data = plaintextOf(5 * mebibyte)
    const { message } = await encrypt(data, options)
    assert.ok(Buffer.compare((await decrypt(message, reading)).plaintext, data) === 0)
  })

  it('hold no process back', () => {
    const script = `
      const key = new Uint8Array(32)
      const keyring = rawAesKeyring({ namespace: 'a', name: 'b', key })
      await encrypt(new Uint8Array(64 * 1024 * 1024), { keyring, concurrency: 2 })
      const doneAt = performance.now()
      // Idle threads would end by themselves after five seconds.
      process.on('exit', () => { process.exitCode = performance.now() - doneAt < 4000 ? 7 : 8 })`
    assert.equal(exited(script), 7)
  })

  it('work on long messages unless that is switched off', async () => {
    const data = plaintextOf(6 * mebibyte)
    for (const suite of [unsignedV2, signedV2]) {
      const { message } = await encrypt(data, writing(suite))
      for (const concurrency of [1, 2, 3]) {
        const options = { ...reading, concurrency }
        const { plaintext } = await decrypt(message, options)
        assert.ok(Buffer.compare(plaintext, data) === 0)
        assert.ok(plaintext.buffer instanceof ArrayBuffer)
        assert.equal((await verify(message, options)).plaintextBytes, data.length)
        const [bad, cut] = [flipped(message, 40_000_000), message.slice(0, -1)]
        await assert.rejects(decrypt(bad, options), failsWith('DecryptionFailed'))
        await assert.rejects(verify(bad, options), failsWith('DecryptionFailed'))
        await assert.rejects(verify(cut, options), failsWith('Malformed'))
        const own = { ...writing(suite), concurrency }
        const there = ReadableStream.from(chunksOf(data, [100_000]))
          .pipeThrough(encryptStream(own))
          .pipeThrough(decryptStream(options))
        assert.ok(Buffer.compare(Buffer.concat(await Array.fromAsync(there)), data) === 0)
        const back: Uint8Array[] = []
        await pipeline(
          Readable.from(chunksOf(data, [65_536])),
          encryptNodeStream(own),
          decryptNodeStream(options),
          async (slabs: AsyncIterable<Uint8Array>) => {
            for await (const slab of slabs) back.push(slab)
          },
        )
        assert.ok(Buffer.compare(Buffer.concat(back), data) === 0)
      }
    }
    for (const concurrency of [0, 1.5, 65])
      await assert.rejects(
        encrypt(data, { ...writing(unsignedV2), concurrency }),
        failsWith('InvalidInput'),
      )
  })
})
