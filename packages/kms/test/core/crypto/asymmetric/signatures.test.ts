import assert from 'node:assert/strict'
import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { describe, test } from 'node:test'
import { p256 } from '@noble/curves/nist.js'
import { concatBytes, fromHex, toHex } from '../../../../src/core/crypto/bytes.ts'
import { entropyBytes } from '../../../../src/core/crypto/asymmetric/method.ts'
import { runSign, runVerify } from '../../../../src/core/crypto/asymmetric/sign.ts'
import type {
  MessageType,
  SigningAlgorithm,
} from '../../../../src/core/crypto/asymmetric/signing-algorithms.ts'
import { muOf } from '../../../mu.ts'

type Pair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject }

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = (namedCurve: string): Pair => generateKeyPairSync('ec', { namedCurve })
const ed25519 = generateKeyPairSync('ed25519')
const mlDsa44 = generateKeyPairSync('ml-dsa-44')

const pss = (hash: string) => ({
  hash,
  options: {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  },
})

/** Schemes that hash first, and how OpenSSL is told to do the same. */
const overHash: readonly {
  readonly algorithm: SigningAlgorithm
  readonly hash: string
  readonly options?: object
  readonly pair: Pair
}[] = [
  { algorithm: 'RSASSA_PKCS1_V1_5_SHA_256', hash: 'sha256', pair: rsa },
  { algorithm: 'RSASSA_PKCS1_V1_5_SHA_384', hash: 'sha384', pair: rsa },
  { algorithm: 'RSASSA_PKCS1_V1_5_SHA_512', hash: 'sha512', pair: rsa },
  { algorithm: 'RSASSA_PSS_SHA_256', ...pss('sha256'), pair: rsa },
  { algorithm: 'RSASSA_PSS_SHA_384', ...pss('sha384'), pair: rsa },
  { algorithm: 'RSASSA_PSS_SHA_512', ...pss('sha512'), pair: rsa },
  { algorithm: 'ECDSA_SHA_256', hash: 'sha256', pair: ec('prime256v1') },
  { algorithm: 'ECDSA_SHA_256', hash: 'sha256', pair: ec('secp256k1') },
  { algorithm: 'ECDSA_SHA_384', hash: 'sha384', pair: ec('secp384r1') },
  { algorithm: 'ECDSA_SHA_512', hash: 'sha512', pair: ec('secp521r1') },
]

const message = new TextEncoder().encode('what is signed')

const signNow = (
  algorithm: SigningAlgorithm,
  messageType: MessageType,
  { privateKey }: Pair,
  what: Uint8Array,
  entropy: Uint8Array = randomBytes(entropyBytes),
): Uint8Array =>
  runSign({ kind: 'sign', privateKey, algorithm, messageType, message: what, entropy })

const isValid = (
  algorithm: SigningAlgorithm,
  messageType: MessageType,
  { publicKey }: Pair,
  what: Uint8Array,
  signature: Uint8Array,
): boolean =>
  runVerify({ kind: 'verify', publicKey, algorithm, messageType, message: what, signature })

const digestOf = (hash: string, bytes: Uint8Array): Uint8Array =>
  createHash(hash).update(bytes).digest()

