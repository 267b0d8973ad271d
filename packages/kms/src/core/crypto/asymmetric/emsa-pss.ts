import { hash as hashOf } from 'node:crypto'
import { concatBytes, equalConstantTime } from '../bytes.ts'
import { digestBytes, type HashName } from './method.ts'
import type { Emsa } from './rsa-digest.ts'

/**
 * EMSA-PSS (RFC 8017 §9.1) with a salt as long as the digest, and MGF1 over the same hash. The
 * modulus has whole bytes, so that of its encoded messages the highest bit alone is not used.
 */
export const emsaPss = (hash: HashName): Emsa => ({
  encode: (digest, encodedBytes, entropy) =>
    encode(hash, digest, encodedBytes, entropy.subarray(0, digestBytes[hash])),
  verify: (digest, encoded) => verify(hash, digest, encoded),
})

/** 0x7f: 8·emLen − emBits = 1 leftmost bit is zero (§9.1.1, step 11). */
const firstByteMask = 0x7f
const lastByte = 0xbc

/** RFC 8017 §9.1.1, from step 3. */
const encode = (
  hash: HashName,
  digest: Uint8Array,
  encodedBytes: number,
  salt: Uint8Array,
): Uint8Array => {
  const h = saltedHash(hash, digest, salt)
  const block = new Uint8Array(encodedBytes - h.length - 1)
  block[block.length - salt.length - 1] = 0x01
  block.set(salt, block.length - salt.length)
  const masked = withMask(hash, h, block)
  return concatBytes(masked, h, Uint8Array.of(lastByte))
}

/** RFC 8017 §9.1.2, from step 3. What it looks at is public. */
const verify = (hash: HashName, digest: Uint8Array, encoded: Uint8Array): boolean => {
  const saltBytes = digestBytes[hash]
  const hAt = encoded.length - saltBytes - 1
  const [first = 0xff] = encoded
  if (encoded.at(-1) !== lastByte || (first & ~firstByteMask) !== 0) return false
  const h = encoded.subarray(hAt, -1)
  const block = withMask(hash, h, encoded.subarray(0, hAt))
  const oneAt = block.length - saltBytes - 1
  if (block[oneAt] !== 0x01 || block.subarray(0, oneAt).some((byte) => byte !== 0)) return false
  return equalConstantTime(h, saltedHash(hash, digest, block.subarray(oneAt + 1)))
}

/** H: the hash of eight zeros, the digest and the salt (§9.1.1, steps 5 and 6). */
const saltedHash = (hash: HashName, digest: Uint8Array, salt: Uint8Array): Uint8Array =>
  hashOf(hash, concatBytes(new Uint8Array(8), digest, salt), 'buffer')

/** Puts the mask of MGF1 on, or takes it off (§9.1.1, steps 9 to 11). */
const withMask = (hash: HashName, seed: Uint8Array, block: Uint8Array): Uint8Array => {
  const mask = mgf1(hash, seed, block.length)
  const masked = block.map((byte, at) => byte ^ (mask[at] ?? 0))
  masked[0] = (masked[0] ?? 0) & firstByteMask
  return masked
}

/** RFC 8017 §B.2.1. */
const mgf1 = (hash: HashName, seed: Uint8Array, length: number): Uint8Array => {
  const blocks: Uint8Array[] = []
  for (let counter = 0; counter * digestBytes[hash] < length; counter += 1)
    // A modulus has fewer than 256 digests, so that the counter's first three bytes stay zero.
    blocks.push(hashOf(hash, concatBytes(seed, Uint8Array.of(0, 0, 0, counter)), 'buffer'))
  return concatBytes(...blocks).subarray(0, length)
}
