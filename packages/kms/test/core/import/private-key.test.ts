import assert from 'node:assert/strict'
import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  ECDH,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { describe, it } from 'node:test'
import { generateKeyPair } from '../../../src/core/crypto/asymmetric/key-pairs.ts'
import { derElement, DerReader, derTag } from '../../../src/core/crypto/der.ts'
import type { KeyPairForm } from '../../../src/core/import/importable.ts'
import { readPrivateKey } from '../../../src/core/import/private-key.ts'
import { withEachBitFlipped } from '../crypto/fixtures.ts'

const curves = {
  ECC_NIST_P256: 'prime256v1',
  ECC_NIST_P384: 'secp384r1',
  ECC_NIST_P521: 'secp521r1',
  ECC_SECG_P256K1: 'secp256k1',
} as const
const ecForm = (curve: (typeof curves)[keyof typeof curves]): KeyPairForm => ({ type: 'ec', curve })
const p256 = ecForm('prime256v1')
const rsa2048: KeyPairForm = { type: 'rsa', modulusBits: 2048 }
const ed25519: KeyPairForm = { type: 'ed25519' }
const forms: readonly KeyPairForm[] = [p256, rsa2048, ed25519]

const pkcs8Of = (key: KeyObject): Buffer => key.export({ type: 'pkcs8', format: 'der' })
const integer = (bytes: Uint8Array): Uint8Array => derElement(derTag.integer, bytes)

/** The algorithm of a private key, and what stands in RSAPrivateKey or ECPrivateKey. */
const partsOf = (privateKey: Uint8Array) => {
  const parts = new DerReader(privateKey).enter(derTag.sequence)
  parts.read(derTag.integer)
  const algorithm = parts.read(derTag.sequence)
  return { algorithm, values: parts.enter(derTag.octetString).enter(derTag.sequence) }
}

/** PKCS #8 of an algorithm and of what it holds. */
const pkcs8 = (algorithm: Uint8Array, ...values: readonly Uint8Array[]): Uint8Array =>
  derElement(
    derTag.sequence,
    integer(Uint8Array.of(0)),
    derElement(derTag.sequence, algorithm),
    derElement(derTag.octetString, derElement(derTag.sequence, ...values)),
  )

/** A key on P-256, and keys put together from other parts. */
const ecKey = generateKeyPair('ECC_NIST_P256')
const ecParts = partsOf(ecKey.privateKey)
ecParts.values.read(derTag.integer)
const ecScalar = ecParts.values.read(derTag.octetString)
const ecPoint = ecKey.publicKey.subarray(26)
const ecWith = (scalar: Uint8Array, point?: Uint8Array): Uint8Array => {
  const values = [integer(Uint8Array.of(1)), derElement(derTag.octetString, scalar)]
  if (point !== undefined)
    values.push(derElement(0xa1, derElement(derTag.bitString, Uint8Array.of(0), point)))
  return pkcs8(ecParts.algorithm, ...values)
}

/** The numbers of an RSA key of 2048 bits, and keys with some of them changed. */
const numbersOf = (values: DerReader): Uint8Array[] => {
  const numbers: Uint8Array[] = []
  while (!values.isAtEnd) numbers.push(values.read(derTag.integer))
  return numbers
}
const rsaKey = generateKeyPair('RSA_2048')
const rsaParts = partsOf(rsaKey.privateKey)
const rsaNumbers = numbersOf(rsaParts.values)
const rsaWith = (changed: Readonly<Record<number, Uint8Array>>): Uint8Array => {
  const numbers = rsaNumbers.map((number, at) => integer(changed[at] ?? number))
  return pkcs8(rsaParts.algorithm, ...numbers)
}

