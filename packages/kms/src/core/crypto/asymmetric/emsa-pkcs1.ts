import { concatBytes, equalConstantTime, fromHex } from '../bytes.ts'
import type { HashName } from './method.ts'
import type { Emsa } from './rsa-digest.ts'

/** DigestInfo up to the digest (RFC 8017 §9.2, note 1). */
const digestInfoHeads: Readonly<Record<HashName, Uint8Array>> = {
  sha256: fromHex('3031300d060960864801650304020105000420'),
  sha384: fromHex('3041300d060960864801650304020205000430'),
  sha512: fromHex('3051300d060960864801650304020305000440'),
}

/**
 * EMSA-PKCS1-v1_5. There is one right encoding of a digest, and verifying compares with it (RFC 8017
 * §8.2.2): code that reads what came instead has been talked into forgeries.
 */
export const emsaPkcs1 = (hash: HashName): Emsa => ({
  encode: (digest, encodedBytes) => encode(hash, digest, encodedBytes),
  verify: (digest, encoded) => equalConstantTime(encoded, encode(hash, digest, encoded.length)),
})

/** RFC 8017 §9.2: 00 01 FF … FF 00 DigestInfo. */
const encode = (hash: HashName, digest: Uint8Array, encodedBytes: number): Uint8Array => {
  const info = concatBytes(digestInfoHeads[hash], digest)
  const encoded = new Uint8Array(encodedBytes).fill(0xff)
  const infoAt = encodedBytes - info.length
  encoded[0] = 0x00
  encoded[1] = 0x01
  encoded[infoAt - 1] = 0x00
  encoded.set(info, infoAt)
  return encoded
}
