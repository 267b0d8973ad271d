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
  for (const key of sortedKeys(context)) {
    at = writeText(bytes, key, at)
    at = writeText(bytes, context.get(key)!, at)
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

const sortedKeys = (context: ReadonlyMap<string, string>): readonly string[] => {
  const keys = [...context.keys()]
  // Many come in order, and `sort` makes a kilobyte of working memory, however few there are.
  const isSorted = keys.every((key, at) => at === 0 || compareUtf8(keys[at - 1]!, key) < 0)
  return isSorted ? keys : keys.sort(compareUtf8)
}

/**
 * Orders well-formed texts by their UTF-8 bytes, which is by code points. UTF-16 units have the same
 * order, but for surrogates: they are halves of the highest code points, and not the highest units.
 */
const compareUtf8 = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const unitA = a.charCodeAt(at)
    const unitB = b.charCodeAt(at)
    if (unitA === unitB) continue
    if (isSurrogate(unitA) !== isSurrogate(unitB)) return isSurrogate(unitA) ? 1 : -1
    return unitA - unitB
  }
  return a.length - b.length
}

const isSurrogate = (unit: number): boolean => (unit & 0xf800) === 0xd800
