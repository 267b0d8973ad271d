import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { fingerprint } from '../../../src/core/attestation/certificate-chain.ts'
import { concatBytes } from '../../../src/core/crypto/bytes.ts'
import { cbor, IndefiniteMap } from './cbor-writer.ts'
import {
  basicConstraints,
  certificate,
  type CertificateFields,
  keyUsage,
  pemOf,
  spki,
} from './certificates.ts'

const hourMs = 3_600_000
const signsCertificates = 0x04
const signsData = 0x80

export type Link = 'root' | 'region' | 'zone' | 'instance' | 'module'
const links = ['root', 'region', 'zone', 'instance', 'module'] as const satisfies readonly Link[]

export type IssuerOptions = {
  /** Certificates that say something else than they should. */
  readonly certificates?: Partial<Record<Link, Partial<CertificateFields>>>
  /** Curves of keys; P-384 where none is named. */
  readonly curves?: Partial<Record<Link, string>>
}

/** What stands in for the Nitro hypervisor and for AWS's PKI: it makes documents that verify. */
export type Issuer = {
  readonly rootPem: string
  readonly roots: ReadonlySet<string>
  /** DER of the certificates, by what they stand for. */
  readonly certificates: Readonly<Record<Link, Uint8Array>>
  /** The private key of the attested program, whose public key its documents have. */
  readonly recipientKey: KeyObject
  /** The members of a document, some of them replaced; `undefined` leaves one out. */
  payload(changes?: Readonly<Record<string, unknown>>): Uint8Array
  /** A message about a payload, signed as it is. */
  sign(payload: Uint8Array, header?: Uint8Array): Uint8Array
  /** A signed document. */
  document(changes?: Readonly<Record<string, unknown>>): Uint8Array
}

const recipientKeys = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const es384Header = cbor(new Map([[1, -35]]))

/** A register of 48 bytes that are all the same. */
export const register = (byte: number): Uint8Array => new Uint8Array(48).fill(byte)

/** A PKI of its own, valid an hour before `nowMs` and three after it. */
export const makeIssuer = (nowMs: number, options: IssuerOptions = {}): Issuer => {
  const keys = Object.fromEntries(
    links.map((link) => [
      link,
      generateKeyPairSync('ec', { namedCurve: options.curves?.[link] ?? 'secp384r1' }),
    ]),
  ) as Record<Link, { readonly publicKey: KeyObject; readonly privateKey: KeyObject }>
  const certificates = Object.fromEntries(
    links.map((link, index) => {
      const above = links[Math.max(0, index - 1)]!
      const isCa = link !== 'module'
      const der = certificate({
        subject: link,
        issuer: above,
        publicKey: keys[link].publicKey,
        signer: keys[above].privateKey,
        serial: index + 1,
        fromMs: nowMs - hourMs,
        toMs: nowMs + 3 * hourMs,
        extensions: [
          // As at AWS: the root's is without limit, and below the instance is no other CA.
          basicConstraints(isCa, isCa && index > 0 ? links.length - 2 - index : undefined),
          keyUsage(isCa ? signsCertificates : signsData),
        ],
        ...options.certificates?.[link],
      })
      return [link, der]
    }),
  ) as Record<Link, Uint8Array>
  const payload: Issuer['payload'] = (changes = {}) => {
    const { root, region, zone, instance, module } = certificates
    const members = {
      module_id: 'i-0123456789abcdef0-enc0123456789abcdef',
      digest: 'SHA384',
      timestamp: nowMs,
      pcrs: new Map(Array.from({ length: 16 }, (_, index) => [index, register(index)])),
      certificate: module,
      cabundle: [root, region, zone, instance],
      public_key: spki(recipientKeys.publicKey),
      user_data: null,
      nonce: null,
      ...changes,
    }
    const present = Object.entries(members).filter(([, value]) => value !== undefined)
    return cbor(new IndefiniteMap(present))
  }
  const signMessage: Issuer['sign'] = (message, header = es384Header) => {
    const signed = cbor(['Signature1', header, new Uint8Array(), message])
    const key = { key: keys.module.privateKey, dsaEncoding: 'ieee-p1363' as const }
    return cbor([header, new Map(), message, sign('sha384', signed, key)])
  }
  return {
    rootPem: pemOf(certificates.root),
    roots: new Set([fingerprint(certificates.root)]),
    certificates,
    recipientKey: recipientKeys.privateKey,
    payload,
    sign: signMessage,
    document: (changes) => signMessage(payload(changes)),
  }
}

/** The document with tag 18 in front, as COSE has it where it stands by itself. */
export const tagged = (message: Uint8Array): Uint8Array => concatBytes(Uint8Array.of(0xd2), message)
