import * as crypto from 'node:crypto'
import {
  generateKeyPair,
  type KeyPairSpec,
} from '../../packages/kms/src/core/crypto/asymmetric/key-pairs.ts'

/** What `openssl speed` calls the same primitive, and which of its two rates it is. */
export type OpensslRate = { readonly algorithm: string; readonly rate: 'first' | 'second' }

/** Asks the service about the key of the case; the answer's members as they came. */
export type Ask = (operation: string, input: object) => Promise<Record<string, string>>

/** One way to use a key, as the service is asked for it. */
export type Case = {
  readonly spec: KeyPairSpec
  readonly operation: string
  readonly usage: string
  /** The input without KeyId. */
  readonly input: (ask: Ask) => object | Promise<object>
  /** Gets ready, and returns the same work by node:crypto. */
  readonly alone: () => () => unknown
  /** Absent: Debian's command does not have it. */
  readonly openssl?: OpensslRate
  /** The share that is to be reached of one thread's rate, times one less than there are CPUs. */
  readonly target?: number
}

const message = Buffer.alloc(32, 7)
const target = 0.8

const pairOf = (spec: KeyPairSpec) => {
  const der = { key: Buffer.from(generateKeyPair(spec).privateKey), format: 'der' } as const
  const privateKey = crypto.createPrivateKey({ ...der, type: 'pkcs8' })
  return { privateKey, publicKey: crypto.createPublicKey(privateKey) }
}

type Signing = {
  readonly SigningAlgorithm: string
  /** Absent where the algorithm hashes by itself. */
  readonly hash?: string
  /** The name in `openssl speed`. */
  readonly speed?: string
}

const sign = (spec: KeyPairSpec, { SigningAlgorithm, hash, speed }: Signing): Case => ({
  spec,
  operation: 'Sign',
  usage: 'SIGN_VERIFY',
  input: () => ({ Message: message, SigningAlgorithm }),
  alone: () => {
    const { privateKey } = pairOf(spec)
    return () => crypto.sign(hash, message, privateKey)
  },
  ...(speed !== undefined && { openssl: { algorithm: speed, rate: 'first' } }),
})

const verify = (spec: KeyPairSpec, { SigningAlgorithm, hash, speed }: Signing): Case => ({
  spec,
  operation: 'Verify',
  usage: 'SIGN_VERIFY',
  input: async (ask) => {
    const signed = { Message: message, SigningAlgorithm }
    return { ...signed, Signature: (await ask('Sign', signed))['Signature'] }
  },
  alone: () => {
    const { privateKey, publicKey } = pairOf(spec)
    const signature = crypto.sign(hash, message, privateKey)
    return () => crypto.verify(hash, message, publicKey, signature)
  },
  ...(speed !== undefined && { openssl: { algorithm: speed, rate: 'second' } }),
})

const rsa = (bits: 2048 | 3072 | 4096) => ({
  spec: `RSA_${bits}` as const,
  how: { SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256', hash: 'sha256', speed: `rsa${bits}` },
})

const decryptRsa = (bits: 2048 | 4096): Case => ({
  spec: `RSA_${bits}`,
  operation: 'Decrypt',
  usage: 'ENCRYPT_DECRYPT',
  input: async (ask) => {
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
    const encrypted = await ask('Encrypt', { EncryptionAlgorithm, Plaintext: message })
    return { EncryptionAlgorithm, CiphertextBlob: encrypted['CiphertextBlob'] }
  },
  alone: () => {
    const { privateKey, publicKey } = pairOf(`RSA_${bits}`)
    const padding = { padding: crypto.constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
    const ciphertext = crypto.publicEncrypt({ key: publicKey, ...padding }, message)
    return () => crypto.privateDecrypt({ key: privateKey, ...padding }, ciphertext)
  },
  openssl: { algorithm: `rsa${bits}`, rate: 'first' },
})

const agree = (spec: KeyPairSpec, algorithm: string): Case => ({
  spec,
  operation: 'DeriveSharedSecret',
  usage: 'KEY_AGREEMENT',
  input: () => ({ KeyAgreementAlgorithm: 'ECDH', PublicKey: generateKeyPair(spec).publicKey }),
  alone: () => {
    const [{ privateKey }, { publicKey }] = [pairOf(spec), pairOf(spec)]
    return () => crypto.diffieHellman({ privateKey, publicKey })
  },
  openssl: { algorithm, rate: 'first' },
})

const decapsulate = (spec: KeyPairSpec): Case => ({
  spec,
  operation: 'Decapsulate',
  usage: 'ENCAPSULATE_DECAPSULATE',
  input: async (ask) => {
    const algorithm = { EncapsulationAlgorithm: 'ML_KEM' }
    const { SharedSecretCiphertextBlob } = await ask('Encapsulate', algorithm)
    return { ...algorithm, SharedSecretCiphertextBlob }
  },
  alone: () => {
    const { privateKey, publicKey } = pairOf(spec)
    const { ciphertext } = crypto.encapsulate(publicKey)
    return () => crypto.decapsulate(privateKey, ciphertext)
  },
})

const mlDsa = { SigningAlgorithm: 'ML_DSA_SHAKE_256' }
const p256 = { SigningAlgorithm: 'ECDSA_SHA_256', hash: 'sha256', speed: 'ecdsap256' }
const p384 = { SigningAlgorithm: 'ECDSA_SHA_384', hash: 'sha384', speed: 'ecdsap384' }
const p521 = { SigningAlgorithm: 'ECDSA_SHA_512', hash: 'sha512', speed: 'ecdsap521' }
const secp256k1 = { SigningAlgorithm: 'ECDSA_SHA_256', hash: 'sha256' }
const ed25519 = { SigningAlgorithm: 'ED25519_SHA_512', speed: 'ed25519' }

export const cases: readonly Case[] = [
  ...([2048, 3072, 4096] as const).map((bits) => ({
    ...sign(rsa(bits).spec, rsa(bits).how),
    target,
  })),
  ...(['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const).map((spec) => ({
    ...sign(spec, mlDsa),
    target,
  })),
  sign('ECC_NIST_P256', p256),
  sign('ECC_NIST_P384', p384),
  sign('ECC_NIST_P521', p521),
  sign('ECC_SECG_P256K1', secp256k1),
  sign('ECC_NIST_EDWARDS25519', ed25519),
  verify('RSA_4096', rsa(4096).how),
  verify('ML_DSA_65', mlDsa),
  verify('ECC_NIST_P256', p256),
  verify('ECC_NIST_P384', p384),
  decryptRsa(2048),
  decryptRsa(4096),
  agree('ECC_NIST_P256', 'ecdhp256'),
  agree('ECC_NIST_P384', 'ecdhp384'),
  agree('ECC_NIST_P521', 'ecdhp521'),
  decapsulate('ML_KEM_768'),
  decapsulate('ML_KEM_1024'),
]
