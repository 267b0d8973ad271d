import assert from 'node:assert/strict'
import { createECDH, createPrivateKey, createSecretKey, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { concatBytes, fromHex, toHex } from '../../../../src/core/crypto/bytes.ts'
import { runDeriveSharedSecret } from '../../../../src/core/crypto/asymmetric/ecdh.ts'
import { runDecapsulate } from '../../../../src/core/crypto/asymmetric/kem.ts'
import { generateMac, isMac, macAlgorithms } from '../../../../src/core/crypto/asymmetric/mac.ts'
import { readVectors } from '../../../wycheproof.ts'

type Case = { readonly tcId: number; readonly flags: readonly string[]; readonly result: string }
type File<C, Group = object> = {
  readonly testGroups: readonly (Group & { readonly tests: readonly (Case & C)[] })[]
}

const count = (counted: Record<string, number>, name: string): void => {
  counted[name] = (counted[name] ?? 0) + 1
}

/** Key agreement: the curve by its names in files, OpenSSL and JWK; what came of the vectors. */
const curves = [
  {
    file: 'ecdh_secp256r1',
    openssl: 'prime256v1',
    jwk: 'P-256',
    bytes: 32,
    counted: { 'valid: derived': 330, 'acceptable: derived': 1, refused: 281 },
  },
  {
    file: 'ecdh_secp384r1',
    openssl: 'secp384r1',
    jwk: 'P-384',
    bytes: 48,
    counted: { 'valid: derived': 771, 'acceptable: derived': 1, refused: 275 },
  },
  {
    file: 'ecdh_secp521r1',
    openssl: 'secp521r1',
    jwk: 'P-521',
    bytes: 66,
    counted: { 'valid: derived': 632, 'acceptable: derived': 1, refused: 283 },
  },
]

const privateKeyOf = (curve: (typeof curves)[number], hex: string): KeyObject => {
  // The files write the number with a leading zero, or without those that it has.
  const number = fromHex(hex.padStart(2 * curve.bytes, '0').slice(-2 * curve.bytes))
  const ecdh = createECDH(curve.openssl)
  ecdh.setPrivateKey(number)
  const point = ecdh.getPublicKey()
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
  const [x, y] = [point.subarray(1, 1 + curve.bytes), point.subarray(1 + curve.bytes)]
  const key = { kty: 'EC', crv: curve.jwk, d: text(number), x: text(x), y: text(y) }
  return createPrivateKey({ key, format: 'jwk' })
}

for (const curve of curves)
  test(`key agreement on ${curve.jwk} agrees with every Wycheproof vector`, () => {
    const file = readVectors(curve.file) as File<Record<'public' | 'private' | 'shared', string>>
    const counted: Record<string, number> = {}
    for (const { tests } of file.testGroups)
      for (const { tcId, result, flags, ...hex } of tests) {
        const privateKey = privateKeyOf(curve, hex.private)
        const secret = runDeriveSharedSecret({
          kind: 'deriveSharedSecret',
          privateKey,
          peer: fromHex(hex.public),
        })
        if (result === 'valid') assert.equal(secret && toHex(secret), hex.shared, `${tcId}`)
        if (result === 'invalid') assert.equal(secret, undefined, `${tcId}`)
        // Curves that the key describes itself, in whatever way, are no named ones.
        if (flags.includes('UnnamedCurve')) assert.equal(secret, undefined, `${tcId}`)
        if (secret !== undefined) assert.equal(toHex(secret), hex.shared, `${tcId}`)
        count(counted, secret === undefined ? 'refused' : `${result}: derived`)
      }
    assert.deepEqual(counted, curve.counted)
  })

/** By the last byte of the object identifier of a parameter set: 2.16.840.1.101.3.4.4.x. */
const parameterSets = { 512: 1, 768: 2, 1024: 3 } as const

/** The PKCS #8 form of RFC 9935 for a private key that is its seed, of whatever length it is. */
const seedKey = (set: number, seedHex: string): Uint8Array => {
  const seed = fromHex(seedHex)
  const oid = fromHex(`300b06096086480165030404${toHex(Uint8Array.of(set))}`)
  const choice = concatBytes(Uint8Array.of(0x80, seed.length), seed)
  const key = concatBytes(Uint8Array.of(0x04, choice.length), choice)
  const content = concatBytes(fromHex('020100'), oid, key)
  const length = content.length < 128 ? [content.length] : [0x81, content.length]
  return concatBytes(Uint8Array.of(0x30, ...length), content)
}

for (const [size, set] of Object.entries(parameterSets))
  test(`ML-KEM-${size} recovers the secret of every Wycheproof vector, of the right lengths only`, () => {
    const file = readVectors(`mlkem_${size}`) as File<Record<'seed' | 'c' | 'K', string>>
    const counted: Record<string, number> = {}
    for (const { tests } of file.testGroups)
      for (const { tcId, result, seed, c, K } of tests) {
        const outcome = tryDecapsulate(seedKey(set, seed), fromHex(c))
        if (result === 'valid') assert.equal(outcome, K, `${tcId}`)
        else assert.match(outcome, /^(?:no key|no secret)$/, `${tcId}`)
        count(counted, result === 'valid' ? result : outcome)
      }
    assert.deepEqual(counted, { valid: 153, 'no key': 20, 'no secret': 20 })
  })

const tryDecapsulate = (pkcs8: Uint8Array, ciphertext: Uint8Array): string => {
  let privateKey: KeyObject
  try {
    privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  } catch {
    return 'no key'
  }
  const secret = runDecapsulate({ kind: 'decapsulate', privateKey, ciphertext })
  return secret === undefined ? 'no secret' : toHex(secret)
}

for (const [name, algorithm] of Object.entries(macAlgorithms))
  test(`${name} makes and accepts the whole tags of every Wycheproof vector, and no others`, () => {
    const file = readVectors(`hmac_${algorithm.hash}`) as File<
      Record<'key' | 'msg' | 'tag', string>
    >
    const counted: Record<string, number> = {}
    for (const { tests } of file.testGroups)
      for (const { tcId, result, key: keyHex, msg, tag } of tests) {
        const key = createSecretKey(fromHex(keyHex))
        const isWhole = tag.length === 2 * algorithm.macBytes
        const mac = toHex(generateMac(algorithm, key, fromHex(msg)))
        assert.equal(mac.slice(0, tag.length) === tag, result === 'valid', `${tcId}`)
        const isAccepted = isMac(algorithm, key, fromHex(msg), fromHex(tag))
        assert.equal(isAccepted, isWhole && result === 'valid', `${tcId}`)
        count(counted, `${isWhole ? 'whole' : 'truncated'} ${result}`)
      }
    const truncatedInvalid = name === 'HMAC_SHA_224' ? 52 : 54
    assert.deepEqual(counted, {
      'whole valid': 33,
      'whole invalid': 54,
      'truncated valid': 33,
      'truncated invalid': truncatedInvalid,
    })
  })
