import { KmsError } from '../../api/errors.ts'

/** A private key as it has to be: in OpenSSL's names. */
export type KeyPairForm =
  | { readonly type: 'rsa'; readonly modulusBits: number }
  | { readonly type: 'ec'; readonly curve: 'prime256v1' | 'secp384r1' | 'secp521r1' | 'secp256k1' }
  | { readonly type: 'ed25519' }

/** What the bytes of imported material have to be. */
export type MaterialForm =
  | { readonly kind: 'secret'; readonly bytesMin: number; readonly bytesMax: number }
  | { readonly kind: 'privateKey'; readonly of: KeyPairForm }

/** A key spec whose material can be imported, and the ways in which it may be wrapped for that. */
export type ImportRow = {
  readonly form: MaterialForm
  /** Directly under the RSA key: RSAES_OAEP. */
  readonly direct: boolean
  /** The least RSA key that it can be directly wrapped under. */
  readonly directBitsMin: number
  /** Under an AES key that is wrapped under the RSA key: RSA_AES_KEY_WRAP. */
  readonly hybrid: boolean
}

const secret = (bytesMin: number, bytesMax: number): ImportRow => ({
  form: { kind: 'secret', bytesMin, bytesMax },
  direct: true,
  directBitsMin: 2048,
  hybrid: false,
})

/** As long as the tag of its algorithm at least, and 1,024 bits at most. */
const mac = (bytesMin: number): ImportRow => secret(bytesMin, 128)

const rsa = (modulusBits: number): ImportRow => ({
  form: { kind: 'privateKey', of: { type: 'rsa', modulusBits } },
  direct: false,
  directBitsMin: 0,
  hybrid: true,
})

const curve = (of: KeyPairForm, directBitsMin = 2048): ImportRow => ({
  form: { kind: 'privateKey', of },
  direct: true,
  directBitsMin,
  hybrid: true,
})

/**
 * AWS KMS Developer Guide, "Requirements for imported key material" and "Select a wrapping
 * algorithm". It has nothing on ECC_NIST_EDWARDS25519, which is taken for any other curve, nor on
 * ML-KEM, which is taken for ML-DSA: not importable.
 */
const importRows: { readonly [keySpec: string]: ImportRow } = {
  SYMMETRIC_DEFAULT: secret(32, 32),
  HMAC_224: mac(28),
  HMAC_256: mac(32),
  HMAC_384: mac(48),
  HMAC_512: mac(64),
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: curve({ type: 'ec', curve: 'prime256v1' }),
  ECC_NIST_P384: curve({ type: 'ec', curve: 'secp384r1' }),
  // Its PKCS #8 is longer than OAEP under an RSA_2048 key can carry.
  ECC_NIST_P521: curve({ type: 'ec', curve: 'secp521r1' }, 3072),
  ECC_SECG_P256K1: curve({ type: 'ec', curve: 'secp256k1' }),
  ECC_NIST_EDWARDS25519: curve({ type: 'ed25519' }),
}

/** Throws UnsupportedOperationException for a spec whose material is always made by the service. */
export const requireImportable = (keySpec: string): ImportRow => {
  const row = Object.hasOwn(importRows, keySpec) ? importRows[keySpec] : undefined
  if (row === undefined)
    throw new KmsError(
      'UnsupportedOperationException',
      `Importing key material is not supported for KeySpec ${keySpec}.`,
    )
  return row
}
