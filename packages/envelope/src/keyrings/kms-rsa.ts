import { constants, createHash, publicEncrypt, timingSafeEqual } from 'node:crypto'
import { concat, utf8 } from '../bytes.ts'
import { EnvelopeError } from '../errors.ts'
import { encodeContext } from '../format/context.ts'
import type { Suite } from '../format/suites.ts'
import type { EncryptionContext, Keyring } from '../materials/types.ts'
import { parseKeyArn } from './arn.ts'
import { isSame } from './bytes.ts'
import { attemptFailed, firstUnwrapped, invalid, wrapDataKey, wrapFailed } from './data-key.ts'
import { type KeyInput, readPublicKey } from './key-input.ts'
import { plaintextOf } from './kms-calls.ts'
import { type ClientSource, clientsOf, type DecryptsRsa, grantTokensMember } from './kms-client.ts'

const providerId = 'aws-kms-rsa'
const digestBytes = 48

const paddings = {
  OAEP_SHA1: { hash: 'sha1', algorithm: 'RSAES_OAEP_SHA_1' },
  OAEP_SHA256: { hash: 'sha256', algorithm: 'RSAES_OAEP_SHA_256' },
} as const

export type KmsRsaKeyringOptions = ClientSource<DecryptsRsa> & {
  /** ARN of an RSA key for encryption. */
  readonly keyArn: string
  /** Its public key, needed to encrypt, which happens without the service. */
  readonly publicKey?: KeyInput
  readonly padding: keyof typeof paddings
  readonly grantTokens?: readonly string[]
}

/**
 * Wraps data keys with the public key of an RSA key in a KMS; the service unwraps them. A digest of
 * the encryption context goes along, so that it is bound. Suites that sign are refused both ways:
 * whoever has the public key can write, so a signature would prove nothing of the writer.
 */
export const kmsRsaKeyring = (options: KmsRsaKeyringOptions): Keyring => {
  const { keyArn, grantTokens } = options
  const clientIn = clientsOf<DecryptsRsa>(options)
  const arn = parseKeyArn(keyArn)
  if (arn === undefined) throw invalid('A KMS RSA keyring needs the ARN of a key.')
  if (!Object.hasOwn(paddings, options.padding))
    throw invalid('The padding of a KMS RSA keyring is OAEP_SHA1 or OAEP_SHA256.')
  const { hash, algorithm } = paddings[options.padding]
  const publicKey = options.publicKey && readPublicKey(options.publicKey, 'RSA key')
  if (publicKey && publicKey.asymmetricKeyType !== 'rsa')
    throw invalid('A KMS RSA keyring needs an RSA key.')
  const providerInfo = utf8(keyArn)
  return {
    onEncrypt: async (request) => {
      requireUnsigned(request.suite)
      if (!publicKey) throw invalid('A KMS RSA keyring needs the public key to encrypt.')
      return wrapDataKey(request, (dataKey) => {
        const plaintext = concat(contextDigest(request.context), dataKey)
        try {
          const padding = constants.RSA_PKCS1_OAEP_PADDING
          const ciphertext = publicEncrypt({ key: publicKey, padding, oaepHash: hash }, plaintext)
          return { providerId, providerInfo, ciphertext: new Uint8Array(ciphertext) }
        } catch {
          throw wrapFailed('The RSA key is too short for this padding and data key.')
        } finally {
          plaintext.fill(0)
        }
      })
    },
    onDecrypt: async (request) => {
      requireUnsigned(request.suite)
      return firstUnwrapped(request, async (wrapped) => {
        if (wrapped.providerId !== providerId) return
        if (!isSame(wrapped.providerInfo, providerInfo)) return
        const answer = await clientIn(arn.region)
          .decrypt({
            KeyId: keyArn,
            CiphertextBlob: wrapped.ciphertext,
            EncryptionAlgorithm: algorithm,
            ...grantTokensMember(grantTokens),
          })
          .catch((cause: unknown) => {
            throw attemptFailed(`KMS did not decrypt a data key under ${keyArn}.`, cause)
          })
        const plaintext = plaintextOf(answer, keyArn, digestBytes + request.suite.keyBytes)
        return splitPlaintext(plaintext, request.context)
      })
    },
  }
}

const splitPlaintext = (plaintext: Uint8Array, context: EncryptionContext): Uint8Array => {
  try {
    if (timingSafeEqual(plaintext.subarray(0, digestBytes), contextDigest(context)))
      return plaintext.slice(digestBytes)
    throw attemptFailed('A data key was wrapped for another encryption context.')
  } finally {
    plaintext.fill(0)
  }
}

const contextDigest = (context: EncryptionContext): Uint8Array =>
  createHash('sha384').update(encodeContext(context)).digest()

const requireUnsigned = (suite: Suite): void => {
  if (suite.signature === undefined) return
  throw new EnvelopeError('PolicyViolation', `A KMS RSA keyring does not allow ${suite.name}.`)
}
