import { viewOf } from '../bytes.ts'
import type { EnvelopeError } from '../errors.ts'
import { footerBytesMax } from './footer.ts'
import {
  blockHeadBytes,
  finalHeadBytes,
  finalMarker,
  finalOverhead,
  frameOverhead,
} from './frame.ts'
import { ivBytes, type MessageHeader, tagBytes } from './header.ts'
import { cutShort, malformed } from './malformed.ts'

/** Where everything of a message stands. Follows from its bytes alone, and is not authenticated. */
export type Layout = {
  readonly headerBytes: number
  /** Frames, the final one included; 1 for a non-framed body. */
  readonly frames: number
  /** Place of the final frame, or of a non-framed body. */
  readonly finalAt: number
  /** Plaintext bytes of the final frame, or of a non-framed body. */
  readonly finalBytes: number
  /** Place behind the body: of the footer, or of the message's end. */
  readonly bodyEnd: number
  readonly plaintextBytes: number
}

/** SP 800-38D §5.2.1.1: the longest plaintext of GCM. */
export const blockBytesMax = 2 ** 36 - 32

/** What the head of a final frame says behind its marker. */
export const finalHead = (
  head: Uint8Array,
  header: MessageHeader,
  sequence: number,
): { readonly iv: Uint8Array; readonly bytes: number } => {
  const view = viewOf(head)
  if (view.getUint32(0) !== sequence) throw outOfOrder()
  const bytes = view.getUint32(4 + ivBytes)
  if (bytes > header.frameLength) throw malformed('its final frame is too long')
  return { iv: head.subarray(4, 4 + ivBytes), bytes }
}

/** The length that the head of a non-framed body says. */
export const blockBytes = (head: Uint8Array): number => {
  const bytes = viewOf(head).getBigUint64(ivBytes)
  if (bytes > BigInt(blockBytesMax)) throw malformed('its body is too long')
  return Number(bytes)
}

/** The length of the signature that a footer says. */
export const signatureBytes = (head: Uint8Array, header: MessageHeader): number => {
  const bytes = viewOf(head).getUint16(0)
  const { signature } = header.suite
  if (signature === undefined || bytes === 0 || bytes > footerBytesMax(signature) - 2)
    throw malformed('its signature has an impossible length')
  return bytes
}

/** Where frame `sequence` of a framed body begins: every frame before it is a full one. */
export const frameAt = (headerBytes: number, frameLength: number, sequence: number): number =>
  headerBytes + (sequence - 1) * (frameLength + frameOverhead)

/**
 * Walks over a whole message and checks that it is exactly one: every frame in its place, nothing
 * missing and nothing behind it. Throws `Malformed`.
 */
export const layoutOf = (
  message: Uint8Array,
  header: MessageHeader,
  headerBytes: number,
): Layout => {
  const body =
    header.contentType === 'framed'
      ? framedBody(message, header, headerBytes)
      : block(message, headerBytes)
  if (body.bodyEnd > message.length) throw cutShort()
  requireEnd(message.subarray(body.bodyEnd), header)
  return { headerBytes, ...body }
}

const framedBody = (
  message: Uint8Array,
  header: MessageHeader,
  headerBytes: number,
): Omit<Layout, 'headerBytes'> => {
  const { frameLength } = header
  const view = viewOf(message)
  for (let sequence = 1; ; sequence++) {
    const at = frameAt(headerBytes, frameLength, sequence)
    if (at + 4 > message.length) throw cutShort()
    const marker = view.getUint32(at)
    if (marker === finalMarker) {
      if (at + finalHeadBytes > message.length) throw cutShort()
      const head = message.subarray(at + 4, at + finalHeadBytes)
      const { bytes } = finalHead(head, header, sequence)
      const bodyEnd = at + finalOverhead + bytes
      const plaintextBytes = (sequence - 1) * frameLength + bytes
      return { frames: sequence, finalAt: at, finalBytes: bytes, bodyEnd, plaintextBytes }
    }
    if (marker !== sequence) throw outOfOrder()
  }
}

const block = (message: Uint8Array, at: number): Omit<Layout, 'headerBytes'> => {
  if (at + blockHeadBytes > message.length) throw cutShort()
  const bytes = blockBytes(message.subarray(at, at + blockHeadBytes))
  const bodyEnd = at + blockHeadBytes + bytes + tagBytes
  return { frames: 1, finalAt: at, finalBytes: bytes, bodyEnd, plaintextBytes: bytes }
}

const requireEnd = (rest: Uint8Array, header: MessageHeader): void => {
  const isSigned = header.suite.signature !== undefined
  if (isSigned && rest.length < 2) throw cutShort()
  const expected = isSigned ? 2 + signatureBytes(rest, header) : 0
  if (rest.length < expected) throw cutShort()
  if (rest.length > expected) throw trailing()
}

export const outOfOrder = (): EnvelopeError => malformed('its frames are not in order')
export const trailing = (): EnvelopeError => malformed('other bytes follow its end')
