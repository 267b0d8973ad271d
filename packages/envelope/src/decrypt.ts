import { uncleared } from './bytes.ts'
import { blockHeadBytes, finalHeadBytes, frameHeadBytes, type SealedFrame } from './format/frame.ts'
import { ivBytes, tagBytes } from './format/header.ts'
import { HeaderParser, type ParsedHeader } from './format/header-parser.ts'
import { frameAt, type Layout, layoutOf } from './format/layout.ts'
import { cutShort, notAMessage } from './format/malformed.ts'
import { type DecryptOptions, requireBytes } from './options.ts'
import type { VerifiedHeader } from './reader.ts'
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
    if (header.contentType === 'framed') readFrames(start, message, layout, plaintext)
    else readBlock(start, message, layout, plaintext)
    start.verifier?.update(message.subarray(layout.headerBytes, layout.bodyEnd))
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

/** The parts of a regular frame that stands whole in `bytes` at `at`. */
export const regularFrame = (bytes: Uint8Array, at: number, length: number): SealedFrame =>
  sealed(bytes, at + 4, at + frameHeadBytes, length)

/** The same for the final frame. */
export const finalFrame = (bytes: Uint8Array, at: number, length: number): SealedFrame =>
  sealed(bytes, at + 8, at + finalHeadBytes, length)

const sealed = (bytes: Uint8Array, ivAt: number, from: number, length: number): SealedFrame => ({
  iv: bytes.subarray(ivAt, ivAt + ivBytes),
  ciphertext: bytes.subarray(from, from + length),
  tag: bytes.subarray(from + length, from + length + tagBytes),
})

const readFrames = (
  { header, frames }: ReadStart,
  message: Uint8Array,
  layout: Layout,
  out: Uint8Array,
): void => {
  const { frameLength } = header
  for (let sequence = 1; sequence < layout.frames; sequence++) {
    const at = frameAt(layout.headerBytes, frameLength, sequence)
    const frame = regularFrame(message, at, frameLength)
    frames.decrypt('regular', sequence, frame, out, (sequence - 1) * frameLength)
  }
  const frame = finalFrame(message, layout.finalAt, layout.finalBytes)
  frames.decrypt('final', layout.frames, frame, out, out.length - layout.finalBytes)
}

const readBlock = (
  { frames }: ReadStart,
  message: Uint8Array,
  layout: Layout,
  out: Uint8Array,
): void => {
  const at = layout.finalAt
  frames.decrypt('block', 1, sealed(message, at, at + blockHeadBytes, layout.finalBytes), out, 0)
}
