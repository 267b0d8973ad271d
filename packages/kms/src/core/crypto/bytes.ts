import { timingSafeEqual } from 'node:crypto'

/** All parts in one new buffer of its own, never a slice of a shared pool. */
export const concatBytes = (...parts: readonly Uint8Array[]): Uint8Array => {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Lower-case hex. A string cannot be zeroed: never for secrets. */
export const toHex = (bytes: Uint8Array): string => bufferOver(bytes).toString('hex')

/** Reads what `toHex` writes and nothing else; throws TypeError, which does not quote the text. */
export const fromHex = (hex: string): Uint8Array => {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex))
    throw new TypeError('not an even number of lower-case hex digits')
  const bytes = new Uint8Array(hex.length / 2)
  bufferOver(bytes).write(hex, 'hex')
  return bytes
}

/** Base64 of RFC 4648 §4, with padding. */
export const toBase64 = (bytes: Uint8Array): string => bufferOver(bytes).toString('base64')

/** Compares without telling by its time where the first difference is; other lengths are unequal. */
export const equalConstantTime = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b)

/** UTF-8. Throws TypeError on a lone surrogate, which would else become the same bytes as another. */
export const utf8 = (text: string): Uint8Array => {
  if (!text.isWellFormed()) throw new TypeError('the text has a lone surrogate')
  return encoder.encode(text)
}

/**
 * Each part (text as UTF-8) after its length as a big-endian u16, so that no two lists of parts are
 * the same bytes. Throws RangeError for a part over 65,535 bytes.
 */
export const lengthPrefixed = (...parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const pieces: Uint8Array[] = []
  for (const part of parts) {
    const bytes = typeof part === 'string' ? utf8(part) : part
    if (bytes.length > 0xffff) throw new RangeError('a part is longer than 65,535 bytes')
    pieces.push(Uint8Array.of(bytes.length >>> 8, bytes.length), bytes)
  }
  return concatBytes(...pieces)
}

const encoder = new TextEncoder()

/** The same memory, for the methods that only Buffer has. */
const bufferOver = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
