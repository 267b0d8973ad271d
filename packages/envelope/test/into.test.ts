import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { encrypt } from '../src/encrypt.ts'
import { decryptInto, encryptInto } from '../src/into.ts'
import { Memory, slabBytes } from '../src/memory.ts'
import { pool } from '../src/parallel/pool.ts'
import { Worth } from '../src/parallel/worth.ts'
import {
  failsWith,
  flipped,
  plaintextOf,
  reading,
  signedV2,
  suiteNames,
  unsignedV2,
  writing,
} from './messages.ts'

const mebibyte = 1024 * 1024

/** Chunks that all lie in one piece of memory, as a reader of files has it. */
function* reused(data: Uint8Array, chunkBytes: number): Generator<Uint8Array> {
  const memory = Buffer.alloc(chunkBytes)
  for (let at = 0; at < data.length; at += chunkBytes) {
    const chunk = data.subarray(at, at + chunkBytes)
    memory.set(chunk)
    yield memory.subarray(0, chunk.length)
    memory.fill(0xee)
  }
}

/** Keeps copies, and spoils what it was given: that is its own until it settles. */
const keeper = () => {
  const copies: Uint8Array[] = []
  const write = async (piece: Uint8Array): Promise<void> => {
    copies.push(new Uint8Array(piece))
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(Buffer.compare(copies.at(-1) ?? new Uint8Array(0), piece) === 0)
    piece.fill(0xdd)
  }
  return { write, bytes: () => new Uint8Array(Buffer.concat(copies)), copies }
}

after(() => pool.end())

describe('encryptInto and decryptInto', () => {
  for (const suite of suiteNames)
    it(`give back what went in, with memory that is used again: ${suite}`, async () => {
      const cases = fc.record({
        length: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 3_000_000 })),
        frameLength: fc.constantFrom(512, 4096, 65_536, 262_144),
        chunkBytes: fc.integer({ min: 700, max: 1_500_000 }),
        concurrency: fc.constantFrom(1, 3),
      })
      const property = fc.asyncProperty(cases, async (given) => {
        const { length, frameLength, chunkBytes, concurrency } = given
        const data = plaintextOf(length)
        const message = keeper()
        const how = { ...writing(suite, { frameLength }), concurrency }
        const { header } = await encryptInto(reused(data, chunkBytes), message.write, how)
        assert.equal(header.suite.name, suite)
        const back = keeper()
        const own = { ...reading, concurrency }
        const verified = await decryptInto(reused(message.bytes(), chunkBytes), back.write, own)
        assert.deepEqual(verified.header.messageId, header.messageId)
        assert.ok(Buffer.compare(back.bytes(), data) === 0)
      })
      await fc.assert(property, { numRuns: 6 })
    })

  it('work on long messages with several threads', async () => {
    const data = plaintextOf(24 * mebibyte)
    for (const suite of [unsignedV2, signedV2]) {
      const message = keeper()
      const how = { ...writing(suite), concurrency: 3 }
      await encryptInto(reused(data, mebibyte), message.write, how)
      const back = keeper()
      const own = { ...reading, concurrency: 3 }
      await decryptInto(reused(message.bytes(), 999_999), back.write, own)
      assert.ok(Buffer.compare(back.bytes(), data) === 0)
    }
  })

  it('tell of the header once, before anything is written, and write nothing if it is refused', async () => {
    const { message } = await encrypt(plaintextOf(100_000), writing(unsignedV2))
    const back = keeper()
    const told: number[] = []
    await decryptInto([message], back.write, reading, () => void told.push(back.copies.length))
    assert.deepEqual(told, [0])
    const refused = keeper()
    const refusal = new Error('not this one')
    await assert.rejects(
      decryptInto([message], refused.write, reading, () => Promise.reject(refusal)),
      refusal,
    )
    assert.equal(refused.copies.length, 0)
  })

  it('write what is verified and no more', async () => {
    const frameLength = 65_536
    const data = plaintextOf(40 * frameLength)
    for (const suite of [unsignedV2, signedV2]) {
      const { message } = await encrypt(data, writing(suite, { frameLength }))
      for (const bad of [flipped(message, message.length * 4), message.slice(0, -1)]) {
        const back = keeper()
        await assert.rejects(
          decryptInto(reused(bad, 100_000), back.write, reading),
          failsWith('DecryptionFailed', 'Malformed'),
        )
        const bytes = back.bytes()
        assert.ok(bytes.length < data.length)
        assert.ok(Buffer.compare(bytes, data.subarray(0, bytes.length)) === 0)
      }
    }
  })

  it('never write all of a signed message before its signature is verified', async () => {
    const frameLength = 4096
    for (const length of [1, frameLength, 2 * frameLength, 300 * frameLength])
      for (const concurrency of [1, 3]) {
        const { message } = await encrypt(plaintextOf(length), writing(signedV2, { frameLength }))
        const bad = flipped(message, message.length * 8 - 1)
        for (const chunkBytes of [100_000, bad.length]) {
          const back = keeper()
          await assert.rejects(
            decryptInto(reused(bad, chunkBytes), back.write, { ...reading, concurrency }),
            failsWith('DecryptionFailed', 'Malformed'),
          )
          assert.ok(back.bytes().length < length)
        }
      }
  })

  it('fail with what a write or a source fails with, and write nothing afterwards', async () => {
    const data = plaintextOf(20 * mebibyte)
    const fault = new Error('disk full')
    let written = 0
    const failing = async (): Promise<void> => {
      written += 1
      await Promise.resolve()
      if (written === 3) throw fault
    }
    await assert.rejects(encryptInto(reused(data, 100_000), failing, writing(unsignedV2)), fault)
    assert.equal(written, 3)
    const broken = new Error('read failed')
    const source = function* (): Generator<Uint8Array> {
      yield data.subarray(0, mebibyte)
      throw broken
    }
    const { write } = keeper()
    await assert.rejects(encryptInto(source(), write, writing(unsignedV2)), broken)
    await assert.rejects(encryptInto([], write, { ...writing(unsignedV2), frameLength: 0 }))
  })

  it('close a source when there is no data key to begin with', async () => {
    const keyring = {
      ...reading.keyring,
      onEncrypt: () => Promise.reject(new Error('no service')),
    }
    const { write } = keeper()
    const file = createReadStream(import.meta.filename)
    let isCancelled = false
    const web = new ReadableStream<Uint8Array>({
      cancel: () => {
        isCancelled = true
      },
    })
    for (const source of [file, web])
      await assert.rejects(encryptInto(source, write, { keyring }), failsWith('KeyringFailed'))
    assert.ok(file.destroyed)
    assert.ok(isCancelled)
  })

  it('refuse chunks that are no bytes, of which nothing would be left', async () => {
    const { write, copies } = keeper()
    for (const chunk of ['text', new Uint16Array(4), new ArrayBuffer(4), [1, 2], null]) {
      const chunks = [chunk] as unknown as Uint8Array[]
      await assert.rejects(
        encryptInto(chunks, write, writing(unsignedV2)),
        failsWith('InvalidInput'),
      )
      await assert.rejects(decryptInto(chunks, write, reading), failsWith('InvalidInput'))
    }
    assert.equal(copies.length, 0)
  })

  it('do not run ahead of a slow write', async () => {
    let asked = 0
    let written = 0
    const source = function* (): Generator<Uint8Array> {
      for (let at = 0; at < 64; at += 1) {
        asked += mebibyte
        yield new Uint8Array(mebibyte)
      }
    }
    let most = 0
    const write = async (piece: Uint8Array): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve))
      written += piece.length
      most = Math.max(most, asked - written)
    }
    await encryptInto(source(), write, { ...writing(unsignedV2), concurrency: 1 })
    assert.ok(most < 10 * mebibyte, `${most / mebibyte} MiB`)
  })

  it('write long chunks as they go, in memory that is used again', async () => {
    const data = new Uint8Array(48 * mebibyte)
    const { message } = await encrypt(data, writing(unsignedV2))
    const memories = new Set<ArrayBufferLike>()
    const note = async ({ buffer }: Uint8Array): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve))
      memories.add(buffer)
    }
    const how = { concurrency: 1 }
    await encryptInto([data], note, { ...writing(unsignedV2), ...how })
    await decryptInto([message], note, { ...reading, ...how })
    assert.ok(memories.size < 30, `${memories.size} pieces of memory`)
  })
})

