import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import type { Take } from './pieces.ts'
import { runOf, type Sdk } from './sdk-run.ts'
import { type Operation, type Way, warmUpShare, type Work } from './work.ts'

const plaintextBytes = 65_536
const workOf = (operation: Operation, way: Way): Work => ({
  operation,
  signing: 'unsigned',
  shape: { kind: 'stream', way, plaintextBytes, pieceBytes: 1000 },
  keys: { kind: 'raw' },
  isCached: false,
})

/** Messages are the plaintext and a byte, which decrypting takes away. */
const standIn = (asked: string[]): Sdk => {
  const encrypt = async (chunks: Iterable<Uint8Array>, take: Take): Promise<void> => {
    asked.push('into')
    take(Uint8Array.of(1))
    for (const chunk of chunks) take(chunk)
  }
  const decrypt = async (chunks: Iterable<Uint8Array>, take: Take): Promise<void> => {
    asked.push('into')
    let isFirst = true
    for (const chunk of chunks) {
      take(isFirst ? chunk.subarray(1) : chunk)
      isFirst = false
    }
  }
  const stream = (): PassThrough => {
    asked.push('stream')
    return new PassThrough()
  }
  const whole = (data: Uint8Array): Promise<Uint8Array> => Promise.resolve(data)
  const encryptStream = (): PassThrough => {
    const one = stream()
    one.write(Uint8Array.of(1))
    return one
  }
  const streams = { encrypt: whole, decrypt: whole, encryptStream, decryptStream: stream }
  return { ...streams, into: { encrypt, decrypt } }
}

test('a stream goes the way that the shape says, all of it or the share that was asked', async () => {
  for (const operation of ['encrypt', 'decrypt'] as const) {
    const asked: string[] = []
    const run = await runOf(standIn(asked), workOf(operation, 'into'))
    assert.deepEqual(await run(1), { bytes: plaintextBytes, messages: 1 })
    assert.deepEqual(await run(warmUpShare), { bytes: plaintextBytes * warmUpShare, messages: 1 })
    assert.deepEqual(new Set(asked), new Set(['into']))
  }
  const asked: string[] = []
  const run = await runOf(standIn(asked), workOf('encrypt', 'stream'))
  assert.deepEqual(await run(1), { bytes: plaintextBytes, messages: 1 })
  assert.deepEqual(asked, ['stream'])
})

test('a run fails if what comes out is not what should', async () => {
  const { into, ...sdk } = standIn([])
  const nothing = { ...into!, encrypt: (): Promise<void> => Promise.resolve() }
  const short = await runOf({ ...sdk, into: nothing }, workOf('encrypt', 'into'))
  await assert.rejects(short(1), /shorter than its plaintext/)
  // What was encrypted goes through as it is, a byte too long.
  const long = await runOf({ ...sdk, into: into! }, workOf('decrypt', 'stream'))
  await assert.rejects(long(1), /65537 bytes came out instead of 65536/)
})

test('an SDK that has streams only is not asked for more', () => {
  const { into: _, ...sdk } = standIn([])
  assert.throws(() => runOf(sdk, workOf('encrypt', 'into')), /streams only/)
})
