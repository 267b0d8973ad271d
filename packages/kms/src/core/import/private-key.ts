import { createECDH, createPrivateKey, createPublicKey, ECDH, type KeyObject } from 'node:crypto'
import { equalConstantTime, fromHex } from '../crypto/bytes.ts'
import { contextTag, derElement, DerReader, derTag } from '../crypto/der.ts'
import type { KeyPairForm } from './importable.ts'
import { readPkcs8, writePkcs8 } from './pkcs8.ts'
import { isSoundRsa } from './rsa-private-key.ts'

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
  const { algorithm, values } = readPkcs8(der)
  if (!equalConstantTime(algorithm, curveAlgorithms[curve])) return undefined
  values.read(derTag.integer)
  const scalar = values.read(derTag.octetString)
  const point = pointOf(curve, scalar)
  if (point === undefined || !isPointOf(key, curve, point)) return undefined
  // RFC 5915 §3: version 1, the scalar, and the public point under [1].
  const publicBits = derElement(derTag.bitString, Uint8Array.of(0), point)
  return writePkcs8(
    algorithm,
    derElement(derTag.integer, Uint8Array.of(1)),
    derElement(derTag.octetString, scalar),
    derElement(contextTag(1), publicBits),
  )
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
