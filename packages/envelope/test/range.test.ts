import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseHeader } from '../src/decrypt.ts'
import { encrypt } from '../src/encrypt.ts'
import { inspect, verify } from '../src/inspect.ts'
import { decryptRange } from '../src/range.ts'
import type { ReadAt } from '../src/source.ts'
import {
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

/** Remembers how many bytes were asked for. */
const counted = (bytes: Uint8Array): ReadAt & { asked: number } => ({
  bytes: bytes.length,
  asked: 0,
  async read(at, length) {
    assert.ok(at >= 0 && at + length <= bytes.length)
    this.asked += length
    return bytes.slice(at, at + length)
  },
})

const suite = fc.constantFrom(unsignedV1, signedV1, unsignedV2, signedV2)

describe('a range', () => {
  it('is what a slice of the plaintext is, and says what is proven', async () => {
    const cases = fc.record({
      suite,
      length: fc.integer({ min: 0, max: 400 }),
      frameLength: fc.integer({ min: 1, max: 90 }),
      from: fc.integer({ min: 0, max: 420 }),
      size: fc.integer({ min: 0, max: 420 }),
      proveEnd: fc.boolean(),
    })
    const property = fc.asyncProperty(cases, async (given) => {
      const { from, proveEnd, length } = given
      const to = from + given.size
      const data = plaintextOf(length)
      const { message } = await encrypt(
        data,
        writing(given.suite, { frameLength: given.frameLength }),
      )
      const range = await decryptRange(message, from, to, { ...reading, proveEnd })
      assert.deepEqual(range.plaintext, data.slice(from, to))
      assert.equal(range.plaintextBytes, length)
      assert.equal(range.proven, from === 0 && to >= length ? 'message' : 'frames')
      if (proveEnd || to > length || range.proven === 'message') assert.ok(range.isEndProven)
    })
    await fc.assert(property, { numRuns: 300 })
  })

  it('reads the header, the ends of the message and the frames of the range only', async () => {
    const { message } = await encrypt(plaintextOf(200_000), writing(signedV2, { frameLength: 512 }))
    const source = counted(message)
    const range = await decryptRange(source, 100_000, 101_000, reading)
    assert.deepEqual(range.plaintext, plaintextOf(200_000).slice(100_000, 101_000))
    assert.equal(range.isEndProven, false)
    assert.ok(source.asked < 4096 + 4 * 600, `${source.asked} bytes`)
  })

  it('is read from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'envelope-'))
    try {
      const path = join(folder, 'message')
      const { message } = await encrypt(
        plaintextOf(3000),
        writing(unsignedV2, { frameLength: 100 }),
      )
      await writeFile(path, message)
      const range = await decryptRange(path, 150, 950, reading)
      assert.deepEqual(range.plaintext, plaintextOf(3000).slice(150, 950))
      assert.equal((await inspect(path)).body?.plaintextBytes, 3000)
      assert.equal((await verify(path, reading)).plaintextBytes, 3000)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('is refused when a frame of it was changed, and not when another one was', async () => {
    const frameLength = 10
    const { message } = await encrypt(plaintextOf(45), writing(unsignedV2, { frameLength }))
    const header = parseHeader(message).bytes.length
    const inFrame = (sequence: number): Uint8Array =>
      flipped(message, 8 * (header + (sequence - 1) * (frameLength + 32) + 20))
    await assert.rejects(decryptRange(inFrame(2), 10, 20, reading), failsWith('DecryptionFailed'))
    const range = await decryptRange(inFrame(2), 20, 30, reading)
    assert.equal(range.proven, 'frames')
    await assert.rejects(
      decryptRange(inFrame(5), 20, 30, { ...reading, proveEnd: true }),
      failsWith('Malformed', 'DecryptionFailed'),
    )
  })

  it('is refused when the message was cut, at a border of frames too', async () => {
    const frameLength = 10
    for (const name of [unsignedV2, signedV2]) {
      const { message } = await encrypt(plaintextOf(50), writing(name, { frameLength }))
      const header = parseHeader(message).bytes.length
      for (let frames = 0; frames < 5; frames++) {
        const cut = message.slice(0, header + frames * (frameLength + 32))
        await assert.rejects(decryptRange(cut, 0, 5, reading), failsWith('Malformed'))
        assert.equal((await inspect(cut)).body, undefined)
      }
    }
  })

  it('has to be of a source that says how long it is', async () => {
    const read = async (): Promise<Uint8Array> => new Uint8Array(0)
    for (const source of [
      { bytes: NaN, read },
      { bytes: -1, read },
      { bytes: 5 },
      { read },
      {},
      5,
    ]) {
      const wrong = source as unknown as ReadAt
      await assert.rejects(decryptRange(wrong, 0, 1, reading), failsWith('InvalidInput'))
      await assert.rejects(verify(wrong, reading), failsWith('InvalidInput'))
      await assert.rejects(inspect(wrong), failsWith('InvalidInput'))
    }
  })

  it('has to be a range', async () => {
    const { message } = await encrypt(plaintextOf(5), writing(unsignedV2))
    for (const [from, to] of [
      [-1, 2],
      [3, 2],
      [0, 1.5],
      [0, Number.NaN],
    ] as const)
      await assert.rejects(decryptRange(message, from, to, reading), failsWith('InvalidInput'))
  })
})
