import { concatBytes, utf8 } from '../../../src/core/crypto/bytes.ts'

/** A map whose end is told by a mark, as AWS's documents are. */
export class IndefiniteMap extends Map<unknown, unknown> {}

/** CBOR (RFC 8949) of what documents are made of, and of some things that they are not made of. */
export const cbor = (value: unknown): Uint8Array => {
  if (value === null) return Uint8Array.of(0xf6)
  if (value === true) return Uint8Array.of(0xf5)
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return concatBytes(head(3, utf8(value).length), utf8(value))
  if (value instanceof Uint8Array) return concatBytes(head(2, value.length), value)
  if (Array.isArray(value)) return concatBytes(head(4, value.length), ...value.map(cbor))
  if (value instanceof Map) {
    const pairs = [...(value as ReadonlyMap<unknown, unknown>)].flat().map(cbor)
    if (value instanceof IndefiniteMap)
      return concatBytes(Uint8Array.of(0xbf), ...pairs, Uint8Array.of(0xff))
    return concatBytes(head(5, value.size), ...pairs)
  }
  throw new TypeError('nothing that CBOR is written of here')
}

const head = (major: number, argument: number): Uint8Array => {
  const type = major << 5
  if (argument < 24) return Uint8Array.of(type | argument)
  for (const [info, bytes] of [
    [24, 1],
    [25, 2],
    [26, 4],
    [27, 8],
  ] as const)
    if (argument < 256 ** bytes) {
      const digits = argument.toString(16).padStart(bytes * 2, '0')
      return concatBytes(Uint8Array.of(type | info), Buffer.from(digits, 'hex'))
    }
  throw new RangeError('more than eight bytes')
}
