import { constants, type KeyObject, privateEncrypt, publicDecrypt } from 'node:crypto'

/** How long an RSA key's modulus, ciphertexts and signatures are. */
export const modulusBytes = ({ asymmetricKeyDetails }: KeyObject): number => {
  const bits = asymmetricKeyDetails?.modulusLength
  // What is encoded below relies on the highest bit of the first byte, as every key spec has it.
  if (bits === undefined || bits % 8 !== 0) throw new TypeError('no RSA modulus of whole bytes')
  return bits / 8
}

/**
 * RSASP1 (RFC 8017 §5.2.1) on an encoded message as long as the modulus. OpenSSL blinds it, and
 * checks what the Chinese remainders gave before it lets it out.
 */
export const signEncoded = (privateKey: KeyObject, encoded: Uint8Array): Uint8Array =>
  privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded)

/** RSAVP1 (§5.2.2): the encoded message, or `undefined` for what is no signature of this key's size. */
export const recoverEncoded = (
  publicKey: KeyObject,
  signature: Uint8Array,
): Uint8Array | undefined => {
  // OpenSSL would take a shorter one as if it began with zeros.
  if (signature.length !== modulusBytes(publicKey)) return undefined
  try {
    return publicDecrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature)
  } catch {
    return undefined // The signature is a number above the modulus.
  }
}
