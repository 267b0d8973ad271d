/**
 * The little of CBOR (RFC 8949) that an attestation document is written in: integers, bytes, text,
 * arrays, maps and null. Anything else, anything longer than it has to be (§4.2.1) and a key that
 * comes twice are refused; so is every indefinite length but a map's, which AWS's documents have.
 */
export type CborValue =
  | number
  | string
  | Uint8Array
  | null
  | readonly CborValue[]
  | ReadonlyMap<number | string, CborValue>

export const cborLimits = {
  /** Arrays and maps inside one another; a document has two. */
  depth: 4,
  /** Values in all, keys counted; a document has about eighty. */
  values: 512,
} as const

/** Bytes that are no CBOR, or CBOR that has no place in an attestation document. */
export class CborError extends Error {
  constructor(what: string, options?: { readonly cause: unknown }) {
    super(what, options)
    this.name = 'CborError'
  }
}

/** The one value that `bytes` are. Byte strings are views, not copies. Throws CborError. */
export const parseCbor = (bytes: Uint8Array): CborValue => {
  const reader = new Reader(bytes)
  const value = reader.value(0)
  reader.requireEnd()
  return value
}

/** `bytes` as a CBOR byte string of at most 65,535 bytes. */
export const cborBytes = (bytes: Uint8Array): readonly [head: Uint8Array, body: Uint8Array] => {
  const { length } = bytes
  if (length > 0xffff) throw new RangeError('longer than 65,535 bytes')
  if (length < 24) return [Uint8Array.of(0x40 | length), bytes]
  if (length < 0x100) return [Uint8Array.of(0x58, length), bytes]
  return [Uint8Array.of(0x59, length >>> 8, length & 0xff), bytes]
}

const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5 } as const
const nullByte = 0xf6
const indefiniteMap = 0xbf
const breakByte = 0xff

class Reader {
  readonly #bytes: Uint8Array
  #at = 0
  #values = 0
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  requireEnd(): void {
    if (this.#at !== this.#bytes.length) throw new CborError('something follows the value')
  }

  value(depth: number): CborValue {
    this.#values += 1
    if (this.#values > cborLimits.values) throw new CborError('there are too many values')
    if (depth > cborLimits.depth) throw new CborError('it is nested too deeply')
    const initial = this.#byte()
    if (initial === nullByte) return null
    if (initial === indefiniteMap) return this.#map(undefined, depth)
    const argument = this.#argument(initial & 0x1f)
    switch (initial >>> 5) {
      case major.unsigned:
        return argument
      case major.negative:
        return -1 - argument
      case major.bytes:
        return this.#take(argument)
      case major.text:
        return textOf(this.#take(argument))
      case major.array:
        return this.#array(argument, depth)
      case major.map:
        return this.#map(argument, depth)
      default:
        throw new CborError('a tag or a simple value has no place here')
    }
  }

  #array(length: number, depth: number): readonly CborValue[] {
    const items: CborValue[] = []
    for (let n = 0; n < length; n += 1) items.push(this.value(depth + 1))
    return items
  }

  /** `undefined`: as many pairs as there are before the break. */
  #map(length: number | undefined, depth: number): ReadonlyMap<number | string, CborValue> {
    const pairs = new Map<number | string, CborValue>()
    for (let n = 0; length === undefined ? !this.#isBreak() : n < length; n += 1) {
      const key = this.value(depth + 1)
      if (typeof key !== 'number' && typeof key !== 'string')
        throw new CborError('a key is neither a number nor a text')
      if (pairs.has(key)) throw new CborError('a key comes twice')
      pairs.set(key, this.value(depth + 1))
    }
    return pairs
  }

  #isBreak(): boolean {
    if (this.#bytes[this.#at] !== breakByte) return false
    this.#at += 1
    return true
  }

  #argument(info: number): number {
    if (info < 24) return info
    // 24 to 27: the next 1, 2, 4 or 8 bytes. 28 to 30 are nothing, 31 is an indefinite length.
    if (info > 27) throw new CborError('a length is indefinite or unknown')
    const count = 2 ** (info - 24)
    let value = 0
    for (let n = 0; n < count; n += 1) value = value * 256 + this.#byte()
    if (!Number.isSafeInteger(value)) throw new CborError('a number is above 2^53')
    const least = count === 1 ? 24 : 256 ** (count / 2)
    if (value < least) throw new CborError('a number is longer than it has to be')
    return value
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new CborError('the bytes end within a value')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new CborError('the bytes end too early')
    this.#at += 1
    return byte
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const textOf = (bytes: Uint8Array): string => {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    throw new CborError('a text is not UTF-8', { cause: error })
  }
}
