import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { fromHex, utf8 } from '../../../src/core/crypto/bytes.ts'
import { contextTag, derElement, derTag } from '../../../src/core/crypto/der.ts'

/** What a certificate is to say; it need not make sense. */
export type CertificateFields = {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  /** Signs it. */
  readonly signer: KeyObject
  readonly fromMs: number
  readonly toMs: number
  readonly extensions: readonly Uint8Array[]
  readonly serial?: number
  readonly version?: number
  readonly hash?: 'sha256' | 'sha384'
}

const algorithms = {
  sha256: fromHex('06082a8648ce3d040302'),
  sha384: fromHex('06082a8648ce3d040303'),
}
const utcTime = 0x17
const utf8String = 0x0c
const commonName = fromHex('0603550403')

/** The DER of an X.509 certificate (RFC 5280 §4.1). */
export const certificate = (fields: CertificateFields): Uint8Array => {
  const { hash = 'sha384', version = 2, serial = 1, signer } = fields
  const algorithm = derElement(derTag.sequence, algorithms[hash])
  const signed = derElement(
    derTag.sequence,
    derElement(contextTag(0), derElement(derTag.integer, Uint8Array.of(version))),
    derElement(derTag.integer, Uint8Array.of(serial)),
    algorithm,
    name(fields.issuer),
    derElement(derTag.sequence, time(fields.fromMs), time(fields.toMs)),
    name(fields.subject),
    spki(fields.publicKey),
    derElement(contextTag(3), derElement(derTag.sequence, ...fields.extensions)),
  )
  const signature = sign(hash, signed, signer)
  return derElement(
    derTag.sequence,
    signed,
    algorithm,
    derElement(derTag.bitString, Uint8Array.of(0), signature),
  )
}

export const pemOf = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`

/** The DER of a public key. */
export const spki = (key: KeyObject): Uint8Array =>
  (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' })

/** `id` in hex, without tag and length. */
export const extension = (id: string, isCritical: boolean, content: Uint8Array): Uint8Array =>
  derElement(
    derTag.sequence,
    derElement(derTag.objectId, fromHex(id)),
    isCritical ? yes : none,
    derElement(derTag.octetString, content),
  )

/** `pathLength`: a number, or the bytes of one. */
export const basicConstraints = (isCa: boolean, pathLength?: number): Uint8Array =>
  extension(
    '551d13',
    true,
    derElement(
      derTag.sequence,
      isCa ? yes : none,
      pathLength === undefined ? none : derElement(derTag.integer, Uint8Array.of(pathLength)),
    ),
  )

/** The bits as they are written: 0x80 signs data, 0x04 signs certificates. */
export const keyUsage = (bits: number): Uint8Array =>
  extension('551d0f', true, derElement(derTag.bitString, Uint8Array.of(0, bits)))

const yes = derElement(derTag.boolean, Uint8Array.of(0xff))
const none = new Uint8Array()

const name = (text: string): Uint8Array =>
  derElement(
    derTag.sequence,
    derElement(
      derTag.set,
      derElement(derTag.sequence, commonName, derElement(utf8String, utf8(text))),
    ),
  )

const time = (atMs: number): Uint8Array =>
  derElement(
    utcTime,
    utf8(
      new Date(atMs)
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, '')
        .slice(2),
    ),
  )