describe('a private key that is imported', () => {
  it('is kept as the service would have made it', () => {
    for (const [spec, curve] of Object.entries(curves)) {
      const made = generateKeyPair(spec as keyof typeof curves)
      const read = readPrivateKey(made.privateKey, ecForm(curve))
      assert.deepEqual(Buffer.from(read!), Buffer.from(made.privateKey), spec)
    }
    const edKey = generateKeyPair('ECC_NIST_EDWARDS25519')
    assert.deepEqual(Buffer.from(readPrivateKey(edKey.privateKey, ed25519)!), edKey.privateKey)
    assert.deepEqual(Buffer.from(readPrivateKey(rsaKey.privateKey, rsa2048)!), rsaKey.privateKey)
  })

  it('signs, and the public key that it came without verifies that', () => {
    const read = readPrivateKey(ecWith(ecScalar), p256)!
    const signed = sign('sha256', Buffer.from('text'), createPrivateKey(der(read, 'pkcs8')))
    const publicKey = createPublicKey(der(ecKey.publicKey, 'spki'))
    assert(verify('sha256', Buffer.from('text'), publicKey, signed))
  })

  it('may come with its public point in any form, or without, and is the same key', () => {
    const expected = readPrivateKey(ecKey.privateKey, p256)
    for (const format of ['compressed', 'hybrid', 'uncompressed'] as const) {
      const point = ECDH.convertKey(ecPoint, 'prime256v1', undefined, undefined, format) as Buffer
      assert.deepEqual(readPrivateKey(ecWith(ecScalar, point), p256), expected, format)
    }
    assert.deepEqual(readPrivateKey(ecWith(ecScalar), p256), expected)
  })

  it('may be in BER, with a length that is not told', () => {
    const inner = new DerReader(ecKey.privateKey).read(derTag.sequence)
    const ber = Buffer.concat([Uint8Array.of(0x30, 0x80), inner, new Uint8Array(2)])
    assert.deepEqual(readPrivateKey(ber, p256), readPrivateKey(ecKey.privateKey, p256))
  })

  it('is refused with a public point that is not its own', () => {
    const other = createECDH('prime256v1').generateKeys()
    assert.equal(readPrivateKey(ecWith(ecScalar, other), p256), undefined)
    const off = Uint8Array.from(ecPoint)
    off[64]! ^= 1
    assert.equal(readPrivateKey(ecWith(ecScalar, off), p256), undefined)
  })

  it('is refused with a scalar that is none: zero, or the order and above', () => {
    const order = Buffer.from(
      'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
      'hex',
    )
    for (const scalar of [new Uint8Array(32), order, Buffer.alloc(32, 0xff)])
      assert.equal(readPrivateKey(ecWith(scalar), p256), undefined)
  })

  it('is refused on a curve that it describes itself', () => {
    for (const namedCurve of ['P-256', 'P-384', 'secp256k1']) {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve, paramEncoding: 'explicit' })
      const curve = privateKey.asymmetricKeyDetails!.namedCurve as 'prime256v1'
      assert.equal(readPrivateKey(pkcs8Of(privateKey), ecForm(curve)), undefined, namedCurve)
    }
  })

  it('is refused if it is another kind of key, or has another size or curve', () => {
    const others: readonly Uint8Array[] = [
      pkcs8Of(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey),
      pkcs8Of(generateKeyPairSync('rsa', { modulusLength: 2040 }).privateKey),
      pkcs8Of(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
      pkcs8Of(generateKeyPairSync('x25519').privateKey),
      generateKeyPair('ECC_NIST_P384').privateKey,
      generateKeyPair('ECC_SECG_P256K1').privateKey,
      generateKeyPair('ML_DSA_44').privateKey,
    ]
    for (const other of others)
      for (const form of forms) assert.equal(readPrivateKey(other, form), undefined)
    assert.equal(readPrivateKey(rsaKey.privateKey, { type: 'rsa', modulusBits: 3072 }), undefined)
    assert.equal(readPrivateKey(rsaKey.privateKey, p256), undefined)
    assert.equal(readPrivateKey(ecKey.privateKey, rsa2048), undefined)
  })

  it('is refused if its modulus is not that of its primes, or has a third prime', () => {
    assert.notEqual(readPrivateKey(rsaWith({}), rsa2048), undefined)
    const stranger = numbersOf(partsOf(generateKeyPair('RSA_2048').privateKey).values)
    assert.equal(readPrivateKey(rsaWith({ 1: stranger[1]! }), rsa2048), undefined)
    assert.equal(
      readPrivateKey(rsaWith({ 2: Uint8Array.of(1), 3: Uint8Array.of(1) }), rsa2048),
      undefined,
    )
    assert.equal(readPrivateKey(rsaWith({ 2: Uint8Array.of(3) }), rsa2048), undefined)
    assert.equal(readPrivateKey(rsaWith({ 0: Uint8Array.of(1) }), rsa2048), undefined)
  })

  it('is refused if any of its numbers does not belong to the others', () => {
    for (const at of [2, 3, 4, 5, 6, 7, 8]) {
      const changed = Uint8Array.from(rsaNumbers[at]!)
      changed[changed.length - 1]! ^= 4
      assert.equal(readPrivateKey(rsaWith({ [at]: changed }), rsa2048), undefined, `${at}`)
    }
  })

  it('is refused in another encoding, encrypted, cut, or followed by anything', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const encryption = { cipher: 'aes-256-cbc', passphrase: 'x' }
    for (const wrong of [
      new Uint8Array(0),
      Buffer.from('key'),
      Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
      privateKey.export({ type: 'sec1', format: 'der' }),
      privateKey.export({ type: 'pkcs8', format: 'der', ...encryption }),
      ecKey.privateKey.subarray(0, -1),
      Buffer.concat([ecKey.privateKey, Uint8Array.of(0)]),
      ecKey.publicKey,
    ])
      assert.equal(readPrivateKey(wrong, p256), undefined)
  })

  it('is refused with any bit changed, unless it is the same key all the same', () => {
    const expected = readPrivateKey(ecKey.privateKey, p256)
    let refused = 0
    for (const [bit, changed] of withEachBitFlipped(ecKey.privateKey)) {
      const read = readPrivateKey(changed, p256)
      if (read === undefined) refused += 1
      // A version that OpenSSL does not look at, say.
      else assert.deepEqual(read, expected, `${bit}`)
    }
    assert(refused > 1050, `${refused}`)
  })
})

const der = <T extends 'pkcs8' | 'spki'>(bytes: Uint8Array, type: T) =>
  ({ key: Buffer.from(bytes), format: 'der', type }) as const
