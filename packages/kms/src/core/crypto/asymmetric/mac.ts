import { createHmac, type KeyObject } from 'node:crypto'
import { equalConstantTime } from '../bytes.ts'

/** An algorithm of GenerateMac and VerifyMac (RFC 2104, FIPS 198-1). */
export type MacAlgorithm = {
  readonly hash: string
  /** Length of the tag, never truncated; AWS's keys for the algorithm are as long. */
  readonly macBytes: number
}

export const macAlgorithms = {
  HMAC_SHA_224: { hash: 'sha224', macBytes: 28 },
  HMAC_SHA_256: { hash: 'sha256', macBytes: 32 },
  HMAC_SHA_384: { hash: 'sha384', macBytes: 48 },
  HMAC_SHA_512: { hash: 'sha512', macBytes: 64 },
} as const satisfies Record<string, MacAlgorithm>

export const generateMac = (
  { hash }: MacAlgorithm,
  key: KeyObject,
  message: Uint8Array,
): Uint8Array => createHmac(hash, key).update(message).digest()

/** Whether `mac` is the whole tag of the message; how much of it is right does not show in time. */
export const isMac = (
  algorithm: MacAlgorithm,
  key: KeyObject,
  message: Uint8Array,
  mac: Uint8Array,
): boolean => {
  const expected = generateMac(algorithm, key, message)
  try {
    return equalConstantTime(expected, mac)
  } finally {
    // The right tag of a message that came with a wrong one would let anyone forge it.
    expected.fill(0)
  }
}
