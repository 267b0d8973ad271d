import { randomFillSync } from 'node:crypto'
import { copyOf, textOf, viewOf } from '../bytes.ts'

/** The text of these bytes, or `undefined` when they are not UTF-8. */
export const nameOf = (bytes: Uint8Array): string | undefined => {
  try {
    return textOf(bytes)
  } catch {
    return undefined
  }
}

/** Big-endian, four bytes. */
export const u32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  viewOf(bytes).setUint32(0, value)
  return bytes
}

/** Reads four big-endian bytes; `undefined` past the end. */
export const readU32 = (bytes: Uint8Array, at: number): number | undefined =>
  at + 4 > bytes.length ? undefined : viewOf(bytes).getUint32(at)

/** Not in constant time: for what is public, such as names and points. */
export const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])

/** Fresh random bytes in memory of their own, never a piece of a shared pool. */
export const randomOwn = (length: number): Uint8Array => randomFillSync(new Uint8Array(length))

/** Moves secret bytes into memory of their own and zeroes where they came from. */
export const takeOwn = (bytes: Uint8Array): Uint8Array => {
  const own = copyOf(bytes)
  bytes.fill(0)
  return own
}
