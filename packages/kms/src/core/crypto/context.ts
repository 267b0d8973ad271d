import { KmsError } from '../../api/errors.ts'

/** Keys and values of an encryption context together, in UTF-16 code units. */
const contextUnitsMax = 8_192

/**
 * The one byte string that stands for an encryption context: a u16 count, then each pair, sorted by
 * the UTF-8 bytes of its key, as u16 length, key, u16 length, value. No context and an empty one are
 * the same bytes; different contexts never are. Throws ValidationException beyond the limits.
 */
export const canonicalContext = (context: ReadonlyMap<string, string> | undefined): Uint8Array => {
  if (context === undefined || context.size === 0) return new Uint8Array(2)
  const units = requireWithinLimits(context)
  // A UTF-16 unit is at most three bytes of UTF-8, so 8,192 units leave every u16 far from its end.
  const bytes = Buffer.allocUnsafe(2 + 4 * context.size + 3 * units)
  bytes.writeUInt16BE(context.size, 0)
  let at = 2
  for (const [key, value] of context.size === 1 ? context : sortedPairs(context)) {
    at = writeText(bytes, key, at)
    at = writeText(bytes, value, at)
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset, at)
}

const requireWithinLimits = (context: ReadonlyMap<string, string>): number => {
  let units = 0
  for (const [key, value] of context) {
    units += key.length + value.length
    if (units > contextUnitsMax)
      throw new KmsError(
        'ValidationException',
        `The encryption context is longer than ${contextUnitsMax} characters.`,
      )
    if (!key.isWellFormed() || !value.isWellFormed())
      throw new KmsError(
        'ValidationException',
        'The encryption context contains text that is not well-formed Unicode.',
      )
  }
  return units
}

const writeText = (bytes: Buffer, text: string, at: number): number => {
  const length = bytes.write(text, at + 2, 'utf8')
  bytes.writeUInt16BE(length, at)
  return at + 2 + length
}

/** Sorted by bytes, not by UTF-16 units: these orders differ beyond the Basic Multilingual Plane. */
const sortedPairs = (context: ReadonlyMap<string, string>): (readonly [string, string])[] =>
  [...context]
    .map((pair) => ({ pair, keyBytes: Buffer.from(pair[0], 'utf8') }))
    .sort((a, b) => Buffer.compare(a.keyBytes, b.keyBytes))
    .map(({ pair }) => pair)
