import type { KeyObject } from 'node:crypto'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concatBytes } from '../bytes.ts'
import { derTag, DerReader } from '../der.ts'
import { withPrivateDer } from './private-bytes.ts'
import type { SignatureMethod } from './method.ts'

/** By OpenSSL's names of the curves, as a key object tells them. */
const curves = { prime256v1: p256, secp384r1: p384, secp521r1: p521, secp256k1 }
type Curve = (typeof curves)[keyof typeof curves]

/** As OpenSSL does it: DER, and of the two values of s that verify either. */
const likeOpenssl = { prehash: false, lowS: false, format: 'der' } as const

/**
 * ECDSA signatures of a digest that was made elsewhere (FIPS 186-5 §6.4, from step 2); key specs see
 * to it that no digest is longer than the curve's order. `node:crypto` would hash it once more. The
 * nonce is that of RFC 6979 with 32 random bytes added (§3.6): neither a generator that fails nor a
 * fault in the computation gives two signatures the same one.
 */
export const ecdsaDigest: SignatureMethod = {
  sign(privateKey, digest, entropy) {
    const curve = curveOf(privateKey)
    const extraEntropy = entropy.subarray(0, 32)
    return withPrivateDer(privateKey, 'sec1', (der) => {
      // RFC 5915 §3: ECPrivateKey is a version and the private key, as long as the order, first.
      const ecPrivateKey = new DerReader(der).enter(derTag.sequence)
      ecPrivateKey.read(derTag.integer)
      const scalar = ecPrivateKey.read(derTag.octetString)
      return curve.sign(digest, scalar, { ...likeOpenssl, extraEntropy })
    })
  },
  verify: (publicKey, digest, signature) =>
    curveOf(publicKey).verify(signature, digest, pointOf(publicKey), likeOpenssl),
  slow: ['sign', 'verify'],
}

const curveOf = ({ asymmetricKeyDetails }: KeyObject): Curve => {
  const name = asymmetricKeyDetails?.namedCurve ?? ''
  if (!Object.hasOwn(curves, name)) throw new TypeError('not a key on a curve of ECDSA')
  return curves[name as keyof typeof curves]
}

/** The point without compression (SEC 1 §2.3.3). */
const pointOf = (publicKey: KeyObject): Uint8Array => {
  const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string }
  return concatBytes(Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'))
}
