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
import { Memory, slabBytes } from './memory.ts'
import { type DecryptOptions, requireBytes } from './options.ts'
import type { VerifiedHeader } from './reader.ts'
import { Digest } from './parallel/digest.ts'
import type { Lanes } from './parallel/lanes.ts'
import { isForSeveral, LaneOpener, type Parallel, parallelOf, turn } from './parallel/parallel.ts'
import { type ReadStart, requireHoldable, requireReadable, startReading } from './start.ts'

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
    else {
      readBlock(start, message, layout, plaintext)
      start.verifier?.update(message.subarray(layout.finalAt, layout.bodyEnd))
      start.verifier?.finish(message.subarray(layout.bodyEnd + 2))
    }
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
  const { frames, header, verifier } = start
  const parallel = parallelOf(options.concurrency)
  const isSigned = verifier !== undefined
  const how = { frameLength: header.frameLength, isSigned }
  const signature = message.subarray(layout.bodyEnd + 2)
  const readFinal = (): void => {
    const frame = finalFrame(message, layout.finalAt, layout.finalBytes)
    frames.decrypt('final', layout.frames, frame, out, out.length - layout.finalBytes)
  }
  if (isForSeveral(parallel, how, out.length)) {
    const digest =
      verifier && new Digest(verifier, start.headerBytes, { ...parallel, fromBytes: 0 })
    try {
      await readLong(start, message, layout, out, parallel, digest)
      readFinal()
      await digest?.finish(signature)
    } finally {
      digest?.close()
    }
    return
  }
  regularFrames(start, message.subarray(layout.headerBytes, layout.finalAt), 1, out, 0)
  readFinal()
  verifier?.update(message.subarray(layout.headerBytes, layout.bodyEnd))
  verifier?.finish(signature)
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

/** The same on several threads, with what is signed; and on this one until they have started. */
const readLong = async (
  start: ReadStart,
  whole: Uint8Array,
  layout: Layout,
  out: Uint8Array,
  parallel: Parallel,
  digest: Digest | undefined,
): Promise<void> => {
  const { suite, messageId, frameLength } = start.header
  const { frames } = start
  const memory = new Memory()
  const message = { suite, messageId, frameLength, key: start.keys.encryption, frames, memory }
  const opener = new LaneOpener({ ...parallel, fromBytes: 0 }, { mode: 'decrypt', ...message })
  const sealed = whole.subarray(layout.headerBytes, layout.finalAt)
  const stride = frameLength + frameOverhead
  const step = stride * Math.max(1, Math.floor(slabBytes / stride))
  let done = 0
  const onPiece = (plaintext: Uint8Array): void => {
    out.set(plaintext, done)
    done += plaintext.length
    memory.give(plaintext)
  }
  try {
    for (let at = 0; at < sealed.length; at += step) {
      const piece = sealed.subarray(at, at + step)
      const lanes = opener.at(at, onPiece)
      const first = 1 + at / stride
      if (lanes === undefined) {
        regularFrames(start, piece, first, out, done)
        done += (piece.length / stride) * frameLength
      } else await shared(lanes, first, piece, stride)
      digest?.update(piece)
      await digest?.room()
      await turn()
    }
    await opener.lanes?.drain()
    digest?.update(whole.subarray(layout.finalAt, layout.bodyEnd))
  } finally {
    opener.close()
    memory.zero()
  }
}

const shared = async (
  lanes: Lanes,
  first: number,
  sealed: Uint8Array,
  stride: number,
): Promise<void> => {
  for (let at = 0; at < sealed.length; at += stride) {
    const room = lanes.room()
    if (room) await room
    lanes.add(first + at / stride, sealed.subarray(at + 4, at + stride))
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
