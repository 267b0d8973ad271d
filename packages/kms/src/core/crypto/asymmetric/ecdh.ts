import { createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { fromHex } from '../bytes.ts'

/** A curve of key agreement: how a public key on it looks as an X.509 SubjectPublicKeyInfo. */
type Curve = {
  readonly coordinateBytes: number
  /** Everything before the point, for the point in full and for a compressed one. */
  readonly spkiHeads: { readonly whole: Uint8Array; readonly compressed: Uint8Array }
}

// RFC 5480 §2: SEQUENCE { SEQUENCE { id-ecPublicKey, namedCurve }, BIT STRING point }. In DER, with
// a named curve, all but the point is the same for every key of a curve, so it is compared as bytes.
const ecPublicKey = '06072a8648ce3d0201'
const p256 = '06082a8648ce3d030107'
const p384 = '06052b81040022'
const p521 = '06052b81040023'

/** By OpenSSL's names of the curves, as a key object tells them. */
const curves: { readonly [namedCurve: string]: Curve } = {
  prime256v1: {
    coordinateBytes: 32,
    spkiHeads: {
      whole: fromHex(`30593013${ecPublicKey}${p256}034200`),
      compressed: fromHex(`30393013${ecPublicKey}${p256}032200`),
    },
  },
  secp384r1: {
    coordinateBytes: 48,
    spkiHeads: {
      whole: fromHex(`30763010${ecPublicKey}${p384}036200`),
      compressed: fromHex(`30463010${ecPublicKey}${p384}033200`),
    },
  },
  secp521r1: {
    coordinateBytes: 66,
    spkiHeads: {
      whole: fromHex(`30819b3010${ecPublicKey}${p521}03818600`),
      compressed: fromHex(`30583010${ecPublicKey}${p521}034400`),
    },
  },
}

/** Agrees on a secret with whoever holds the private key of `peer`, a DER SubjectPublicKeyInfo. */
export type DeriveSharedSecretTask = {
  readonly kind: 'deriveSharedSecret'
  readonly privateKey: KeyObject
  readonly peer: Uint8Array
}

/**
 * The X coordinate of the shared point (SP 800-56A §5.7.1.2), as long as the curve's field and in
 * memory of its own, which the caller zeroes. `undefined` unless `peer` is a public key on the curve
 * of the private one, which it names: of curves that a key describes itself, OpenSSL accepts more
 * than it should.
 */
export const runDeriveSharedSecret = ({
  privateKey,
  peer,
}: DeriveSharedSecretTask): Uint8Array | undefined => {
  const curve = curves[privateKey.asymmetricKeyDetails?.namedCurve ?? '']
  if (curve === undefined) throw new TypeError('not a private key on a curve of key agreement')
  if (!namesCurve(peer, curve)) return undefined
  const publicKey = readPoint(peer)
  return publicKey && diffieHellman({ privateKey, publicKey })
}

const namesCurve = (spki: Uint8Array, { spkiHeads, coordinateBytes }: Curve): boolean =>
  (startsWith(spki, spkiHeads.whole, 1 + 2 * coordinateBytes) &&
    spki[spkiHeads.whole.length] === 4) ||
  (startsWith(spki, spkiHeads.compressed, 1 + coordinateBytes) &&
    (spki[spkiHeads.compressed.length] === 2 || spki[spkiHeads.compressed.length] === 3))

const startsWith = (bytes: Uint8Array, head: Uint8Array, restBytes: number): boolean =>
  bytes.length === head.length + restBytes && head.every((byte, at) => bytes[at] === byte)

/** OpenSSL refuses a point that is not on the curve; one at infinity has another form. */
const readPoint = (spki: Uint8Array): KeyObject | undefined => {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}
