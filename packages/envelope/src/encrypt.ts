import { uncleared } from './bytes.ts'
import { footerBytesMax } from './format/footer.ts'
import { finalOverhead, frameOverhead } from './format/frame.ts'
import type { MessageHeader } from './format/header.ts'
import { slabBytes } from './memory.ts'
import { type EncryptOptions, requireBytes } from './options.ts'
import { isForSeveral, type Parallel, parallelOf, turn } from './parallel/parallel.ts'
import { startWriting, type WriteStart } from './start.ts'
import { frameCount, MessageWriter } from './writer.ts'

export type EncryptOutput = {
  readonly message: Uint8Array
  readonly header: MessageHeader
}

/**
 * Encrypts `data` into one message under a fresh or cached data key. `data` must not change until
 * the promise settles. Throws `InvalidInput`, `PolicyViolation`, `KeyringFailed`, `ContextMismatch`.
 */
export const encrypt = async (
  data: Uint8Array,
  options: EncryptOptions,
): Promise<EncryptOutput> => {
  requireBytes('data', data)
  const start = await startWriting(options, data.length)
  try {
    const parallel = parallelOf(options.concurrency)
    const { frameLength, suite } = start.header
    const isSigned = suite.signature !== undefined
    const isLong = isForSeveral(parallel, { frameLength, isSigned }, data.length)
    const message = isLong ? await longMessage(start, data, parallel) : wholeMessage(start, data)
    return { message, header: start.header }
  } finally {
    start.end(data.length)
  }
}

/** Memory for the longest message that there can be of so much plaintext, and its frames. */
const messageMemory = ({ header, headerBytes }: WriteStart, plaintextBytes: number) => {
  const { frameLength, suite } = header
  const count = frameCount(plaintextBytes, frameLength)
  const bodyBytes = plaintextBytes + (count - 1) * frameOverhead + finalOverhead
  const footerMax = suite.signature ? footerBytesMax(suite.signature) : 0
  return { count, out: uncleared(headerBytes.length + bodyBytes + footerMax) }
}

/**
 * The way of a stream, for what several threads work on. Between two pieces other things get their
 * turn, also the news that the threads have started.
 */
const longMessage = async (
  start: WriteStart,
  data: Uint8Array,
  parallel: Parallel,
): Promise<Uint8Array> => {
  const { out } = messageMemory(start, data.length)
  let end = 0
  const emit = (slab: Uint8Array): void => {
    out.set(slab, end)
    end += slab.length
    writer?.give(slab)
  }
  let writer: MessageWriter | undefined
  writer = new MessageWriter(start, emit, data.length, { ...parallel, fromBytes: 0 })
  try {
    const { frameLength } = start.header
    const step = frameLength * Math.max(1, Math.floor(slabBytes / frameLength))
    for (let at = 0; at < data.length; at += step) {
      await writer.update(data.subarray(at, at + step))
      await turn()
    }
    await writer.finish()
  } finally {
    writer.zero()
  }
  out.fill(0, end)
  return out.subarray(0, end)
}

const wholeMessage = (start: WriteStart, data: Uint8Array): Uint8Array => {
  const { header, headerBytes, frames, signer } = start
  const { frameLength } = header
  const { count, out } = messageMemory(start, data.length)
  out.set(headerBytes)
  let at = headerBytes.length
  for (let sequence = 1; sequence <= count; sequence++) {
    const from = (sequence - 1) * frameLength
    const kind = sequence === count ? 'final' : 'regular'
    at = frames.encrypt(kind, sequence, data.subarray(from, from + frameLength), out, at)
  }
  if (signer === undefined) return out
  signer.update(out.subarray(headerBytes.length, at))
  const footer = signer.finish()
  out.set(footer, at)
  // A signature is mostly a few bytes shorter than it could be; what is left was never written.
  out.fill(0, at + footer.length)
  return out.subarray(0, at + footer.length)
}
