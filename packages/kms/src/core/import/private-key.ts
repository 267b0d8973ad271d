import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  ECDH,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { equalConstantTime, fromHex } from '../crypto/bytes.ts'
import { derTag, type DerValue, readDer, readDerList, writeDer } from './der.ts'
import type { KeyPairForm } from './importable.ts'

/** A key pair in DER, as the service would have made it. */
export type ImportedKeyPair = {
  /** PKCS #8 (RFC 5208) in a buffer of its own, which its receiver zeroes. */
  readonly privateKey: Uint8Array
  /** SubjectPublicKeyInfo (RFC 5280), points uncompressed. */
  readonly publicKey: Uint8Array
}

/**
 * The key pair of a private key in PKCS #8, BER or DER, in the one form in which keys are kept.
 * `undefined` unless it is a whole and sound key of this form: its parts belong together, its curve
 * is named and not described, and it has two primes.
 */
export const readPrivateKey = (
  pkcs8: Uint8Array,
  form: KeyPairForm,
): ImportedKeyPair | undefined => {
  if (hasMoreThanOneValue(pkcs8)) return undefined
  const key = openPrivateKey(pkcs8)
  if (key?.asymmetricKeyType !== form.type) return undefined
  const der = key.export({ type: 'pkcs8', format: 'der' })
  const parts = partsOf(der)
  const pair = parts && pairOf(key, der, parts, form)
  if (pair?.privateKey !== der) der.fill(0)
  return pair
}

const pairOf = (
  key: KeyObject,
  der: Uint8Array,
  parts: PrivateKeyParts,
  form: KeyPairForm,
): ImportedKeyPair | undefined => {
  if (form.type === 'ec') return ecPair(key, parts, form.curve)
  if (form.type === 'rsa' && !isSoundRsa(key, parts, form.modulusBits)) return undefined
  return { privateKey: der, publicKey: spkiOf(key) }
}

/** OpenSSL reads the first value and leaves what follows; with an end that is not told, it must look. */
const hasMoreThanOneValue = (ber: Uint8Array): boolean => {
  const value = readDer(ber, 0)
  return value !== undefined && value.end !== ber.length
}

const openPrivateKey = (pkcs8: Uint8Array): KeyObject | undefined => {
  // A view: a copy would have to be zeroed too.
  const key = Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.length)
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  } catch {
    return undefined
  }
}

const spkiOf = (privateKey: KeyObject): Uint8Array =>
  createPublicKey(privateKey).export({ type: 'spki', format: 'der' })

/** RFC 5208 §5: what the algorithm is, and the private key in the algorithm's own form. */
type PrivateKeyParts = {
  readonly algorithm: Uint8Array
  /** The values in RSAPrivateKey or ECPrivateKey; none where the form is another. */
  readonly values: readonly DerValue[]
}

const partsOf = (der: Uint8Array): PrivateKeyParts | undefined => {
  const [, algorithm, octets] = readDerList(readDer(der, 0)?.contents ?? new Uint8Array(0)) ?? []
  if (algorithm === undefined || octets === undefined) return undefined
  const inner = readDer(octets.contents, 0)
  const values = inner?.tag === derTag.sequence ? (readDerList(inner.contents) ?? []) : []
  return { algorithm: algorithm.contents, values }
}

// RFC 8017 §3.1: two primes (version 0), a modulus of just this length, an odd exponent from 3 on.
const isSoundRsa = (key: KeyObject, { values }: PrivateKeyParts, modulusBits: number): boolean => {
  const { modulusLength, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  const version = values[0]?.contents
  if (modulusLength !== modulusBits || publicExponent < 3n || publicExponent % 2n === 0n)
    return false
  return version?.length === 1 && version[0] === 0 && verifiesItself(key)
}

/** SP 800-56B §6.4.1.1: what the private key makes, the public one takes. */
const verifiesItself = (privateKey: KeyObject): boolean => {
  const message = new Uint8Array(32)
  try {
    return verify(
      'sha256',
      message,
      createPublicKey(privateKey),
      sign('sha256', message, privateKey),
    )
  } catch {
    return false
  }
}

type CurveName = Extract<KeyPairForm, { type: 'ec' }>['curve']

/** RFC 5480 §2.1: id-ecPublicKey, then the object identifier of the curve. */
const curveAlgorithms: Readonly<Record<CurveName, Uint8Array>> = {
  prime256v1: fromHex('06072a8648ce3d020106082a8648ce3d030107'),
  secp384r1: fromHex('06072a8648ce3d020106052b81040022'),
  secp521r1: fromHex('06072a8648ce3d020106052b81040023'),
  secp256k1: fromHex('06072a8648ce3d020106052b8104000a'),
}

/**
 * Written anew, for keys come with and without a public point, and with it in several forms. OpenSSL
 * believes the point that it reads; the one that belongs to the key is worked out here.
 */
const ecPair = (
  key: KeyObject,
  { algorithm, values }: PrivateKeyParts,
  curve: CurveName,
): ImportedKeyPair | undefined => {
  if (!equalConstantTime(algorithm, curveAlgorithms[curve])) return undefined
  const scalar = values[1]?.contents
  const point = scalar && pointOf(curve, scalar)
  if (scalar === undefined || point === undefined) return undefined
  const publicBits = writeDer(derTag.bitString, Uint8Array.of(0), point)
  const algorithmValue = writeDer(derTag.sequence, algorithm)
  const publicKey = writeDer(derTag.sequence, algorithmValue, publicBits)
  if (!isPointOf(spkiOf(key), curve, point)) return undefined
  // RFC 5915 §3: version 1, the scalar, and the public point under [1].
  const octets = writeDer(derTag.octetString, scalar)
  const version = writeDer(derTag.integer, Uint8Array.of(1))
  const inner = writeDer(derTag.sequence, version, octets, writeDer(0xa1, publicBits))
  const outer = writeDer(derTag.octetString, inner)
  const zero = writeDer(derTag.integer, Uint8Array.of(0))
  const privateKey = writeDer(derTag.sequence, zero, algorithmValue, outer)
  for (const part of [octets, inner, outer]) part.fill(0)
  return { privateKey, publicKey }
}

/** The uncompressed public point of a scalar; `undefined` if it is not one of the curve. */
const pointOf = (curve: CurveName, scalar: Uint8Array): Uint8Array | undefined => {
  const ecdh = createECDH(curve)
  try {
    ecdh.setPrivateKey(scalar)
    return ecdh.getPublicKey()
  } catch {
    return undefined
  }
}

/** Whether a SubjectPublicKeyInfo, with its point in any form, has this one. */
const isPointOf = (spki: Uint8Array, curve: CurveName, point: Uint8Array): boolean => {
  const [, bits] = readDerList(readDer(spki, 0)?.contents ?? new Uint8Array(0)) ?? []
  if (bits === undefined) return false
  try {
    const said = ECDH.convertKey(
      bits.contents.subarray(1),
      curve,
      undefined,
      undefined,
      'uncompressed',
    )
    return equalConstantTime(Buffer.from(said), point)
  } catch {
    return false
  }
}
