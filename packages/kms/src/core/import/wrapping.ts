import { createDecipheriv, type KeyObject } from 'node:crypto'
import { KmsError } from '../../api/errors.ts'
import type { OaepAlgorithm } from '../crypto/asymmetric/oaep.ts'
import { concatBytes } from '../crypto/bytes.ts'
import type { KeyWork } from '../ports.ts'
import { requireImportable } from './importable.ts'

/** How material is encrypted on its way here. */
export type WrappingAlgorithm = {
  readonly name: string
  /** Stands for the name in import tokens, for ever. */
  readonly code: number
  /** What the RSA key does. */
  readonly oaep: OaepAlgorithm
  /** Whether the RSA key wraps an AES key, and that the material. */
  readonly hybrid: boolean
}

const algorithms: readonly WrappingAlgorithm[] = [
  { name: 'RSAES_OAEP_SHA_1', code: 1, oaep: 'RSAES_OAEP_SHA_1', hybrid: false },
  { name: 'RSAES_OAEP_SHA_256', code: 2, oaep: 'RSAES_OAEP_SHA_256', hybrid: false },
  { name: 'RSA_AES_KEY_WRAP_SHA_1', code: 3, oaep: 'RSAES_OAEP_SHA_1', hybrid: true },
  { name: 'RSA_AES_KEY_WRAP_SHA_256', code: 4, oaep: 'RSAES_OAEP_SHA_256', hybrid: true },
]

export const wrappingAlgorithmOf = (code: number | undefined): WrappingAlgorithm | undefined =>
  algorithms.find((row) => row.code === code)

/** Specs of wrapping keys. AWS has SM2 in its China Regions alone. */
const wrappingKeyBits = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 } as const
export type WrappingKeySpec = keyof typeof wrappingKeyBits

export type Wrapping = {
  readonly algorithm: WrappingAlgorithm
  readonly keySpec: WrappingKeySpec
}

/**
 * How material of a key with this spec may be wrapped, if it may be so. Throws
 * UnsupportedOperationException; RSAES_PKCS1_V1_5, which AWS ended in October 2023, is refused too.
 */
export const requireWrapping = (
  keySpec: string,
  algorithmName: string,
  wrappingKeySpec: string,
): Wrapping => {
  const row = requireImportable(keySpec)
  const algorithm = algorithms.find(({ name }) => name === algorithmName)
  if (algorithm === undefined)
    throw unsupported(`WrappingAlgorithm ${algorithmName} is not supported.`)
  if (!Object.hasOwn(wrappingKeyBits, wrappingKeySpec))
    throw unsupported(`WrappingKeySpec ${wrappingKeySpec} is not supported in this Region.`)
  const wrapping = { algorithm, keySpec: wrappingKeySpec as WrappingKeySpec }
  if (!(algorithm.hybrid ? row.hybrid : row.direct))
    throw unsupported(`WrappingAlgorithm ${algorithmName} is not supported for KeySpec ${keySpec}.`)
  if (!algorithm.hybrid && wrappingKeyBits[wrapping.keySpec] < row.directBitsMin)
    throw unsupported(
      `WrappingAlgorithm ${algorithmName} with WrappingKeySpec ${wrappingKeySpec} ` +
        `is not supported for KeySpec ${keySpec}.`,
    )
  return wrapping
}

const unsupported = (message: string): KmsError =>
  new KmsError('UnsupportedOperationException', message)

/** AWS documents the AES key of RSA_AES_KEY_WRAP as one of 256 bits. */
const aesKeyBytes = 32

/**
 * Material as it was before it was wrapped, in a buffer of its own which the caller zeroes. Rejects
 * with ValidationException for a length that cannot be, else with InvalidCiphertextException,
 * whatever is wrong: one answer for the RSA and the AES part, so that neither can be asked alone.
 */
export const unwrapMaterial = async (
  { oaep, hybrid }: WrappingAlgorithm,
  privateKey: KeyObject,
  wrapped: Uint8Array,
  keyWork: KeyWork,
): Promise<Uint8Array> => {
  const rsaBytes = (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8
  requireLength(wrapped.length - rsaBytes, hybrid)
  const ciphertext = wrapped.subarray(0, rsaBytes)
  const inner = await keyWork.run({ kind: 'decrypt', privateKey, algorithm: oaep, ciphertext })
  if (inner === undefined) throw doesNotUnwrap()
  if (!hybrid) return inner
  try {
    const isAesKey = inner.length === aesKeyBytes
    const material = isAesKey ? aesUnwrap(inner, wrapped.subarray(rsaBytes)) : undefined
    if (material === undefined) throw doesNotUnwrap()
    return material
  } finally {
    inner.fill(0)
  }
}

/** `restBytes`: what stands after the RSA ciphertext; RFC 5649 §4.1: whole blocks, two at least. */
const requireLength = (restBytes: number, hybrid: boolean): void => {
  if (hybrid ? restBytes < 16 || restBytes % 8 !== 0 : restBytes !== 0)
    throw new KmsError('ValidationException', 'Invalid encrypted key size.')
}

const doesNotUnwrap = (): KmsError => new KmsError('InvalidCiphertextException')

/** AES key wrap with padding (RFC 5649, SP 800-38F KWP) under a key of 256 bits. */
const aesUnwrap = (key: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined => {
  // RFC 5649 §3: the alternative initial value.
  const decipher = createDecipheriv(
    'id-aes256-wrap-pad',
    key,
    Uint8Array.of(0xa6, 0x59, 0x59, 0xa6),
  )
  try {
    const material = decipher.update(wrapped)
    return concatBytes(material, decipher.final())
  } catch {
    return undefined
  }
}
