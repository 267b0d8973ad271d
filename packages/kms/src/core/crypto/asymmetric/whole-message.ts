import { constants, sign, verify } from 'node:crypto'
import type { HashName, SignatureMethod } from './method.ts'

/** The salt of RSASSA-PSS is as long as the digest, as AWS KMS makes it, and no other verifies. */
const pss = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
}

/** OpenSSL hashes the message and signs: RSASSA-PKCS1-v1_5, and ECDSA in DER. */
export const hashed = (hash: HashName): SignatureMethod => ({
  sign: (privateKey, message) => sign(hash, message, privateKey),
  verify: (publicKey, message, signature) => verify(hash, message, publicKey, signature),
  slow: [],
})

/** RSASSA-PSS (RFC 8017 §8.1); MGF1 is over the same hash. */
export const hashedPss = (hash: HashName): SignatureMethod => ({
  sign: (privateKey, message) => sign(hash, message, { key: privateKey, ...pss }),
  verify: (publicKey, message, signature) =>
    verify(hash, message, { key: publicKey, ...pss }, signature),
  slow: [],
})

/** Schemes that hash on their own terms: Ed25519 (RFC 8032 §5.1), ML-DSA without a context (FIPS 204 §5). */
export const pure: SignatureMethod = {
  sign: (privateKey, message) => sign(null, message, privateKey),
  verify: (publicKey, message, signature) => verify(null, message, publicKey, signature),
  slow: [],
}
