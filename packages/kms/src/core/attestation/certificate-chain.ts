import { createHash, type KeyObject } from 'node:crypto'
import { toHex } from '../crypto/bytes.ts'
import { type ChainCertificate, parseCertificate } from './certificate.ts'
import { documentRefused } from './refusal.ts'

/** SHA-256 over the DER of each root that documents may come from, as lower-case hex. */
export type TrustedRoots = ReadonlySet<string>

/** What a certificate is known by: SHA-256 over its DER, as lower-case hex. */
export const fingerprint = (der: Uint8Array): string =>
  toHex(createHash('sha256').update(der).digest())

/**
 * How far the clock of whoever signs may be ahead of ours, in milliseconds: the certificate of an
 * enclave is new when it is first used.
 */
export const clockSkewMs = 300_000

export type Chain = {
  /** DER of the certificate that is to be trusted. */
  readonly certificate: Uint8Array
  /** DER of those above it, the root first. */
  readonly caBundle: readonly Uint8Array[]
}

/** What may be trusted, and when: while every certificate of the chain is valid. */
export type VerifiedChain = {
  /** The key of the chain's last certificate. */
  readonly publicKey: KeyObject
  readonly fromMs: number
  readonly toMs: number
}

/**
 * The key that may sign documents by this chain: its first certificate is a trusted root, each signed
 * the next, and each may do what it did (RFC 5280 §6.1, as AWS, "Attestation process" §3.2.3, wants
 * it; without revocation lists). From the root down, so that nothing is read that no trusted key has
 * signed. Whether it is valid now is left to `requireValid`. Throws a refusal, or what the parsers
 * throw.
 */
export const verifyChain = (chain: Chain, roots: TrustedRoots): VerifiedChain => {
  const { certificate, caBundle } = chain
  const rootDer = caBundle[0]
  if (rootDer === undefined || !roots.has(fingerprint(rootDer))) throw documentRefused('root')
  const path = [parseCertificate(rootDer)]
  for (const der of [...caBundle.slice(1), certificate]) {
    const issuer = path.at(-1)!
    // The CA certificates after the issuer.
    requireIssuer(issuer, caBundle.length - path.length)
    path.push(parseIssued(der, issuer))
  }
  const last = path.at(-1)!
  if (last.isCa || last.pathLength !== undefined || !last.maySignData)
    throw documentRefused('chain', new Error('the last certificate may not sign documents'))
  return {
    publicKey: last.x509.publicKey,
    fromMs: Math.max(...path.map(({ x509 }) => x509.validFromDate.getTime())),
    toMs: Math.min(...path.map(({ x509 }) => x509.validToDate.getTime())),
  }
}

/** Throws a refusal unless every certificate of the chain is valid at `nowMs`. */
export const requireValid = ({ fromMs, toMs }: VerifiedChain, nowMs: number): void => {
  // Written so that a date which is none is refused.
  if (!(fromMs <= nowMs + clockSkewMs && nowMs <= toMs)) throw documentRefused('validity')
}

/** `caBelow`: how many CA certificates follow it, which its path length may forbid. */
const requireIssuer = (certificate: ChainCertificate, caBelow: number): void => {
  const { isCa, maySignCertificates, pathLength } = certificate
  if (!isCa || !maySignCertificates || (pathLength !== undefined && pathLength < caBelow))
    throw documentRefused('chain', new Error('a certificate may not sign the one after it'))
}

const parseIssued = (der: Uint8Array, issuer: ChainCertificate): ChainCertificate => {
  const certificate = parseCertificate(der)
  // Names and key identifiers first, then the signature, which only `verify` looks at.
  if (!certificate.x509.checkIssued(issuer.x509) || !certificate.x509.verify(issuer.x509.publicKey))
    throw documentRefused('chain', new Error('a certificate was not issued by the one before it'))
  return certificate
}
