import { KmsError } from '../../api/errors.ts'
import {
  encapsulationAlgorithmShape,
  encryptionAlgorithmShape,
  keyAgreementAlgorithmShape,
  keySpecShape,
  keyUsageShape,
  legacyKeySpecShape,
  macAlgorithmShape,
  signingAlgorithmShape,
} from '../../api/members.ts'
import type { KeyPairSpec } from '../crypto/asymmetric/key-pairs.ts'

export type KeySpecName = Exclude<(typeof keySpecShape.values)[number], 'SM2'>
export type KeyUsage = (typeof keyUsageShape.values)[number]
export type EncryptionAlgorithm = (typeof encryptionAlgorithmShape.values)[number]
export type SigningAlgorithm = (typeof signingAlgorithmShape.values)[number]
export type MacAlgorithm = (typeof macAlgorithmShape.values)[number]
export type KeyAgreementAlgorithm = (typeof keyAgreementAlgorithmShape.values)[number]
export type EncapsulationAlgorithm = (typeof encapsulationAlgorithmShape.values)[number]

/** For each usage that keys of a spec may have, the algorithms that they then work with. */
type Algorithms = {
  readonly ENCRYPT_DECRYPT?: readonly EncryptionAlgorithm[]
  readonly SIGN_VERIFY?: readonly SigningAlgorithm[]
  readonly GENERATE_VERIFY_MAC?: readonly MacAlgorithm[]
  readonly KEY_AGREEMENT?: readonly KeyAgreementAlgorithm[]
  readonly ENCAPSULATE_DECAPSULATE?: readonly EncapsulationAlgorithm[]
}

/** What a key spec means. Looked up once, where a name comes in; below that, code gets the row. */
export type KeySpecRow = DrawnSpecRow | KeyPairSpecRow

/** In AWS's order, which DescribeKey and GetPublicKey repeat. */
type WithAlgorithms = { readonly algorithms: Algorithms }

/** Material is bytes that encrypt or make MACs. */
type DrawnSpecRow = WithAlgorithms & {
  readonly name: Exclude<KeySpecName, KeyPairSpec>
  readonly material: 'symmetric' | 'mac'
  /** Length of material that is made here. */
  readonly materialBytes: number
}

/** Material is a private key. */
type KeyPairSpecRow = WithAlgorithms & {
  readonly name: KeyPairSpec
  readonly material: 'keyPair'
}

const rsa: Algorithms = {
  ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  SIGN_VERIFY: [
    'RSASSA_PKCS1_V1_5_SHA_256',
    'RSASSA_PKCS1_V1_5_SHA_384',
    'RSASSA_PKCS1_V1_5_SHA_512',
    'RSASSA_PSS_SHA_256',
    'RSASSA_PSS_SHA_384',
    'RSASSA_PSS_SHA_512',
  ],
}

const keyPair = (name: KeyPairSpec, algorithms: Algorithms): KeySpecRow => ({
  name,
  material: 'keyPair',
  algorithms,
})

/** The material is as long as the output of its hash (Developer Guide, "HMAC key specs"). */
const mac = (
  name: DrawnSpecRow['name'],
  algorithm: MacAlgorithm,
  materialBytes: number,
): KeySpecRow => ({
  name,
  material: 'mac',
  materialBytes,
  algorithms: { GENERATE_VERIFY_MAC: [algorithm] },
})

/** A curve that signs with one hash, and agrees on keys as well. */
const nistCurve = (name: KeyPairSpec, algorithm: SigningAlgorithm): KeySpecRow =>
  keyPair(name, { SIGN_VERIFY: [algorithm], KEY_AGREEMENT: ['ECDH'] })

const mlDsa: Algorithms = { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] }
const mlKem: Algorithms = { ENCAPSULATE_DECAPSULATE: ['ML_KEM'] }

/** Developer Guide, "Key spec reference". */
const rows: readonly KeySpecRow[] = [
  {
    name: 'SYMMETRIC_DEFAULT',
    material: 'symmetric',
    materialBytes: 32,
    algorithms: { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] },
  },
  keyPair('RSA_2048', rsa),
  keyPair('RSA_3072', rsa),
  keyPair('RSA_4096', rsa),
  nistCurve('ECC_NIST_P256', 'ECDSA_SHA_256'),
  nistCurve('ECC_NIST_P384', 'ECDSA_SHA_384'),
  nistCurve('ECC_NIST_P521', 'ECDSA_SHA_512'),
  keyPair('ECC_SECG_P256K1', { SIGN_VERIFY: ['ECDSA_SHA_256'] }),
  keyPair('ECC_NIST_EDWARDS25519', { SIGN_VERIFY: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] }),
  mac('HMAC_224', 'HMAC_SHA_224', 28),
  mac('HMAC_256', 'HMAC_SHA_256', 32),
  mac('HMAC_384', 'HMAC_SHA_384', 48),
  mac('HMAC_512', 'HMAC_SHA_512', 64),
  keyPair('ML_DSA_44', mlDsa),
  keyPair('ML_DSA_65', mlDsa),
  keyPair('ML_DSA_87', mlDsa),
  keyPair('ML_KEM_512', mlKem),
  keyPair('ML_KEM_768', mlKem),
  keyPair('ML_KEM_1024', mlKem),
]

const byName: ReadonlyMap<string, KeySpecRow> = new Map(rows.map((row) => [row.name, row]))

export const keySpecRow = (name: KeySpecName): KeySpecRow => requireKeySpec(name)

/** The row of a spec that a request names. SM2 is for China Regions alone, as it is with AWS. */
export const requireKeySpec = (name: string): KeySpecRow => {
  const row = byName.get(name)
  if (row !== undefined) return row
  throw new KmsError(
    'UnsupportedOperationException',
    `KeySpec ${name} is not supported in this Region`,
  )
}

/** Whether keys of a spec have a public half. */
export const isAsymmetric = (name: KeySpecName): boolean => keySpecRow(name).material === 'keyPair'

/** The deprecated name of a spec; `undefined` for those that came after AWS froze it. */
export const legacyKeySpec = (
  name: KeySpecName,
): (typeof legacyKeySpecShape.values)[number] | undefined =>
  legacyKeySpecShape.values.find((legacy) => legacy === name)
