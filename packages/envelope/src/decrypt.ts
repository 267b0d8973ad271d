import { uncleared } from './bytes.ts'
import {
  blockHeadBytes,
  finalHeadBytes,
  frameOverhead,
  type SealedFrame,
  sealedFrameAt,
} from './format/frame.ts'
import { ivBytes, tagBytes } from './format/header.ts'
import { HeaderParser, type ParsedHeader } from './format/header-parser.ts'
import { type Layout, layoutOf } from './format/layout.ts'
import { cutShort, notAMessage } from './format/malformed.ts'
import { type DecryptOptions, requireBytes } from './options.ts'
import type { VerifiedHeader } from './reader.ts'
import { isForSeveral, LaneOpener, type Parallel, parallelOf, turn } from './parallel/parallel.ts'
import { type ReadStart, requireHoldable, requireReadable, startReading } from './start.ts'
import { slabBytes } from './writer.ts'

export type DecryptOutput = VerifiedHeader & { readonly plaintext: Uint8Array }

/**
 * Decrypts one whole message, and releases nothing before everything about it is verified, its
 * signature included. Bytes that are not exactly one well-formed message are refused before a data
 * key is unwrapped. Throws `EnvelopeError` of every code but `KeyringFailed`.
 */
export const decrypt = async (
  message: Uint8Array,
  options: DecryptOptions,
): Promise<DecryptOutput> => {
  requireBytes('message', message)
  requireReadable(options)
  const parsed = parseHeader(message, options.maxEncryptedDataKeys)
  const { header } = parsed
  const layout = layoutOf(message, header, parsed.bytes.length)
  if (header.contentType === 'non-framed') requireHoldable(layout.plaintextBytes, options)
  const start = await startReading(parsed, options)
  const plaintext = uncleared(layout.plaintextBytes)
  try {
    if (header.contentType === 'framed')
      await readFrames(start, message, layout, plaintext, options)
    else readBlock(start, message, layout, plaintext)
    start.verifier?.update(message.subarray(layout.finalAt, layout.bodyEnd))
    start.verifier?.finish(message.subarray(layout.bodyEnd + 2))
    return { plaintext, header, context: start.context }
  } catch (error) {
    plaintext.fill(0)
    throw error
  } finally {
    start.keys.zero()
  }
}

/** The header that a message begins with. Throws unless all of it is there. */
export const parseHeader = (message: Uint8Array, maxEncryptedDataKeys?: number): ParsedHeader => {
  if (message.length === 0) throw notAMessage(message)
  const parser = new HeaderParser(maxEncryptedDataKeys)
  parser.push(message)
  if (parser.parsed === undefined) throw cutShort()
  return parser.parsed
}

/** The parts of a final frame that stands whole in `bytes` at `at`. */
export const finalFrame = (bytes: Uint8Array, at: number, length: number): SealedFrame =>
  sealedFrame(bytes, at + 8, at + finalHeadBytes, length)

const sealedFrame = (
  bytes: Uint8Array,
  ivAt: number,
  from: number,
  length: number,
): SealedFrame => ({
  iv: bytes.subarray(ivAt, ivAt + ivBytes),
  ciphertext: bytes.subarray(from, from + length),
  tag: bytes.subarray(from + length, from + length + tagBytes),
})

const readFrames = async (
  start: ReadStart,
  message: Uint8Array,
  layout: Layout,
  out: Uint8Array,
  options: DecryptOptions,
): Promise<void> => {
  const { frames } = start
  const parallel = parallelOf(options.concurrency)
  const sealed = message.subarray(layout.headerBytes, layout.finalAt)
  const isLong = isForSeveral(parallel, start.header.frameLength, out.length)
  if (isLong) await readLong(start, sealed, out, parallel)
  else {
    regularFrames(start, sealed, 1, out, 0)
    start.verifier?.update(sealed)
  }
  const frame = finalFrame(message, layout.finalAt, layout.finalBytes)
  frames.decrypt('final', layout.frames, frame, out, out.length - layout.finalBytes)
}

/** Decrypts consecutive regular frames, the first of which has the number `first`. */
const regularFrames = (
  { header, frames }: ReadStart,
  sealed: Uint8Array,
  first: number,
  out: Uint8Array,
  outAt: number,
): void => {
  const { frameLength } = header
  const count = sealed.length / (frameLength + frameOverhead)
  for (let index = 0; index < count; index++) {
    const frame = sealedFrameAt(sealed, index * (frameLength + frameOverhead), frameLength)
    frames.decrypt('regular', first + index, frame, out, outAt + index * frameLength)
  }
}

/** The same on several threads, and on this one until they have started. */
const readLong = async (
  start: ReadStart,
  sealed: Uint8Array,
  out: Uint8Array,
  parallel: Parallel,
): Promise<void> => {
  const { suite, messageId, frameLength } = start.header
  const message = { suite, messageId, frameLength, key: start.keys.encryption }
  const opener = new LaneOpener({ ...parallel, fromBytes: 0 }, { mode: 'decrypt', ...message })
  const stride = frameLength + frameOverhead
  const step = stride * Math.max(1, Math.floor(slabBytes / stride))
  let done = 0
  const onSlab = (plaintext: Uint8Array): void => {
    out.set(plaintext, done)
    done += plaintext.length
  }
  try {
    for (let at = 0; at < sealed.length; at += step) {
      const piece = sealed.subarray(at, at + step)
      const lanes = opener.at(at, onSlab)
      const first = 1 + at / stride
      if (lanes === undefined) {
        regularFrames(start, piece, first, out, done)
        done += (piece.length / stride) * frameLength
      } else {
        await lanes.room()
        for (let from = 0; from < piece.length; from += stride)
          lanes.add(first + from / stride, (frame) =>
            frame.set(piece.subarray(from, from + stride)),
          )
      }
      start.verifier?.update(piece)
      await turn()
    }
    await opener.lanes?.drain()
  } finally {
    opener.close()
  }
}

const readBlock = (
  { frames }: ReadStart,
  message: Uint8Array,
  layout: Layout,
  out: Uint8Array,
): void => {
  const at = layout.finalAt
  frames.decrypt(
    'block',
    1,
    sealedFrame(message, at, at + blockHeadBytes, layout.finalBytes),
    out,
    0,
  )
}
