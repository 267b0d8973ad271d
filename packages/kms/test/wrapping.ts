import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'

const hashes: { readonly [algorithm: string]: string } = {
  RSAES_OAEP_SHA_1: 'sha1',
  RSAES_OAEP_SHA_256: 'sha256',
  RSA_AES_KEY_WRAP_SHA_1: 'sha1',
  RSA_AES_KEY_WRAP_SHA_256: 'sha256',
}

/** RSAES-OAEP under a public key in DER, as AWS's guide has its readers do it. */
export const oaepEncrypt = (algorithm: string, publicKey: Uint8Array, data: Uint8Array): Buffer => {
  const oaepHash = hashes[algorithm]
  if (oaepHash === undefined) throw new TypeError(`not a wrapping algorithm: ${algorithm}`)
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, data)
}

/** What an importer sends as EncryptedKeyMaterial. */
export const wrapMaterial = (
  algorithm: string,
  publicKey: Uint8Array,
  material: Uint8Array,
): Buffer => {
  if (!algorithm.startsWith('RSA_AES')) return oaepEncrypt(algorithm, publicKey, material)
  const aesKey = randomBytes(32)
  const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'))
  const wrapped = Buffer.concat([cipher.update(material), cipher.final()])
  return Buffer.concat([oaepEncrypt(algorithm, publicKey, aesKey), wrapped])
}