describe('memory', () => {
  it('is used again once it is given back, and zeroed at the end', () => {
    const memory = new Memory()
    const first = memory.take(slabBytes)
    first.fill(7)
    memory.give(first.subarray(0, 10))
    const second = memory.take(slabBytes - 5)
    assert.equal(second.buffer, first.buffer)
    assert.equal(second.length, slabBytes - 5)
    assert.notEqual(memory.take(slabBytes).buffer, first.buffer)
    memory.give(second)
    memory.zero()
    assert.ok(first.every((byte) => byte === 0))
  })

  it('that is too small to keep is given back to the system, and so is what comes late', () => {
    const memory = new Memory()
    const small = memory.take(100)
    memory.give(small)
    assert.equal(small.length, 0)
    const late = memory.take(slabBytes)
    memory.zero()
    memory.give(late)
    assert.equal(late.length, 0)
  })

  it('that another thread wrote goes to another thread', () => {
    const memory = new Memory()
    const other = new Uint8Array(slabBytes)
    memory.noteWrittenByOthers(other)
    memory.give(other)
    assert.notEqual(memory.take(slabBytes).buffer, other.buffer)
    assert.equal(memory.takeForOthers(slabBytes), other.buffer)
    assert.equal(memory.takeForOthers(slabBytes), undefined)
  })
})

describe('handing work to another thread', () => {
  it('pays where copying takes less than half of the work, and is tried where it did not', () => {
    const worth = new Worth()
    assert.ok(worth.pays())
    worth.copied(1000, 1)
    worth.worked(1000, 10)
    assert.ok(worth.pays())
    for (let times = 0; times < 50; times += 1) worth.copied(1000, 9)
    const answers = Array.from({ length: 200 }, () => worth.pays())
    assert.equal(answers.filter(Boolean).length, 3)
    for (let times = 0; times < 50; times += 1) worth.copied(1000, 1)
    assert.ok(worth.pays())
  })
})
