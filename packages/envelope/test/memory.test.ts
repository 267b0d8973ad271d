import assert from 'node:assert/strict'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { encryptInto } from '../src/into.ts'
import { decryptNodeStream, encryptNodeStream } from '../src/node-streams.ts'
import { rewrapInto } from '../src/rewrap/rewrap.ts'
import { decryptStream, encryptStream } from '../src/web-streams.ts'
import { reading, signedV1, signedV2, unsignedV1, writing } from './messages.ts'

const mebibyte = 1024 * 1024
const totalBytes = 96 * mebibyte

function* plaintext(): Generator<Uint8Array> {
  const chunk = new Uint8Array(64 * 1024).fill(5)
  for (let done = 0; done < totalBytes; done += chunk.length) yield chunk
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Counts bytes and, every few mebibytes, the memory in use over what was in use before. */
const meter = () => {
  const inUse = (): number => {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const before = inUse()
  const seen = { bytes: 0, growth: 0 }
  let nextLookAt = 0
  const count = (chunk: Uint8Array): void => {
    seen.bytes += chunk.length
    if (seen.bytes < nextLookAt) return
    nextLookAt = seen.bytes + lookEveryBytes
    seen.growth = Math.max(seen.growth, inUse() - before)
  }
  return { seen, count }
}

const lookEveryBytes = 4 * mebibyte

/** Far less than the plaintext; most of it is what is on its way between threads. */
const growthMax = totalBytes / 2

describe('memory', () => {
  it('stays constant while Node streams encrypt and decrypt', async () => {
    const { seen, count } = meter()
    await pipeline(
      Readable.from(plaintext()),
      encryptNodeStream(writing(signedV2)),
      decryptNodeStream(reading),
      new Writable({
        write(chunk: Uint8Array, _encoding, done) {
          count(chunk)
          setImmediate(done)
        },
      }),
    )
    assert.equal(seen.bytes, totalBytes)
    assert.ok(seen.growth < growthMax, `${seen.growth / mebibyte} MiB`)
  })

  it('stays constant while Web streams encrypt and decrypt', async () => {
    const { seen, count } = meter()
    await ReadableStream.from(plaintext())
      .pipeThrough(encryptStream(writing(signedV2)))
      .pipeThrough(decryptStream(reading))
      .pipeTo(
        new WritableStream({
          async write(chunk) {
            count(chunk)
            await new Promise((resolve) => setImmediate(resolve))
          },
        }),
      )
    assert.equal(seen.bytes, totalBytes)
    assert.ok(seen.growth < growthMax, `${seen.growth / mebibyte} MiB`)
  })

  for (const suite of [signedV1, unsignedV1, signedV2])
    it(`stays constant while a message of ${suite} is rewrapped`, async () => {
      const { seen, count } = meter()
      const source = Readable.from(plaintext()).compose(encryptNodeStream(writing(suite)))
      const write = async (piece: Uint8Array): Promise<void> => {
        count(piece)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await rewrapInto(source, write, { from: reading, to: { keyring: reading.keyring } })
      assert.ok(seen.bytes > totalBytes)
      assert.ok(seen.growth < growthMax, `${seen.growth / mebibyte} MiB`)
    })

  it('stays constant while another thread hashes one signed message after the other', async () => {
    const data = new Uint8Array(5 * mebibyte)
    const options = { ...writing(signedV2), concurrency: 2 }
    const { seen, count } = meter()
    for (let messages = 0; messages < 40; messages++) await encryptInto([data], count, options)
    assert.ok(seen.bytes > 40 * data.length)
    assert.ok(seen.growth < 32 * mebibyte, `${seen.growth / mebibyte} MiB`)
  })
})
