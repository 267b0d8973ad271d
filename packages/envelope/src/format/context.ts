import { compareBytes, textOf, utf8, viewOf } from '../bytes.ts'
import { EnvelopeError } from '../errors.ts'
import type { EncryptionContext } from '../materials/types.ts'
import { malformed } from './malformed.ts'

/** What a length of two bytes can say: the limit of the whole context and of each part of it. */
const bytesMax = 0xffff

/**
 * The context as the format authenticates it: a count, then each pair with two-byte lengths, in the
 * order of the UTF-8 bytes of the keys; no bytes at all for an empty one. Keyrings bind data keys
 * to exactly these bytes. Throws `InvalidInput` for a context of more than 65,535 bytes.
 */
export const encodeContext = (context: EncryptionContext): Uint8Array => {
  if (context.size === 0) return new Uint8Array(0)
  const pairs = [...context].map(([key, value]) => ({ key: utf8(key), value: utf8(value) }))
  pairs.sort((a, b) => compareBytes(a.key, b.key))
  const length = pairs.reduce((sum, { key, value }) => sum + 4 + key.length + value.length, 2)
  if (length > bytesMax)
    throw new EnvelopeError(
      'InvalidInput',
      `The encryption context takes ${length} bytes; the format holds ${bytesMax} at most.`,
    )
  const bytes = new Uint8Array(length)
  const view = viewOf(bytes)
  view.setUint16(0, pairs.length)
  let at = 2
  for (const part of pairs.flatMap(({ key, value }) => [key, value])) {
    view.setUint16(at, part.length)
    bytes.set(part, at + 2)
    at += 2 + part.length
  }
  return bytes
}

/**
 * Reads what `encodeContext` writes. Pairs may come in any order, for old writers sorted them
 * differently, but no key twice; the bytes have to be used up. Throws `Malformed`.
 */
export const parseContext = (bytes: Uint8Array): EncryptionContext => {
  const context = new Map<string, string>()
  if (bytes.length === 0) return context
  const view = viewOf(bytes)
  let at = 2
  const part = (): string => {
    const end = at + 2 + (at + 2 <= bytes.length ? view.getUint16(at) : bytesMax)
    if (end > bytes.length) throw malformed('the encryption context ends too early')
    const text = bytes.subarray(at + 2, end)
    at = end
    try {
      return textOf(text)
    } catch {
      throw malformed('the encryption context is not UTF-8')
    }
  }
  const count = bytes.length < 2 ? 0 : view.getUint16(0)
  if (count === 0) throw malformed('an empty encryption context takes no bytes')
  for (let pair = 0; pair < count; pair++) {
    const key = part()
    if (context.has(key)) throw malformed('the encryption context has a key twice')
    context.set(key, part())
  }
  if (at !== bytes.length) throw malformed('the encryption context is longer than its pairs')
  return context
}
