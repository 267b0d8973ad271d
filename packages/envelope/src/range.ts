import { uncleared, viewOf } from './bytes.ts'
import { decrypt, finalFrame } from './decrypt.ts'
import { finalOverhead, frameOverhead, sealedFrameAt } from './format/frame.ts'
import { frameAt, type Layout, outOfOrder } from './format/layout.ts'
import { locateBody } from './locate.ts'
import { type DecryptOptions, requireCount, requireSwitch } from './options.ts'
import type { VerifiedHeader } from './reader.ts'
import { type MessageSource, type ReadAt, readHeader, withSource } from './source.ts'
import { type ReadStart, requireReadable, startReading } from './start.ts'
import { slabBytes } from './memory.ts'

export type DecryptRangeOptions = DecryptOptions & {
  /** Verifies the final frame too, and with it the length of the plaintext. Default: `false`. */
  readonly proveEnd?: boolean | undefined
}

export type DecryptRangeOutput = VerifiedHeader & {
  /** The bytes of the range that there are. */
  readonly plaintext: Uint8Array
  /**
   * `frames`: header and returned frames are authentic, each in its place of this very message; of
   * the rest, and of the signature if there is one, nothing is known. `message`: everything was
   * read and verified, as by `decrypt`.
   */
  readonly proven: 'frames' | 'message'
  /** Bytes of the whole plaintext: what the message looks like, unless `isEndProven`. */
  readonly plaintextBytes: number
  /** Whether the final frame was verified: then the message was not cut short. */
  readonly isEndProven: boolean
}

/**
 * Decrypts bytes `from` to `to`, exclusively, of the plaintext, and reads only the frames that hold
 * them. A range that reaches past the plaintext gets what there is, and its end is then always
 * proven. A range over everything, and any range of a non-framed message, verifies all of it.
 * Throws what `decrypt` throws.
 */
export const decryptRange = async (
  source: MessageSource,
  from: number,
  to: number,
  options: DecryptRangeOptions,
): Promise<DecryptRangeOutput> => {
  requireCount('from', from, 0)
  requireCount('to', to, from)
  requireSwitch('proveEnd', options.proveEnd)
  requireReadable(options)
  return await withSource(source, async (opened) => {
    const parsed = await readHeader(opened, options.maxEncryptedDataKeys)
    const layout = await locateBody(opened, parsed.header, parsed.bytes.length)
    const isWhole = from === 0 && to >= layout.plaintextBytes
    if (isWhole || parsed.header.contentType === 'non-framed')
      return await wholeMessage(opened, from, to, options)
    const start = await startReading(parsed, options)
    try {
      return await frames(opened, start, layout, { from, to }, options.proveEnd === true)
    } finally {
      start.keys.zero()
    }
  })
}

const wholeMessage = async (
  source: ReadAt,
  from: number,
  to: number,
  options: DecryptOptions,
): Promise<DecryptRangeOutput> => {
  const whole = await decrypt(await source.read(0, source.bytes), options)
  const plaintext = whole.plaintext.slice(from, to)
  const isPart = plaintext.length < whole.plaintext.length
  const plaintextBytes = whole.plaintext.length
  if (isPart) whole.plaintext.fill(0)
  return { ...whole, plaintext, proven: 'message', plaintextBytes, isEndProven: true }
}

type Range = { readonly from: number; readonly to: number }

const frames = async (
  source: ReadAt,
  start: ReadStart,
  layout: Layout,
  { from, to }: Range,
  proveEnd: boolean,
): Promise<DecryptRangeOutput> => {
  const { header, context } = start
  const { frameLength } = header
  const { plaintextBytes } = layout
  const end = Math.min(to, plaintextBytes)
  const begin = Math.min(from, end)
  const plaintext = uncleared(end - begin)
  // Frames are numbered from 1; an empty range needs none.
  const first = 1 + Math.floor(begin / frameLength)
  const last = end > begin ? Math.ceil(end / frameLength) : first - 1
  const isFinalIn = last === layout.frames
  const isEndProven = isFinalIn || proveEnd || to > plaintextBytes
  try {
    const lastRegular = isFinalIn ? last - 1 : last
    const perRead = Math.max(1, Math.floor(slabBytes / (frameLength + frameOverhead)))
    for (let sequence = first; sequence <= lastRegular; sequence += perRead) {
      const next = Math.min(lastRegular, sequence + perRead - 1)
      const bytes = await regularFrames(source, start, layout, sequence, next)
      place(bytes, (sequence - 1) * frameLength, plaintext, begin)
    }
    if (isEndProven) {
      const bytes = await readFinal(source, start, layout)
      if (isFinalIn) place(bytes, plaintextBytes - bytes.length, plaintext, begin)
    }
  } catch (error) {
    plaintext.fill(0)
    throw error
  }
  return { header, context, plaintext, proven: 'frames', plaintextBytes, isEndProven }
}

/** Copies what of `bytes`, which stand at `at` of the plaintext, lies in the range. */
const place = (bytes: Uint8Array, at: number, range: Uint8Array, begin: number): void => {
  const from = Math.max(0, begin - at)
  const to = Math.max(from, Math.min(bytes.length, begin + range.length - at))
  range.set(bytes.subarray(from, to), Math.max(0, at - begin))
  bytes.fill(0)
}

/** Regular frames that stand behind each other, with one read. */
const regularFrames = async (
  source: ReadAt,
  { header, frames: cipher }: ReadStart,
  { headerBytes }: Layout,
  first: number,
  last: number,
): Promise<Uint8Array> => {
  const { frameLength } = header
  const sealed = frameLength + frameOverhead
  const count = last - first + 1
  const bytes = await source.read(frameAt(headerBytes, frameLength, first), count * sealed)
  const view = viewOf(bytes)
  const out = uncleared(count * frameLength)
  for (let index = 0; index < count; index++) {
    if (view.getUint32(index * sealed) !== first + index) throw outOfOrder()
    const frame = sealedFrameAt(bytes, index * sealed, frameLength)
    cipher.decrypt('regular', first + index, frame, out, index * frameLength)
  }
  return out
}

const readFinal = async (
  source: ReadAt,
  { frames: cipher }: ReadStart,
  { finalAt, finalBytes, frames: count }: Layout,
): Promise<Uint8Array> => {
  const bytes = await source.read(finalAt, finalOverhead + finalBytes)
  const out = uncleared(finalBytes)
  cipher.decrypt('final', count, finalFrame(bytes, 0, finalBytes), out, 0)
  return out
}
