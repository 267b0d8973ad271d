import { ed25519ph as scheme } from '@noble/curves/ed25519.js'
import type { SignatureMethod } from './method.ts'
import { withPrivateDer } from './private-bytes.ts'
import { rawPublicKey } from './public-bytes.ts'

/** RFC 8410 §7: PKCS #8 ends with the 32 bytes of the private key. */
const seedBytes = 32

/**
 * Ed25519ph (RFC 8032 §5.1) without a context. It hashes what it is given, as AWS KMS does, though
 * what AWS asks for is a digest already. Node does not let OpenSSL's through: an option for it is
 * ignored, and the signature is one of plain Ed25519.
 */
export const ed25519ph: SignatureMethod = {
  sign: (privateKey, message) =>
    withPrivateDer(privateKey, 'pkcs8', (der) => scheme.sign(message, der.subarray(-seedBytes))),
  verify(publicKey, message, signature) {
    if (signature.length !== 64) return false
    // As strict as OpenSSL: the default would accept points in other than their one encoding.
    return scheme.verify(signature, message, rawPublicKey(publicKey), { zip215: false })
  },
  slow: ['sign', 'verify'],
}