describe('a signature', () => {
  for (const { algorithm, hash, options, pair } of overHash) {
    const { asymmetricKeyType, asymmetricKeyDetails } = pair.publicKey
    const name = `${algorithm} (${asymmetricKeyDetails?.namedCurve ?? asymmetricKeyType})`

    test(`${name} of a digest is one of the message, to OpenSSL as well`, () => {
      const digest = digestOf(hash, message)
      for (let n = 0; n < 8; n++) {
        const signature = signNow(algorithm, 'DIGEST', pair, digest)
        assert.equal(verify(hash, message, { key: pair.publicKey, ...options }, signature), true)
        assert.equal(isValid(algorithm, 'RAW', pair, message, signature), true)
        assert.equal(isValid(algorithm, 'DIGEST', pair, digest, signature), true)
      }
    })

    test(`${name} of a message is one of its digest, and OpenSSL's is too`, () => {
      const digest = digestOf(hash, message)
      const ours = signNow(algorithm, 'RAW', pair, message)
      assert.equal(isValid(algorithm, 'DIGEST', pair, digest, ours), true)
      const theirs = sign(hash, message, { key: pair.privateKey, ...options })
      assert.equal(isValid(algorithm, 'DIGEST', pair, digest, theirs), true)
    })

    test(`${name} does not hold for another digest, nor with any byte changed`, () => {
      const digest = digestOf(hash, message)
      const signature = signNow(algorithm, 'DIGEST', pair, digest)
      for (const type of ['RAW', 'DIGEST'] as const) {
        const what = type === 'RAW' ? message : digest
        assert.equal(isValid(algorithm, type, pair, what.toReversed(), signature), false)
        for (let at = 0; at < signature.length; at += 7) {
          const changed = signature.map((byte, index) => (index === at ? byte ^ 0x10 : byte))
          assert.equal(isValid(algorithm, type, pair, what, changed), false, `byte ${at}`)
        }
      }
    })

    test(`${name} that is no signature at all is false, never an error`, () => {
      const digest = digestOf(hash, message)
      for (const length of [0, 1, 2, 8, 70, 72, 139, 255, 256, 257, 6144])
        for (const fill of [0x00, 0x01, 0x30, 0x7f, 0xff]) {
          const garbage = new Uint8Array(length).fill(fill)
          assert.equal(isValid(algorithm, 'RAW', pair, message, garbage), false)
          assert.equal(isValid(algorithm, 'DIGEST', pair, digest, garbage), false)
        }
    })
  }

  test('RSASSA_PKCS1_V1_5 is the same for a message and for its digest', () => {
    const digest = digestOf('sha256', message)
    const algorithm = 'RSASSA_PKCS1_V1_5_SHA_256'
    assert.deepEqual(
      new Uint8Array(signNow(algorithm, 'DIGEST', rsa, digest)),
      new Uint8Array(signNow(algorithm, 'RAW', rsa, message)),
    )
  })

  test('RSASSA_PSS with a salt of another length does not hold, message or digest', () => {
    for (const saltLength of [0, 20, 33, 222]) {
      const key = { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
      const signature = sign('sha256', message, key)
      assert.equal(isValid('RSASSA_PSS_SHA_256', 'RAW', rsa, message, signature), false)
      const digest = digestOf('sha256', message)
      assert.equal(isValid('RSASSA_PSS_SHA_256', 'DIGEST', rsa, digest, signature), false)
    }
  })

  test('of a digest takes its salt and its nonce from the entropy that it is given', () => {
    const digest = digestOf('sha256', message)
    const [one, other] = [randomBytes(entropyBytes), randomBytes(entropyBytes)]
    const p256Pair = ec('prime256v1')
    for (const [algorithm, pair] of [
      ['RSASSA_PSS_SHA_256', rsa],
      ['ECDSA_SHA_256', p256Pair],
    ] as const) {
      const made = (entropy: Uint8Array): string =>
        toHex(signNow(algorithm, 'DIGEST', pair, digest, entropy))
      assert.equal(made(one), made(one))
      assert.notEqual(made(one), made(other))
    }
  })

  test('ECDSA in BER, or with something after it, does not hold', () => {
    const pair = ec('prime256v1')
    const digest = digestOf('sha256', message)
    const { r, s } = p256.Signature.fromBytes(
      signNow('ECDSA_SHA_256', 'DIGEST', pair, digest),
      'der',
    )
    const [rBytes, sBytes] = [r, s].map((n) => fromHex(n.toString(16).padStart(66, '0')))
    assert.ok(rBytes !== undefined && sBytes !== undefined)
    const integer = (bytes: Uint8Array): Uint8Array =>
      concatBytes(Uint8Array.of(2, bytes.length), bytes)
    const content = concatBytes(integer(rBytes), integer(sBytes))
    const minimal = new p256.Signature(r, s).toBytes('der')
    const others = {
      'leading zeros': concatBytes(Uint8Array.of(0x30, content.length), content),
      'long form of a short length': concatBytes(
        Uint8Array.of(0x30, 0x81, minimal.length - 2),
        minimal.subarray(2),
      ),
      'indefinite length': concatBytes(
        Uint8Array.of(0x30, 0x80),
        minimal.subarray(2),
        new Uint8Array(2),
      ),
      'a byte after the end': concatBytes(minimal, Uint8Array.of(0)),
      'no DER at all': p256.Signature.fromBytes(minimal, 'der').toBytes('compact'),
    }
    assert.equal(isValid('ECDSA_SHA_256', 'DIGEST', pair, digest, minimal), true)
    for (const [why, signature] of Object.entries(others)) {
      // Without a leading zero to spare, the first of these is the one right form.
      if (toHex(signature) === toHex(minimal)) continue
      assert.equal(isValid('ECDSA_SHA_256', 'RAW', pair, message, signature), false, why)
      assert.equal(isValid('ECDSA_SHA_256', 'DIGEST', pair, digest, signature), false, why)
    }
  })

  test('ECDSA holds with either of the two values of s, as it does for OpenSSL', () => {
    const pair = ec('secp256k1')
    const digest = digestOf('sha256', message)
    const halves = new Set<boolean>()
    for (let n = 0; n < 64 && halves.size < 2; n++) {
      const signature = signNow('ECDSA_SHA_256', 'DIGEST', pair, digest)
      assert.equal(isValid('ECDSA_SHA_256', 'DIGEST', pair, digest, signature), true)
      // The length of s tells whether its highest bit is set.
      halves.add((signature.at(4 + (signature[3] ?? 0) + 1) ?? 0) === 33)
    }
    assert.equal(halves.size, 2)
  })

  test('ECDSA of a digest of zeros holds too', () => {
    const pair = ec('prime256v1')
    const signature = signNow('ECDSA_SHA_256', 'DIGEST', pair, new Uint8Array(32))
    assert.equal(isValid('ECDSA_SHA_256', 'DIGEST', pair, new Uint8Array(32), signature), true)
  })

  test('ED25519_SHA_512 is plain Ed25519', () => {
    const signature = signNow('ED25519_SHA_512', 'RAW', ed25519, message)
    assert.equal(verify(null, message, ed25519.publicKey, signature), true)
    assert.equal(isValid('ED25519_SHA_512', 'RAW', ed25519, message, signature), true)
    assert.equal(isValid('ED25519_SHA_512', 'RAW', ed25519, message, new Uint8Array(64)), false)
  })

  test('ED25519_PH_SHA_512 hashes what it is given: the vector of RFC 8032 §7.3', () => {
    const seed = fromHex('833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42')
    const pkcs8 = concatBytes(fromHex('302e020100300506032b657004220420'), seed)
    const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
    const pair = { privateKey, publicKey: createPublicKey(privateKey) }
    const abc = new TextEncoder().encode('abc')
    const signature = signNow('ED25519_PH_SHA_512', 'DIGEST', pair, abc)
    assert.equal(
      toHex(signature),
      '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41' +
        '31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
    )
    assert.equal(isValid('ED25519_PH_SHA_512', 'DIGEST', pair, abc, signature), true)
    assert.equal(isValid('ED25519_SHA_512', 'RAW', pair, abc, signature), false)
  })

  test('ML_DSA_SHAKE_256 of mu is one of the message, to OpenSSL as well', () => {
    for (const pair of [
      mlDsa44,
      generateKeyPairSync('ml-dsa-65'),
      generateKeyPairSync('ml-dsa-87'),
    ]) {
      const mu = muOf(pair.publicKey, message)
      const signature = signNow('ML_DSA_SHAKE_256', 'EXTERNAL_MU', pair, mu)
      assert.equal(verify(null, message, pair.publicKey, signature), true)
      assert.equal(isValid('ML_DSA_SHAKE_256', 'RAW', pair, message, signature), true)
      const theirs = signNow('ML_DSA_SHAKE_256', 'RAW', pair, message)
      assert.equal(isValid('ML_DSA_SHAKE_256', 'EXTERNAL_MU', pair, mu, theirs), true)
      assert.equal(isValid('ML_DSA_SHAKE_256', 'EXTERNAL_MU', pair, mu.toReversed(), theirs), false)
    }
  })

  test('of the schemes without a digest, garbage is false and never an error', () => {
    for (const [algorithm, type, pair] of [
      ['ED25519_SHA_512', 'RAW', ed25519],
      ['ED25519_PH_SHA_512', 'DIGEST', ed25519],
      ['ML_DSA_SHAKE_256', 'RAW', mlDsa44],
      ['ML_DSA_SHAKE_256', 'EXTERNAL_MU', mlDsa44],
    ] as const)
      for (const length of [0, 1, 63, 64, 65, 2419, 2420, 2421, 6144])
        for (const fill of [0x00, 0xff]) {
          const garbage = new Uint8Array(length).fill(fill)
          assert.equal(isValid(algorithm, type, pair, new Uint8Array(64), garbage), false)
        }
  })

  test('leaves the entropy to its owner', () => {
    const entropy = new Uint8Array(entropyBytes).fill(7)
    signNow('RSASSA_PSS_SHA_512', 'DIGEST', rsa, new Uint8Array(64), entropy)
    signNow('ML_DSA_SHAKE_256', 'EXTERNAL_MU', mlDsa44, new Uint8Array(64), entropy)
    assert.deepEqual(entropy, new Uint8Array(entropyBytes).fill(7))
  })
})
