import { constants, privateDecrypt, publicEncrypt } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { utf8 } from '../bytes.ts'
import type { Keyring } from '../materials/types.ts'
import { isSame, takeOwn } from './bytes.ts'
import { attemptFailed, firstUnwrapped, invalid, wrapDataKey, wrapFailed } from './data-key.ts'
import { type KeyInput, readPrivateKey, readPublicKey } from './key-input.ts'
import { requireRawNames } from './raw-aes.ts'

const { RSA_PKCS1_OAEP_PADDING, RSA_PKCS1_PADDING } = constants

/** MGF1 uses the same hash as OAEP. PKCS1 is v1.5, for old messages: prefer any other. */
const paddings = {
  PKCS1: { padding: RSA_PKCS1_PADDING },
  OAEP_SHA1: { padding: RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
  OAEP_SHA256: { padding: RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
  OAEP_SHA384: { padding: RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha384' },
  OAEP_SHA512: { padding: RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha512' },
} as const

export type RsaPadding = keyof typeof paddings

export type RawRsaKeyringOptions = {
  /** The provider id that messages carry; not `aws-kms`. */
  readonly namespace: string
  readonly name: string
  readonly padding: RsaPadding
  /** Needed to encrypt; never derived from the private key. */
  readonly publicKey?: KeyInput
  /** Needed to decrypt. */
  readonly privateKey?: KeyInput
}

/**
 * Wraps data keys under an RSA key that the caller holds. The wrapping does not bind the encryption
 * context; the message's own header does.
 */
export const rawRsaKeyring = (options: RawRsaKeyringOptions): Keyring => {
  const { namespace, name } = options
  requireRawNames(namespace, name)
  if (!Object.hasOwn(paddings, options.padding))
    throw invalid(`There is no RSA padding named ${options.padding}.`)
  const padding = paddings[options.padding]
  const publicKey = options.publicKey && requireRsa(readPublicKey(options.publicKey, 'RSA key'))
  const privateKey = options.privateKey && requireRsa(readPrivateKey(options.privateKey, 'RSA key'))
  if (!publicKey && !privateKey)
    throw invalid('A raw RSA keyring needs a public key, a private key, or both.')
  const providerInfo = utf8(name)
  return {
    onEncrypt: async (request) => {
      if (!publicKey) throw invalid('A raw RSA keyring needs the public key to encrypt.')
      return wrapDataKey(request, (dataKey) => ({
        providerId: namespace,
        providerInfo,
        ciphertext: rsaWrap(publicKey, padding, dataKey),
      }))
    },
    onDecrypt: (request) =>
      firstUnwrapped(request, (wrapped) => {
        if (wrapped.providerId !== namespace) return
        if (!isSame(wrapped.providerInfo, providerInfo)) return
        if (!privateKey) throw attemptFailed('A raw RSA keyring needs the private key to decrypt.')
        return rsaUnwrap(privateKey, padding, wrapped.ciphertext)
      }),
  }
}

const requireRsa = (key: KeyObject): KeyObject => {
  if (key.asymmetricKeyType === 'rsa') return key
  throw invalid('A raw RSA keyring needs an RSA key.')
}

type Padding = (typeof paddings)[RsaPadding]

const rsaWrap = (key: KeyObject, padding: Padding, dataKey: Uint8Array): Uint8Array => {
  try {
    return new Uint8Array(publicEncrypt({ key, ...padding }, dataKey))
  } catch {
    throw wrapFailed('The RSA key is too short for this padding and data key.')
  }
}

// One text for every failure, PKCS #1 v1.5 included: OpenSSL answers bad padding there with random
// bytes (implicit rejection), which fail on their length or on the message's header.
const rsaUnwrap = (key: KeyObject, padding: Padding, ciphertext: Uint8Array): Uint8Array => {
  try {
    return takeOwn(privateDecrypt({ key, ...padding }, ciphertext))
  } catch {
    throw attemptFailed('A data key does not decrypt under the raw RSA key.')
  }
}
