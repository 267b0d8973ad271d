import { concatBytes } from './bytes.ts'

/**
 * The Distinguished Encoding Rules of ASN.1 (X.690 §10), as far as certificates and messages need
 * them: tags of one byte, lengths that are definite and as short as can be.
 */

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const

/** `[n]`, constructed, as around an explicitly tagged value. */
export const contextTag = (n: number): number => 0xa0 | n

/** Bytes that are no DER, or not the element that was asked for. */
export class DerError extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'DerError'
  }
}

/** Reads element after element of some bytes. What it returns are views, not copies. */
export class DerReader {
  readonly #bytes: Uint8Array
  #at = 0
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** The content of the next element, which has to have this tag. */
  read(tag: number): Uint8Array {
    if (this.#bytes[this.#at] !== tag) throw new DerError(`no element of tag ${tag} comes here`)
    this.#at += 1
    const length = this.#readLength()
    const end = this.#at + length
    if (end > this.#bytes.length) throw new DerError('an element ends after its container')
    const content = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return content
  }

  /** Like `read`; `undefined` if another element, or none, comes next. */
  readIf(tag: number): Uint8Array | undefined {
    return this.#bytes[this.#at] === tag ? this.read(tag) : undefined
  }

  /** A reader of what is in the next element. */
  enter(tag: number): DerReader {
    return new DerReader(this.read(tag))
  }

  /** An integer of 0 to 2^31 - 1. */
  readSmallInteger(): number {
    const bytes = this.read(derTag.integer)
    const [first = 0x80, second = 0x80] = bytes
    if (first >= 0x80 || bytes.length > 4) throw new DerError('an integer is out of range')
    // X.690 §8.3.2: no more bytes than it takes.
    if (first === 0 && second < 0x80) throw new DerError('an integer is longer than it has to be')
    return bytes.reduce((value, byte) => value * 256 + byte, 0)
  }

  /**
   * A boolean whose default is false. X.690 §11.5 wants the default left out and §11.1 has one way
   * to write true, so what is there and says anything else is no DER.
   */
  readDefaultFalse(): boolean {
    const content = this.readIf(derTag.boolean)
    if (content === undefined) return false
    if (content.length !== 1 || content[0] !== 0xff) throw new DerError('a boolean is malformed')
    return true
  }

  requireEnd(): void {
    if (!this.isAtEnd) throw new DerError('something follows the last element')
  }

  #readLength(): number {
    const first = this.#byte()
    if (first < 0x80) return first
    const count = first & 0x7f
    // Three bytes reach 16 MiB, more than anything that is read here may have.
    if (count === 0 || count > 3) throw new DerError('a length is indefinite or absurd')
    let length = 0
    for (let n = 0; n < count; n += 1) length = length * 256 + this.#byte()
    if (length < 0x80 || length < 256 ** (count - 1))
      throw new DerError('a length is longer than it has to be')
    return length
  }

  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new DerError('the bytes end within a length')
    this.#at += 1
    return byte
  }
}

/** One element: the tag, the length of all parts together, the parts. */
export const derElement = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  let length = 0
  for (const part of parts) length += part.length
  return concatBytes(Uint8Array.of(tag, ...lengthBytes(length)), ...parts)
}

const lengthBytes = (length: number): readonly number[] => {
  if (length < 0x80) return [length]
  if (length < 0x100) return [0x81, length]
  if (length < 0x10000) return [0x82, length >>> 8, length & 0xff]
  return [0x83, length >>> 16, (length >>> 8) & 0xff, length & 0xff]
}
