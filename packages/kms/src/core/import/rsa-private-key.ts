import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { derElement, derTag } from '../crypto/der.ts'
import { readPkcs8, writePkcs8 } from './pkcs8.ts'

/**
 * Whether an RSA key, with its PKCS #8 as OpenSSL writes it, has two primes, a modulus of just this
 * length, an odd exponent from 3 on (RFC 8017 §3.1), and only numbers that belong together.
 */
export const isSoundRsa = (key: KeyObject, der: Uint8Array, modulusBits: number): boolean => {
  const { modulusLength, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength !== modulusBits || publicExponent < 3n || publicExponent % 2n === 0n)
    return false
  // RFC 8017 §A.1.2: of two primes is version 0.
  if (readPkcs8(der).values.readSmallInteger() !== 0) return false
  const publicKey = createPublicKey(key)
  return [privateExponentAt, crtExponentAt].every((at) => verifiesWithout(at, der, publicKey))
}

/** The places of d and of d mod (p - 1) among the numbers of an RSAPrivateKey. */
const privateExponentAt = 3
const crtExponentAt = 6

/**
 * SP 800-56B §6.4.1.1: what the private key makes, the public one takes. OpenSSL computes with the
 * primes, and where that comes out wrong with the private exponent, so that a key with one of both
 * damaged works. Each way is tried without the other.
 */
const verifiesWithout = (spoiltAt: number, der: Uint8Array, publicKey: KeyObject): boolean => {
  const message = new Uint8Array(32)
  const spoilt = withOneAt(spoiltAt, der)
  try {
    const key = Buffer.from(spoilt.buffer, spoilt.byteOffset, spoilt.length)
    const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
    return verify('sha256', message, publicKey, sign('sha256', message, privateKey))
  } catch {
    return false
  } finally {
    spoilt.fill(0)
  }
}

/** The key with a 1 for the number at this place. */
const withOneAt = (place: number, der: Uint8Array): Uint8Array => {
  const { algorithm, values } = readPkcs8(der)
  const numbers: Uint8Array[] = []
  while (!values.isAtEnd) {
    const number = values.read(derTag.integer)
    numbers.push(derElement(derTag.integer, numbers.length === place ? Uint8Array.of(1) : number))
  }
  return writePkcs8(algorithm, ...numbers)
}
