import { generateKeyPairSync, type KeyObject } from 'node:crypto'

/** A new key pair in DER: PKCS #8 (RFC 5958) and SubjectPublicKeyInfo (RFC 5280). */
export type NewKeyPair = {
  /** In memory of its own, which its receiver zeroes. */
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
}

type KeyPairRow = {
  /** What a key object says that it is: OpenSSL's name of its type, and of its curve if it has one. */
  readonly keyType: string
  readonly namedCurve?: string
  /** Whether generating such a pair and using its private key both take less than about 0.1 ms. */
  readonly isBrief: boolean
  readonly generate: () => NewKeyPair
}

const inDer = {
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
} as const

// FIPS 186-5 §A.1.1: the public exponent is OpenSSL's default, 65537.
const rsa = (modulusLength: number): KeyPairRow => ({
  keyType: 'rsa',
  isBrief: false,
  generate: () => generateKeyPairSync('rsa', { modulusLength, ...inDer }),
})

const ec = (namedCurve: string, isBrief: boolean): KeyPairRow => ({
  keyType: 'ec',
  namedCurve,
  isBrief,
  generate: () => generateKeyPairSync('ec', { namedCurve, paramEncoding: 'named', ...inDer }),
})

// RFC 9881 and RFC 9935: the private key of these is the seed that it is made from.
const mlDsa = (keyType: 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87'): KeyPairRow => ({
  keyType,
  isBrief: false,
  generate: () => generateKeyPairSync(keyType, inDer),
})

const mlKem = (keyType: 'ml-kem-512' | 'ml-kem-768' | 'ml-kem-1024'): KeyPairRow => ({
  keyType,
  isBrief: true,
  generate: () => generateKeyPairSync(keyType, inDer),
})

const keyPairs = {
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: ec('prime256v1', true),
  ECC_NIST_P384: ec('secp384r1', false),
  ECC_NIST_P521: ec('secp521r1', false),
  ECC_SECG_P256K1: ec('secp256k1', false),
  ECC_NIST_EDWARDS25519: {
    keyType: 'ed25519',
    isBrief: true,
    generate: () => generateKeyPairSync('ed25519', inDer),
  },
  ML_DSA_44: mlDsa('ml-dsa-44'),
  ML_DSA_65: mlDsa('ml-dsa-65'),
  ML_DSA_87: mlDsa('ml-dsa-87'),
  ML_KEM_512: mlKem('ml-kem-512'),
  ML_KEM_768: mlKem('ml-kem-768'),
  ML_KEM_1024: mlKem('ml-kem-1024'),
} as const satisfies Record<string, KeyPairRow>

/** The key specs that are key pairs. SM2 is none: AWS has it in its China Regions alone. */
export type KeyPairSpec = keyof typeof keyPairs

export const keyPairSpecs = Object.keys(keyPairs) as readonly KeyPairSpec[]

/** Holds up its thread: for an RSA_4096 pair, a second or more. Randomness is OpenSSL's. */
export const generateKeyPair = (spec: KeyPairSpec): NewKeyPair => {
  const { privateKey, publicKey } = keyPairs[spec].generate()
  return { privateKey, publicKey }
}

/** Makes a key pair. */
export type GenerateKeyPairTask = { readonly kind: 'generateKeyPair'; readonly spec: KeyPairSpec }

export const runGenerateKeyPair = ({ spec }: GenerateKeyPairTask): NewKeyPair =>
  generateKeyPair(spec)

/** Whether generating a pair, or using its private key once, is done in less than about 0.1 ms. */
export const isBriefToGenerate = (spec: KeyPairSpec): boolean => keyPairs[spec].isBrief

/** The same of the spec that a key has. */
export const isBriefToUse = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean =>
  briefRows.some(
    ({ keyType, namedCurve }) =>
      keyType === asymmetricKeyType && namedCurve === asymmetricKeyDetails?.namedCurve,
  )

const briefRows = Object.values<KeyPairRow>(keyPairs).filter(({ isBrief }) => isBrief)
