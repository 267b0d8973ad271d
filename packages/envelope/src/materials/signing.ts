import { createPublicKey, ECDH, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { EnvelopeError } from '../errors.ts'

type Curve = 'P-256' | 'P-384'

/** What OpenSSL calls the curve, and the length of a coordinate in bytes. */
const curves = {
  'P-256': { name: 'prime256v1', coordinateBytes: 32 },
  'P-384': { name: 'secp384r1', coordinateBytes: 48 },
} as const

const generate = promisify(generateKeyPair)

/**
 * A fresh key pair for signatures. `publicKey` is the compressed point (SEC 1 §2.3.3) in base64, as
 * the encryption context carries it. Made off the main thread: P-384 takes most of a millisecond.
 */
export const generateSigningKey = async (
  curve: Curve,
): Promise<{ signingKey: KeyObject; publicKey: string }> => {
  const pair = await generate('ec', { namedCurve: curves[curve].name })
  return { signingKey: pair.privateKey, publicKey: encodePublicKey(pair.publicKey, curve) }
}

/**
 * The public key that a message carries. Throws `Malformed` for anything but the canonical base64
 * of a compressed point on the curve.
 */
export const parsePublicKey = (text: string, curve: Curve): KeyObject => {
  const { name, coordinateBytes } = curves[curve]
  const compressed = Buffer.from(text, 'base64')
  const isCompressed = compressed[0] === 2 || compressed[0] === 3
  if (compressed.length !== 1 + coordinateBytes || !isCompressed) throw malformed()
  if (compressed.toString('base64') !== text) throw malformed()
  const point = uncompressed(compressed, name)
  const coordinate = (index: 0 | 1): string =>
    point.toString('base64url', 1 + index * coordinateBytes, 1 + (index + 1) * coordinateBytes)
  const key = { kty: 'EC', crv: curve, x: coordinate(0), y: coordinate(1) }
  return createPublicKey({ key, format: 'jwk' })
}

const encodePublicKey = (key: KeyObject, curve: Curve): string => {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  const { coordinateBytes } = curves[curve]
  const compressed = Buffer.alloc(1 + coordinateBytes)
  const isOdd = (Buffer.from(y, 'base64url').at(-1) ?? 0) & 1
  compressed[0] = 2 + isOdd
  compressed.set(Buffer.from(x, 'base64url'), 1)
  return compressed.toString('base64')
}

const uncompressed = (compressed: Uint8Array, curveName: string): Buffer => {
  try {
    const point = ECDH.convertKey(compressed, curveName, undefined, undefined, 'uncompressed')
    return Buffer.from(point as Buffer)
  } catch (cause) {
    throw malformed(cause)
  }
}

const malformed = (cause?: unknown): EnvelopeError =>
  new EnvelopeError('Malformed', 'The message carries no valid public key for its signature.', {
    cause,
  })
