import { type KeyObject, verify } from 'node:crypto'
import { concatBytes, utf8 } from '../crypto/bytes.ts'
import { cborBytes, parseCbor } from './cbor.ts'
import { documentRefused } from './refusal.ts'

/** One signer's message (RFC 9052 §4.2), its algorithm seen to be ES384; not yet verified. */
export type CoseSign1 = {
  readonly protectedHeader: Uint8Array
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/** AWS, "Attestation process" §3.1: the payload has 1 to 16384 bytes. */
const payloadBytesMax = 16_384
/** RFC 9053 §2.1: r and s of P-384, 48 bytes each. */
const signatureBytes = 96
/** CBOR tag 18, which may stand before the message (RFC 9052 §2). */
const tagOfSign1 = 0xd2
const algorithmLabel = 1
const es384 = -35

/**
 * Reads a message. Its protected header has to say ES384 and nothing else, and the unprotected one,
 * which nobody signs, has to be empty. Throws CborError, or the refusal of another algorithm.
 */
export const parseCoseSign1 = (bytes: Uint8Array): CoseSign1 => {
  const message = parseCbor(bytes[0] === tagOfSign1 ? bytes.subarray(1) : bytes)
  if (!Array.isArray(message) || message.length !== 4) throw documentRefused('malformed')
  const [protectedHeader, unprotected, payload, signature] = message
  if (
    !(protectedHeader instanceof Uint8Array) ||
    !(unprotected instanceof Map) ||
    unprotected.size > 0 ||
    !(payload instanceof Uint8Array) ||
    payload.length === 0 ||
    payload.length > payloadBytesMax ||
    !(signature instanceof Uint8Array)
  )
    throw documentRefused('malformed')
  const header = parseCbor(protectedHeader)
  if (!(header instanceof Map) || header.size !== 1 || header.get(algorithmLabel) !== es384)
    throw documentRefused('algorithm')
  if (signature.length !== signatureBytes) throw documentRefused('malformed')
  return { protectedHeader, payload, signature }
}

/** Whether the key signed the message. The caller makes sure that it is a key of P-384. */
export const isSignedBy = (message: CoseSign1, publicKey: KeyObject): boolean =>
  verify(
    'sha384',
    signedBytes(message),
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    message.signature,
  )

/** RFC 9052 §4.4: the array ["Signature1", protected header, external data (none), payload]. */
const signedBytes = ({ protectedHeader, payload }: CoseSign1): Uint8Array =>
  concatBytes(
    Uint8Array.of(0x84, 0x6a),
    utf8('Signature1'),
    ...cborBytes(protectedHeader),
    ...cborBytes(new Uint8Array()),
    ...cborBytes(payload),
  )
