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
import { contextTag, derElement, DerReader, derTag } from '../crypto/der.ts'
import type { KeyPairForm } from './importable.ts'

/**
 * A private key that came as PKCS #8 (RFC 5208), BER or DER, in the one form in which keys are kept:
 * the DER that the service makes itself, in a buffer of its own which the caller zeroes. `undefined`
 * unless it is a whole and sound key of this form: its parts belong together, its curve is named and
 * not described, and it has two primes.
 */
export const readPrivateKey = (pkcs8: Uint8Array, form: KeyPairForm): Uint8Array | undefined => {
  if (hasMoreThanOneValue(pkcs8)) return undefined
  const key = openPrivateKey(pkcs8)
  if (key?.asymmetricKeyType !== form.type) return undefined
  const der = key.export({ type: 'pkcs8', format: 'der' })
  const read = normalised(key, der, form)
  if (read !== der) der.fill(0)
  return read
}

const normalised = (key: KeyObject, der: Uint8Array, form: KeyPairForm): Uint8Array | undefined => {
  if (form.type === 'ec') return ecPrivateKey(key, der, form.curve)
  return form.type !== 'rsa' || isSoundRsa(key, der, form.modulusBits) ? der : undefined
}

/** OpenSSL leaves what follows the first value. What is not DER has an end that it must look for. */
const hasMoreThanOneValue = (ber: Uint8Array): boolean => {
  const reader = new DerReader(ber)
  try {
    reader.read(derTag.sequence)
    return !reader.isAtEnd
  } catch {
    return false
  }
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

/** RFC 5208 §5: what the algorithm is, and the private key in the algorithm's own form. */
const partsOf = (der: Uint8Array): { algorithm: Uint8Array; values: DerReader } => {
  const parts = new DerReader(der).enter(derTag.sequence)
  parts.read(derTag.integer)
  const algorithm = parts.read(derTag.sequence)
  return { algorithm, values: parts.enter(derTag.octetString).enter(derTag.sequence) }
}

// RFC 8017 §3.1: two primes (version 0), a modulus of just this length, an odd exponent from 3 on.
const isSoundRsa = (key: KeyObject, der: Uint8Array, modulusBits: number): boolean => {
  const { modulusLength, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength !== modulusBits || publicExponent < 3n || publicExponent % 2n === 0n)
    return false
  return partsOf(der).values.readSmallInteger() === 0 && verifiesItself(key)
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
const ecPrivateKey = (
  key: KeyObject,
  der: Uint8Array,
  curve: CurveName,
): Uint8Array | undefined => {
  const { algorithm, values } = partsOf(der)
  if (!equalConstantTime(algorithm, curveAlgorithms[curve])) return undefined
  values.read(derTag.integer)
  const scalar = values.read(derTag.octetString)
  const point = pointOf(curve, scalar)
  if (point === undefined || !isPointOf(key, curve, point)) return undefined
  // RFC 5915 §3: version 1, the scalar, and the public point under [1].
  const octets = derElement(derTag.octetString, scalar)
  const publicBits = derElement(derTag.bitString, Uint8Array.of(0), point)
  const inner = derElement(
    derTag.sequence,
    derElement(derTag.integer, Uint8Array.of(1)),
    octets,
    derElement(contextTag(1), publicBits),
  )
  const outer = derElement(derTag.octetString, inner)
  const version = derElement(derTag.integer, Uint8Array.of(0))
  const pkcs8 = derElement(derTag.sequence, version, derElement(derTag.sequence, algorithm), outer)
  for (const part of [octets, inner, outer]) part.fill(0)
  return pkcs8
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

/** Whether a key says, in any form, that this is its public point. */
const isPointOf = (privateKey: KeyObject, curve: CurveName, point: Uint8Array): boolean => {
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const parts = new DerReader(spki).enter(derTag.sequence)
  parts.read(derTag.sequence)
  const said = parts.read(derTag.bitString).subarray(1)
  try {
    const whole = ECDH.convertKey(said, curve, undefined, undefined, 'uncompressed')
    return equalConstantTime(Buffer.from(whole), point)
  } catch {
    return false
  }
}
