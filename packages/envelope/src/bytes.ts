/** The few things this package does to bytes. Everything outside sees `Uint8Array` only. */

const encoder = new TextEncoder()
// A byte order mark is data here: dropping it would change what a context key is.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const utf8 = (text: string): Uint8Array => encoder.encode(text)

/** Throws `TypeError` for bytes that are not UTF-8. */
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** A copy with its own memory, never a slice of a pool. */
export const copyOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

/**
 * Memory that is not cleared first and belongs to no pool: the caller has to write all of it, or to
 * hand out only the part that it wrote.
 */
export const uncleared = (length: number): Uint8Array<ArrayBuffer> => {
  const { buffer } = Buffer.allocUnsafeSlow(length)
  return new Uint8Array(buffer, 0, length)
}

/** The order of the format: that of the bytes, which is not the order of JavaScript's strings. */
export const compareBytes = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b)

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** The same memory, not as a `Buffer`: those are for the inside of functions only. */
export const plain = <B extends ArrayBufferLike>(buffer: Uint8Array<B>): Uint8Array<B> =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)

/**
 * Gives memory back at once, if the bytes are all of it: left to the collector, memory of this size
 * piles up and grows cold, which more than halves the speed of a cipher.
 */
export const release = ({ buffer, length }: Uint8Array<ArrayBuffer>): void => {
  if (length > 0 && buffer.byteLength === length) buffer.transfer(0)
}

/**
 * Copies into memory that other threads see. `set` would do it word by word there, which is ten
 * times slower when another processor has just read the memory.
 */
export const copyToShared = (
  bytes: Uint8Array,
  { buffer, byteOffset, length }: Uint8Array<SharedArrayBuffer>,
  at: number,
): void => {
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  from.copy(Buffer.from(buffer, byteOffset, length), at)
}
