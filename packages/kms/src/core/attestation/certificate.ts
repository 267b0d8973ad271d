import { X509Certificate } from 'node:crypto'
import { equalConstantTime, toHex } from '../crypto/bytes.ts'
import { contextTag, DerError, DerReader, derTag } from '../crypto/der.ts'

/** A certificate of a Nitro chain, and what of its extensions a path is judged by. */
export type ChainCertificate = {
  readonly x509: X509Certificate
  readonly isCa: boolean
  /** How many CA certificates may follow it; `undefined` is any number. */
  readonly pathLength: number | undefined
  readonly maySignData: boolean
  readonly maySignCertificates: boolean
}

const basicConstraints = '551d13'
const keyUsage = '551d0f'
/** RFC 5758 §3.2. */
const ecdsaWithSha384 = '1.2.840.10045.4.3.3'

/**
 * Reads the DER of a certificate: one of version 3 with a key of P-384, signed with SHA-384, and
 * without a critical extension that nothing here knows. Node's class reads all but basic constraints
 * and key usage, which it has no members for. Throws on anything else.
 */
export const parseCertificate = (der: Uint8Array): ChainCertificate => {
  const x509 = new X509Certificate(der)
  // The class reads PEM too, and overlooks what follows the certificate.
  if (!equalConstantTime(x509.raw, der)) throw new DerError('this is more than a certificate')
  if (x509.signatureAlgorithmOid !== ecdsaWithSha384)
    throw new DerError('the certificate is not signed with ECDSA and SHA-384')
  if (x509.publicKey.asymmetricKeyDetails?.namedCurve !== 'secp384r1')
    throw new DerError('the key of the certificate is not on P-384')
  const extensions = extensionsOf(der)
  const { isCa, pathLength } = readBasicConstraints(extensions.get(basicConstraints))
  const usage = readKeyUsage(extensions.get(keyUsage))
  return {
    x509,
    isCa,
    pathLength,
    maySignData: (usage & 0x80) !== 0,
    maySignCertificates: (usage & 0x04) !== 0,
  }
}

/** Content of the extensions by the hex of their ids. RFC 5280 §4.1 for the order of the members. */
const extensionsOf = (der: Uint8Array): ReadonlyMap<string, Uint8Array> => {
  const tbs = new DerReader(der).enter(derTag.sequence).enter(derTag.sequence)
  const version = tbs.enter(contextTag(0)).readSmallInteger()
  if (version !== 2) throw new DerError('the certificate is not of version 3')
  tbs.read(derTag.integer)
  // Signature algorithm, issuer, validity, subject, public key.
  for (let n = 0; n < 5; n += 1) tbs.read(derTag.sequence)
  const list = tbs.enter(contextTag(3)).enter(derTag.sequence)
  tbs.requireEnd()
  const extensions = new Map<string, Uint8Array>()
  while (!list.isAtEnd) {
    const extension = list.enter(derTag.sequence)
    const id = toHex(extension.read(derTag.objectId))
    const isCritical = extension.readDefaultFalse()
    if (extensions.has(id)) throw new DerError('an extension comes twice')
    if (isCritical && id !== basicConstraints && id !== keyUsage)
      throw new DerError('a critical extension is unknown')
    extensions.set(id, extension.read(derTag.octetString))
    extension.requireEnd()
  }
  return extensions
}

/** RFC 5280 §4.2.1.9. */
const readBasicConstraints = (
  content: Uint8Array | undefined,
): { isCa: boolean; pathLength: number | undefined } => {
  if (content === undefined) return { isCa: false, pathLength: undefined }
  const outer = new DerReader(content)
  const inner = outer.enter(derTag.sequence)
  outer.requireEnd()
  const isCa = inner.readDefaultFalse()
  const pathLength = inner.isAtEnd ? undefined : inner.readSmallInteger()
  inner.requireEnd()
  return { isCa, pathLength }
}

/** The first eight bits of RFC 5280 §4.2.1.3, `digitalSignature` the highest of them. */
const readKeyUsage = (content: Uint8Array | undefined): number => {
  if (content === undefined) return 0
  const outer = new DerReader(content)
  const [unusedBits, bits = 0] = outer.read(derTag.bitString)
  outer.requireEnd()
  if (unusedBits === undefined || unusedBits > 7) throw new DerError('the key usage is malformed')
  return bits
}
