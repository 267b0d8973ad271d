import { derElement, DerReader, derTag } from '../crypto/der.ts'

/** RFC 5208 §5: what the algorithm is, and the values of the private key in the algorithm's own form. */
type Pkcs8 = { readonly algorithm: Uint8Array; readonly values: DerReader }

/** The parts of a private key, as views of the DER that OpenSSL wrote. Throws DerError for any other. */
export const readPkcs8 = (der: Uint8Array): Pkcs8 => {
  const parts = new DerReader(der).enter(derTag.sequence)
  parts.read(derTag.integer)
  const algorithm = parts.read(derTag.sequence)
  return { algorithm, values: parts.enter(derTag.octetString).enter(derTag.sequence) }
}

/**
 * The DER of a private key of these values, which are zeroed: they are copies. In a buffer of its
 * own, which the caller zeroes.
 */
export const writePkcs8 = (algorithm: Uint8Array, ...values: readonly Uint8Array[]): Uint8Array => {
  const inner = derElement(derTag.sequence, ...values)
  const outer = derElement(derTag.octetString, inner)
  const version = derElement(derTag.integer, Uint8Array.of(0))
  const pkcs8 = derElement(derTag.sequence, version, derElement(derTag.sequence, algorithm), outer)
  for (const part of [...values, inner, outer]) part.fill(0)
  return pkcs8
}
