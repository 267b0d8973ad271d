import { X509Certificate } from 'node:crypto'
import { fingerprint } from './certificate-chain.ts'
import { parseCertificate } from './certificate.ts'
import type { AttestationTrust } from './verify.ts'

/**
 * The root of AWS's commercial Regions, `CN=aws.nitro-enclaves` G1, valid to 2049-10-28: the SHA-256
 * fingerprint that AWS publishes (AWS Nitro Enclaves User Guide, "Verifying the root of trust").
 * Documents bring the certificate itself along.
 */
export const awsNitroRoot = '641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b'

/** What is believed where an operator says nothing else. */
export const awsAttestation: AttestationTrust = {
  roots: new Set([awsNitroRoot]),
  ageMsMax: 300_000,
}

/**
 * The fingerprint of the root certificate in a PEM text, which has to be one alone, a CA on P-384,
 * and signed by itself. Throws Error; its text is for the operator.
 */
export const parseRoot = (pem: string): string => {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----/g) ?? []
  if (blocks.length !== 1) throw new Error('it has to hold one certificate in PEM')
  const { raw } = new X509Certificate(pem)
  const { x509, isCa, maySignCertificates } = parseCertificate(raw)
  if (!isCa || !maySignCertificates || !x509.verify(x509.publicKey))
    throw new Error('it is not the certificate of a root that may sign others')
  return fingerprint(raw)
}
