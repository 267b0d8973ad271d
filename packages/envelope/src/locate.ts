import { viewOf } from './bytes.ts'
import { footerBytesMax } from './format/footer.ts'
import {
  blockHeadBytes,
  finalHeadBytes,
  finalMarker,
  finalOverhead,
  frameOverhead,
  framesMax,
} from './format/frame.ts'
import { type MessageHeader, tagBytes } from './format/header.ts'
import { blockBytes, frameAt, type Layout, signatureBytes } from './format/layout.ts'
import { cutShort, malformed } from './format/malformed.ts'
import type { ReadAt } from './source.ts'

/**
 * Finds the final frame of a message without reading what is before it: frames stand on a grid, and
 * only those grid points qualify from which final frame and footer reach exactly to the end. Proves
 * nothing; the final frame's tag does. Throws `Malformed` where there is no such frame.
 */
export const locateBody = async (
  source: ReadAt,
  header: MessageHeader,
  headerBytes: number,
): Promise<Layout> => {
  if (header.contentType === 'non-framed') return await locateBlock(source, header, headerBytes)
  const { frameLength } = header
  const longest = finalOverhead + frameLength + footerMax(header)
  const behindHeader = source.bytes - headerBytes
  const grid = frameLength + frameOverhead
  const first = Math.max(1, 1 + Math.ceil((behindHeader - longest) / grid))
  const last = Math.min(framesMax, 1 + Math.floor((behindHeader - finalOverhead) / grid))
  // The lowest one is the one that a reader from the start would come to first.
  for (let sequence = first; sequence <= last; sequence++) {
    const found = await probe(source, header, headerBytes, sequence)
    if (found !== undefined) return found
  }
  throw behindHeader < finalOverhead ? cutShort() : malformed('it has no final frame at its end')
}

const footerMax = ({ suite }: MessageHeader): number =>
  suite.signature ? footerBytesMax(suite.signature) : 0

const probe = async (
  source: ReadAt,
  header: MessageHeader,
  headerBytes: number,
  sequence: number,
): Promise<Layout | undefined> => {
  const { frameLength } = header
  const finalAt = frameAt(headerBytes, frameLength, sequence)
  const head = viewOf(await source.read(finalAt, finalHeadBytes))
  const finalBytes = head.getUint32(finalHeadBytes - 4)
  const bodyEnd = finalAt + finalOverhead + finalBytes
  if (head.getUint32(0) !== finalMarker || head.getUint32(4) !== sequence) return undefined
  if (finalBytes > frameLength || !(await isEnd(source, header, bodyEnd))) return undefined
  const plaintextBytes = (sequence - 1) * frameLength + finalBytes
  return { headerBytes, frames: sequence, finalAt, finalBytes, bodyEnd, plaintextBytes }
}

const locateBlock = async (
  source: ReadAt,
  header: MessageHeader,
  headerBytes: number,
): Promise<Layout> => {
  if (headerBytes + blockHeadBytes > source.bytes) throw cutShort()
  const bytes = blockBytes(await source.read(headerBytes, blockHeadBytes))
  const bodyEnd = headerBytes + blockHeadBytes + bytes + tagBytes
  if (bodyEnd > source.bytes) throw cutShort()
  if (!(await isEnd(source, header, bodyEnd))) throw malformed('its end is not where it should be')
  const finalAt = headerBytes
  return { headerBytes, frames: 1, finalAt, finalBytes: bytes, bodyEnd, plaintextBytes: bytes }
}

const isEnd = async (source: ReadAt, header: MessageHeader, at: number): Promise<boolean> => {
  const rest = source.bytes - at
  if (header.suite.signature === undefined) return rest === 0
  if (rest < 2 || rest > footerMax(header)) return false
  return rest === 2 + signatureBytes(await source.read(at, 2), header)
}
