import { constants, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto'
import { KmsError } from '../../../api/errors.ts'
import { modulusBytes } from './rsa.ts'

/** RSAES-OAEP (RFC 8017 §7.1) with an empty label; MGF1 is over the same hash. */
const oaepAlgorithms = {
  RSAES_OAEP_SHA_1: { oaepHash: 'sha1', digestBytes: 20 },
  RSAES_OAEP_SHA_256: { oaepHash: 'sha256', digestBytes: 32 },
} as const

export type OaepAlgorithm = keyof typeof oaepAlgorithms

export const isOaepAlgorithm = (name: string): name is OaepAlgorithm =>
  Object.hasOwn(oaepAlgorithms, name)

/**
 * A ciphertext as long as the modulus and nothing around it, so that who has the public key can make
 * one as well. Throws ValidationException, in AWS's words, for a plaintext that is too long.
 */
export const encryptOaep = (
  publicKey: KeyObject,
  algorithm: OaepAlgorithm,
  plaintext: Uint8Array,
  keySpec: string,
): Uint8Array => {
  const { oaepHash, digestBytes } = oaepAlgorithms[algorithm]
  // RFC 8017 §7.1.1, step 1b.
  const plaintextBytesMax = modulusBytes(publicKey) - 2 * digestBytes - 2
  if (plaintext.length > plaintextBytesMax)
    throw new KmsError(
      'ValidationException',
      `Algorithm ${algorithm} and key spec ${keySpec} cannot encrypt data larger than ` +
        `${plaintextBytesMax} bytes.`,
    )
  return publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash },
    plaintext,
  )
}

/** Decrypts an RSA ciphertext. */
export type DecryptTask = {
  readonly kind: 'decrypt'
  readonly privateKey: KeyObject
  readonly algorithm: OaepAlgorithm
  readonly ciphertext: Uint8Array
}

/** The plaintext, or `undefined` for whatever is wrong with the ciphertext: which it is stays unsaid. */
export const runDecrypt = ({
  privateKey,
  algorithm,
  ciphertext,
}: DecryptTask): Uint8Array | undefined => {
  // OpenSSL would take a shorter one as if it began with zeros.
  if (ciphertext.length !== modulusBytes(privateKey)) return undefined
  const { oaepHash } = oaepAlgorithms[algorithm]
  try {
    return privateDecrypt(
      { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash },
      ciphertext,
    )
  } catch {
    return undefined
  }
}
