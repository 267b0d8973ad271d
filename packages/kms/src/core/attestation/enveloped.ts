import { constants, createCipheriv, createHash, type KeyObject, publicEncrypt } from 'node:crypto'
import { concatBytes, fromHex } from '../crypto/bytes.ts'
import { contextTag, derElement, derTag } from '../crypto/der.ts'
import type { Random } from '../ports.ts'

// DER of the object identifiers.
const envelopedData = fromHex('06092a864886f70d010703')
const data = fromHex('06092a864886f70d010701')
const rsaesOaep = fromHex('06092a864886f70d010107')
const mgf1 = fromHex('06092a864886f70d010108')
const sha256 = fromHex('0609608648016503040201')
const aes256Cbc = fromHex('060960864801650304012a')
const derNull = Uint8Array.of(5, 0)

/** RFC 5652 §6.1 and §6.2.1: version 2 is the one of a recipient named by a key identifier. */
const version2 = Uint8Array.of(derTag.integer, 1, 2)
const subjectKeyIdentifier = 0x80

/**
 * `plaintext` as a CMS EnvelopedData (RFC 5652 §6) for one recipient: AES-256-CBC under a fresh key,
 * and that key with RSAES-OAEP, SHA-256 and MGF1 with SHA-256. The encoding is byte for byte the one
 * that AWS KMS answers with (BER: what holds the content has an indefinite length), because the
 * AWS Nitro Enclaves SDK and others read little more than that. It does not authenticate: whoever
 * has the public key can make another. The caller keeps `plaintext`.
 */
export const encryptForRecipient = (
  plaintext: Uint8Array,
  publicKey: KeyObject,
  random: Random,
): Uint8Array => {
  const contentKey = random.bytes(32)
  try {
    const iv = random.bytes(16)
    const cipher = createCipheriv('aes-256-cbc', contentKey, iv)
    const content = concatBytes(cipher.update(plaintext), cipher.final())
    return encode(recipientInfo(contentKey, publicKey), iv, content)
  } finally {
    contentKey.fill(0)
  }
}

/** KeyTransRecipientInfo. */
const recipientInfo = (contentKey: Uint8Array, publicKey: KeyObject): Uint8Array => {
  const encryptedKey = publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    contentKey,
  )
  return derElement(
    derTag.sequence,
    version2,
    derElement(subjectKeyIdentifier, keyIdentifier(publicKey)),
    keyEncryptionAlgorithm,
    derElement(derTag.octetString, encryptedKey),
  )
}

const hash = derElement(derTag.sequence, sha256, derNull)
/** RFC 4055 §4.1; the label is the empty one, which is its default. */
const keyEncryptionAlgorithm = derElement(
  derTag.sequence,
  rsaesOaep,
  derElement(
    derTag.sequence,
    derElement(contextTag(0), hash),
    derElement(contextTag(1), derElement(derTag.sequence, mgf1, hash)),
  ),
)

/** 32 bytes, as in AWS's answers; of what they are the hash there is not known. */
const keyIdentifier = (publicKey: KeyObject): Uint8Array =>
  createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest()

const encode = (recipient: Uint8Array, iv: Uint8Array, content: Uint8Array): Uint8Array =>
  indefinite(
    derTag.sequence,
    envelopedData,
    indefinite(
      contextTag(0),
      indefinite(
        derTag.sequence,
        version2,
        derElement(derTag.set, recipient),
        indefinite(
          derTag.sequence,
          data,
          derElement(derTag.sequence, aes256Cbc, derElement(derTag.octetString, iv)),
          indefinite(contextTag(0), derElement(derTag.octetString, content)),
        ),
      ),
    ),
  )

/** X.690 §8.1.3.6: a length that is told by an end mark. */
const indefinite = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  concatBytes(Uint8Array.of(tag, 0x80), ...parts, new Uint8Array(2))
