/** One value in DER (X.690): its tag, where its contents are, and where it ends. */
export type DerValue = {
  readonly tag: number
  readonly contents: Uint8Array
  readonly end: number
}

/** Tags of the values that keys are made of. */
export const derTag = { integer: 2, bitString: 3, octetString: 4, sequence: 0x30 } as const

/**
 * The value that begins at `at`; `undefined` if none does, or if it does not end in time. Its length
 * has to be definite and at most 65,535; contents are a view.
 */
export const readDer = (bytes: Uint8Array, at: number): DerValue | undefined => {
  const [tag, first] = bytes.subarray(at)
  if (tag === undefined || first === undefined) return undefined
  const lengthBytes = first < 0x80 ? 0 : first - 0x80
  if (first === 0x80 || lengthBytes > 2) return undefined
  const start = at + 2 + lengthBytes
  if (start > bytes.length) return undefined
  const length =
    lengthBytes === 0 ? first : bytes.subarray(at + 2, start).reduce((sum, b) => sum * 256 + b, 0)
  const end = start + length
  return end > bytes.length ? undefined : { tag, contents: bytes.subarray(start, end), end }
}

/** The values that stand in one after another; `undefined` if anything else does. */
export const readDerList = (bytes: Uint8Array): readonly DerValue[] | undefined => {
  const values: DerValue[] = []
  for (let at = 0; at < bytes.length;) {
    const value = readDer(bytes, at)
    if (value === undefined) return undefined
    values.push(value)
    at = value.end
  }
  return values
}

/** A value in a buffer of its own. Throws RangeError beyond 65,535 bytes of contents. */
export const writeDer = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  if (length > 0xffff) throw new RangeError('a value is longer than 65,535 bytes')
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >>> 8, length & 0xff]
  const value = new Uint8Array(head.length + length)
  value.set(head)
  let at = head.length
  for (const part of parts) {
    value.set(part, at)
    at += part.length
  }
  return value
}
