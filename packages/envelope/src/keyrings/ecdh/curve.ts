import { createPublicKey, diffieHellman, ECDH, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { concat } from '../../bytes.ts'
import { takeOwn } from '../bytes.ts'
import { invalid } from '../data-key.ts'
import { type KeyInput, readPrivateKey, readPublicKey } from '../key-input.ts'

/** A curve that data keys may be agreed on. */
export type Curve = {
  readonly name: EcdhCurve
  /** As OpenSSL calls it. */
  readonly openssl: string
  /** As the key derivation spells it. */
  readonly label: string
  readonly fieldBytes: number
}

const curves = {
  'P-256': { name: 'P-256', openssl: 'prime256v1', label: 'p256', fieldBytes: 32 },
  'P-384': { name: 'P-384', openssl: 'secp384r1', label: 'p384', fieldBytes: 48 },
  'P-521': { name: 'P-521', openssl: 'secp521r1', label: 'p521', fieldBytes: 66 },
} as const satisfies Record<string, Curve>

export type EcdhCurve = 'P-256' | 'P-384' | 'P-521'

export const requireCurve = (name: EcdhCurve): Curve => {
  if (Object.hasOwn(curves, name)) return curves[name]
  throw invalid(`There is no curve named ${name} for key agreement.`)
}

export const curvePublicKey = (input: KeyInput, curve: Curve, what: string): KeyObject =>
  onCurve(readPublicKey(input, what), curve, what)

export const curvePrivateKey = (input: KeyInput, curve: Curve, what: string): KeyObject =>
  onCurve(readPrivateKey(input, what), curve, what)

const onCurve = (key: KeyObject, curve: Curve, what: string): KeyObject => {
  if (key.asymmetricKeyDetails?.namedCurve === curve.openssl) return key
  throw invalid(`The ${what} is not on the curve ${curve.name}.`)
}

/** The compressed point (SEC 1 §2.3.3) of a public key, or of a private key's public half. */
export const pointOf = (key: KeyObject): Uint8Array => {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' }) as { x?: string; y?: string }
  const isOdd = (Buffer.from(y, 'base64url').at(-1) ?? 0) & 1
  return concat(Uint8Array.of(2 + isOdd), Buffer.from(x, 'base64url'))
}

/** The public key of a compressed point; `undefined` when no point of the curve is written so. */
export const publicKeyOfPoint = (point: Uint8Array, curve: Curve): KeyObject | undefined => {
  if (point.length !== curve.fieldBytes + 1 || (point[0] !== 2 && point[0] !== 3)) return undefined
  try {
    const whole = ECDH.convertKey(point, curve.openssl, undefined, undefined, 'uncompressed')
    const bytes = whole as Buffer
    const x = bytes.subarray(1, 1 + curve.fieldBytes).toString('base64url')
    const y = bytes.subarray(1 + curve.fieldBytes).toString('base64url')
    return createPublicKey({ key: { kty: 'EC', crv: curve.name, x, y }, format: 'jwk' })
  } catch {
    return undefined
  }
}

/** The shared secret Z: the x coordinate, as long as the field. Owned by the caller, who zeroes it. */
export const sharedSecret = (privateKey: KeyObject, publicKey: KeyObject): Uint8Array =>
  takeOwn(diffieHellman({ privateKey, publicKey }))

export const generatePair = (curve: Curve): { privateKey: KeyObject; publicKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: curve.openssl })
