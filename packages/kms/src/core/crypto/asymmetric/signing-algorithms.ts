import { KmsError } from '../../../api/errors.ts'
import type { signingAlgorithmShape } from '../../../api/members.ts'
import { ecdsaDigest } from './ecdsa-digest.ts'
import { ed25519ph } from './ed25519ph.ts'
import { emsaPkcs1 } from './emsa-pkcs1.ts'
import { emsaPss } from './emsa-pss.ts'
import { digestBytes, type HashName, type SignatureMethod } from './method.ts'
import { mlDsaMu } from './ml-dsa-mu.ts'
import { rsaDigest } from './rsa-digest.ts'
import { hashed, hashedPss, pure } from './whole-message.ts'

export type SigningAlgorithm = (typeof signingAlgorithmShape.values)[number]

/** What Message is: the whole message, its digest, or the 64-byte mu of ML-DSA (FIPS 204 §6.2). */
export type MessageType = 'RAW' | 'DIGEST' | 'EXTERNAL_MU'

type MessageForm = {
  /** How long the message has to be; absent, any length will do. */
  readonly bytes?: number
  readonly method: SignatureMethod
}

type SigningAlgorithmRow = {
  /** A type of message that is not here is refused. */
  readonly messages: Readonly<Partial<Record<MessageType, MessageForm>>>
  /** What AWS's text names when it refuses a type of message. */
  readonly refusedBy: 'algorithm' | 'key spec'
}

const row = (
  messages: SigningAlgorithmRow['messages'],
  refusedBy: SigningAlgorithmRow['refusedBy'] = 'key spec',
): SigningAlgorithmRow => ({ messages, refusedBy })

/** A scheme that hashes first, so that it can begin with a digest made elsewhere. */
const overHash = (
  hash: HashName,
  whole: SignatureMethod,
  digest: SignatureMethod,
): SigningAlgorithmRow =>
  row({ RAW: { method: whole }, DIGEST: { bytes: digestBytes[hash], method: digest } })

const pkcs1 = (hash: HashName): SigningAlgorithmRow =>
  overHash(hash, hashed(hash), rsaDigest(emsaPkcs1(hash)))
const pss = (hash: HashName): SigningAlgorithmRow =>
  overHash(hash, hashedPss(hash), rsaDigest(emsaPss(hash)))
const ecdsa = (hash: HashName): SigningAlgorithmRow => overHash(hash, hashed(hash), ecdsaDigest)

const signingAlgorithms: Readonly<Record<SigningAlgorithm, SigningAlgorithmRow>> = {
  RSASSA_PKCS1_V1_5_SHA_256: pkcs1('sha256'),
  RSASSA_PKCS1_V1_5_SHA_384: pkcs1('sha384'),
  RSASSA_PKCS1_V1_5_SHA_512: pkcs1('sha512'),
  RSASSA_PSS_SHA_256: pss('sha256'),
  RSASSA_PSS_SHA_384: pss('sha384'),
  RSASSA_PSS_SHA_512: pss('sha512'),
  ECDSA_SHA_256: ecdsa('sha256'),
  ECDSA_SHA_384: ecdsa('sha384'),
  ECDSA_SHA_512: ecdsa('sha512'),
  ED25519_SHA_512: row({ RAW: { method: pure } }, 'algorithm'),
  ED25519_PH_SHA_512: row({ DIGEST: { bytes: 64, method: ed25519ph } }, 'algorithm'),
  ML_DSA_SHAKE_256: row({ RAW: { method: pure }, EXTERNAL_MU: { bytes: 64, method: mlDsaMu } }),
  /** A name that may stand in a request. Its key spec exists in China's Regions alone. */
  SM2DSA: row({}),
}

/** What has to be signed or verified, and how. */
export type SignedMessage = {
  readonly algorithm: SigningAlgorithm
  readonly messageType: MessageType
  readonly message: Uint8Array
}

/** Throws TypeError for a type of message that `requireMessage` refuses. */
export const methodFor = ({ algorithm, messageType }: SignedMessage): SignatureMethod => {
  const form = formOf(algorithm, messageType)
  if (form === undefined) throw new TypeError(`${algorithm} does not sign ${messageType}`)
  return form.method
}

/** Refuses, with a ValidationException in AWS's words, a message that the algorithm does not take. */
export const requireMessage = (
  { algorithm, messageType, message }: SignedMessage,
  keySpec: string,
): void => {
  const form = formOf(algorithm, messageType)
  if (form === undefined) {
    const { refusedBy } = signingAlgorithms[algorithm]
    const refusing = refusedBy === 'algorithm' ? algorithm : keySpec
    throw invalid(`Message type ${messageType} is incompatible with ${refusedBy} ${refusing}.`)
  }
  if (form.bytes !== undefined && message.length !== form.bytes)
    throw invalid(`Digest is invalid length for algorithm ${algorithm}.`)
}

const formOf = (algorithm: SigningAlgorithm, messageType: MessageType): MessageForm | undefined =>
  signingAlgorithms[algorithm].messages[messageType]

const invalid = (message: string): KmsError => new KmsError('ValidationException', message)
