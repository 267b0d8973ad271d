import assert from 'node:assert/strict'
import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  ECDH,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { suite, test } from 'node:test'
import { concatBytes, fromHex, toHex } from '../../../../src/core/crypto/bytes.ts'
import { runDeriveSharedSecret } from '../../../../src/core/crypto/asymmetric/ecdh.ts'
import { encapsulate, runDecapsulate } from '../../../../src/core/crypto/asymmetric/kem.ts'
import {
  generateKeyPair,
  isBriefToUse,
  keyPairSpecs,
} from '../../../../src/core/crypto/asymmetric/key-pairs.ts'
import { generateMac, isMac, macAlgorithms } from '../../../../src/core/crypto/asymmetric/mac.ts'

const spkiOf = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'spki' })
const derive = (privateKey: KeyObject, peer: Uint8Array): Uint8Array | undefined =>
  runDeriveSharedSecret({ kind: 'deriveSharedSecret', privateKey, peer })

suite('key pairs', () => {
  /** Lengths of SubjectPublicKeyInfo; those of ML-DSA and ML-KEM are AWS's too. */
  const spkiBytes = {
    RSA_2048: 294,
    RSA_3072: 422,
    RSA_4096: 550,
    ECC_NIST_P256: 91,
    ECC_NIST_P384: 120,
    ECC_NIST_P521: 158,
    ECC_SECG_P256K1: 88,
    ECC_NIST_EDWARDS25519: 44,
    ML_DSA_44: 1334,
    ML_DSA_65: 1974,
    ML_DSA_87: 2614,
    ML_KEM_512: 822,
    ML_KEM_768: 1206,
    ML_KEM_1024: 1590,
  }
  const slow = new Set(['RSA_3072', 'RSA_4096'])

  test('every spec has a row', () => {
    assert.deepEqual(Object.keys(spkiBytes), keyPairSpecs)
  })

  for (const spec of keyPairSpecs.filter((name) => !slow.has(name)))
    test(`a pair of ${spec} is PKCS #8 and SubjectPublicKeyInfo of one key`, () => {
      const pair = generateKeyPair(spec)
      const privateKey = createPrivateKey({
        key: Buffer.from(pair.privateKey),
        format: 'der',
        type: 'pkcs8',
      })
      assert.deepEqual(
        new Uint8Array(spkiOf(createPublicKey(privateKey))),
        new Uint8Array(pair.publicKey),
      )
      assert.equal(pair.publicKey.length, spkiBytes[spec])
      assert.notDeepEqual(generateKeyPair(spec).privateKey, pair.privateKey)
    })

  test('private keys that are fast to use are known by the key', () => {
    const brief = keyPairSpecs.filter((spec) => {
      if (slow.has(spec)) return false
      const key = Buffer.from(generateKeyPair(spec).privateKey)
      return isBriefToUse(createPrivateKey({ key, format: 'der', type: 'pkcs8' }))
    })
    assert.deepEqual(brief, [
      'ECC_NIST_P256',
      'ECC_NIST_EDWARDS25519',
      'ML_KEM_512',
      'ML_KEM_768',
      'ML_KEM_1024',
    ])
  })
})

