import assert from 'node:assert/strict'
import { after, before, describe, it, mock } from 'node:test'
import { decrypt } from '../src/decrypt.ts'
import { encrypt } from '../src/encrypt.ts'
import { frameOverhead } from '../src/format/frame.ts'
import { FooterSigner } from '../src/format/footer.ts'
import { generateSigningKey } from '../src/materials/signing.ts'
import { Digest } from '../src/parallel/digest.ts'
import { pool } from '../src/parallel/pool.ts'
import { MessageReader } from '../src/reader.ts'
import { startWriting } from '../src/start.ts'
import { MessageWriter } from '../src/writer.ts'
import { failsWith, plaintextOf, reading, signedV2, unsignedV2, writing } from './messages.ts'

const mebibyte = 1024 * 1024
const parallel = { concurrency: 3, fromBytes: 0 }

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const warmUp = async (count: number): Promise<void> => {
  pool.start(count)
  while (pool.ready(count).length < count) await turn()
}

/** A writer on several threads, and the pieces that it has emitted. */
const openWriter = async (frameLength: number) => {
  const pieces: Uint8Array[] = []
  const start = await startWriting(writing(unsignedV2, { frameLength }), undefined)
  const emit = (piece: Uint8Array): unknown => pieces.push(piece)
  return { writer: new MessageWriter(start, emit, undefined, parallel), pieces }
}

const plaintextIn = async (pieces: readonly Uint8Array[]): Promise<Uint8Array> =>
  (await decrypt(new Uint8Array(Buffer.concat(pieces)), reading)).plaintext

describe('frames on several threads', () => {
  before(() => warmUp(2))
  after(() => pool.end())

  it('are handed on many at a time, whoever works on them', async () => {
    const data = plaintextOf(8 * mebibyte)
    const frameLength = 512
    const { writer, pieces } = await openWriter(frameLength)
    for (let at = 0; at < data.length; at += mebibyte)
      await writer.update(data.subarray(at, at + mebibyte))
    await writer.finish()
    const frames = data.length / frameLength
    assert.ok(pieces.length < frames / 50, `${pieces.length} pieces of ${frames} frames`)
    const inside = pieces.slice(1, -1)
    assert.ok(inside.every(({ length }) => length % (frameLength + frameOverhead) === 0))
    assert.ok(Buffer.compare(await plaintextIn(pieces), data) === 0)
  })

  it('end where the message does, whatever chunks come behind it', async () => {
    const data = plaintextOf(3 * mebibyte)
    for (const suite of [unsignedV2, signedV2]) {
      const { message } = await encrypt(data, writing(suite, { frameLength: 4096 }))
      const read = async (...behind: readonly number[]): Promise<number> => {
        let released = 0
        const emit = ({ length }: Uint8Array): void => void (released += length)
        const reader = new MessageReader(reading, emit, () => {}, parallel)
        for (const chunk of [message.subarray(0, mebibyte), message.subarray(mebibyte)])
          await reader.push(chunk)
        for (const length of behind) await reader.push(new Uint8Array(length))
        await reader.end()
        return released
      }
      assert.equal(await read(0, 0), data.length)
      await assert.rejects(read(1), failsWith('Malformed'))
      await assert.rejects(read(0, 100), failsWith('Malformed'))
    }
  })

  it('are not given to a thread that has ended between two of them', async () => {
    const data = plaintextOf(12 * mebibyte)
    const { writer, pieces } = await openWriter(65_536)
    const emitted = (): number => pieces.reduce((sum, { length }) => sum + length, 0)
    for (let at = 0; at < data.length; at += mebibyte) {
      await writer.update(data.subarray(at, at + mebibyte))
      if (at !== 4 * mebibyte) continue
      // All frames but the last one, which is kept back: then no thread has anything to do.
      while (emitted() < at + mebibyte - 65_536) await turn()
      await pool.ready(2)[0]?.terminate()
      assert.equal(pool.ready(2).length, 1)
    }
    await writer.finish()
    assert.ok(Buffer.compare(await plaintextIn(pieces), data) === 0)
  })
})

describe('a signature on another thread', () => {
  after(() => pool.end())

  it('leaves nothing behind when it is closed while threads start', async () => {
    await pool.end()
    const enter = mock.method(pool, 'enter')
    const leave = mock.method(pool, 'leave')
    const { signingKey } = await generateSigningKey('P-384')
    const signer = new FooterSigner({ curve: 'P-384', hash: 'sha384' }, signingKey)
    const digest = new Digest(signer, new Uint8Array(10), parallel)
    digest.update(plaintextOf(mebibyte))
    const starting = digest.room()
    digest.close()
    await starting
    await warmUp(2)
    assert.equal(enter.mock.callCount(), leave.mock.callCount())
    mock.restoreAll()
  })
})