suite('key agreement', () => {
  for (const [namedCurve, bytes] of Object.entries({ 'P-256': 32, 'P-384': 48, 'P-521': 66 })) {
    test(`both sides of ${namedCurve} derive one secret, as long as the field`, () => {
      const a = generateKeyPairSync('ec', { namedCurve })
      const b = generateKeyPairSync('ec', { namedCurve })
      const secret = derive(a.privateKey, spkiOf(b.publicKey))
      assert.equal(secret?.length, bytes)
      assert.deepEqual(derive(b.privateKey, spkiOf(a.publicKey)), secret)
    })

    test(`a public key on ${namedCurve} with its curve written out is refused`, () => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
      const described = generateKeyPairSync('ec', { namedCurve, paramEncoding: 'explicit' })
      assert.ok(derive(privateKey, spkiOf(publicKey)))
      assert.equal(derive(privateKey, spkiOf(described.publicKey)), undefined)
    })
  }

  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = new Uint8Array(spkiOf(own.publicKey))
  const head = spki.slice(0, 26)
  const point = spki.slice(26)

  test('a compressed point stands for the same key', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const compressed = ECDH.convertKey(point, 'prime256v1', undefined, undefined, 'compressed')
    const compressedSpki = concatBytes(
      fromHex('3039301306072a8648ce3d020106082a8648ce3d030107032200'),
      compressed,
    )
    assert.ok(createPublicKey({ key: Buffer.from(compressedSpki), format: 'der', type: 'spki' }))
    assert.deepEqual(derive(other.privateKey, compressedSpki), derive(other.privateKey, spki))
  })

  const offCurve = new Uint8Array(spki)
  offCurve[90]! ^= 1
  const hybrid = new Uint8Array(spki)
  hybrid[26] = 6 + (spki[90]! & 1)
  const aboveField = concatBytes(head, Uint8Array.of(4), new Uint8Array(64).fill(0xff))
  const infinity = concatBytes(fromHex('3019301306072a8648ce3d020106082a8648ce3d03010703020000'))
  const refused = {
    'no bytes': new Uint8Array(),
    'bytes after its end': concatBytes(spki, Uint8Array.of(0)),
    'a byte less': spki.slice(0, -1),
    'a point off the curve': offCurve,
    'a hybrid point': hybrid,
    'coordinates above the field': aboveField,
    'the point at infinity': infinity,
    'the bare point': point,
    'a private key': new Uint8Array(own.privateKey.export({ format: 'der', type: 'pkcs8' })),
    'a key on another curve': spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey),
    'a key on a curve of the same size': spkiOf(
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey,
    ),
    'a key for signatures': spkiOf(generateKeyPairSync('ed25519').publicKey),
    PEM: Buffer.from(own.publicKey.export({ format: 'pem', type: 'spki' })),
  }
  for (const [what, peer] of Object.entries(refused))
    test(`${what} is no public key to agree with`, () => {
      assert.equal(derive(own.privateKey, peer), undefined)
    })
})

suite('ML-KEM', () => {
  const lengths = { 'ml-kem-512': 768, 'ml-kem-768': 1088, 'ml-kem-1024': 1568 } as const
  for (const [type, bytes] of Object.entries(lengths)) {
    const pair = generateKeyPairSync(type as keyof typeof lengths)
    const recover = (ciphertext: Uint8Array): Uint8Array | undefined =>
      runDecapsulate({ kind: 'decapsulate', privateKey: pair.privateKey, ciphertext })

    test(`${type}: what is encapsulated is recovered`, () => {
      const { sharedSecret, ciphertext } = encapsulate(pair.publicKey)
      assert.equal(sharedSecret.length, 32)
      assert.equal(ciphertext.length, bytes)
      assert.deepEqual(recover(ciphertext), sharedSecret)
    })

    test(`${type}: a wrong ciphertext gives a secret that is nobody's, and always the same`, () => {
      const { sharedSecret, ciphertext } = encapsulate(pair.publicKey)
      ciphertext[7]! ^= 1
      const rejected = recover(ciphertext)
      assert.equal(rejected?.length, 32)
      assert.notDeepEqual(rejected, sharedSecret)
      assert.deepEqual(recover(ciphertext), rejected)
    })

    test(`${type}: a ciphertext of another length gives nothing`, () => {
      for (const length of [0, bytes - 1, bytes + 1, ...Object.values(lengths)])
        if (length !== bytes) assert.equal(recover(new Uint8Array(length)), undefined)
    })
  }
})

suite('MACs', () => {
  const key = createSecretKey(new Uint8Array(32).fill(11))
  const message = Buffer.from('message')

  test('HMAC_SHA_256 makes the tag of RFC 4231, test case 2', () => {
    const jefe = createSecretKey(Buffer.from('Jefe'))
    const mac = generateMac(
      macAlgorithms.HMAC_SHA_256,
      jefe,
      Buffer.from('what do ya want for nothing?'),
    )
    assert.equal(toHex(mac), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
  })

  for (const [name, algorithm] of Object.entries(macAlgorithms))
    test(`${name} accepts its own tag whole, and no part of it and none of another message`, () => {
      const mac = generateMac(algorithm, key, message)
      assert.equal(mac.length, algorithm.macBytes)
      assert.equal(isMac(algorithm, key, message, mac), true)
      assert.equal(isMac(algorithm, key, message, mac.subarray(0, -1)), false)
      assert.equal(isMac(algorithm, key, message, new Uint8Array()), false)
      assert.equal(isMac(algorithm, key, message, concatBytes(mac, Uint8Array.of(0))), false)
      assert.equal(isMac(algorithm, key, Buffer.from('massage'), mac), false)
      for (let bit = 0; bit < mac.length * 8; bit += 1) {
        const wrong = new Uint8Array(mac)
        wrong[bit >> 3]! ^= 1 << (bit & 7)
        assert.equal(isMac(algorithm, key, message, wrong), false, `bit ${bit}`)
      }
    })
})
