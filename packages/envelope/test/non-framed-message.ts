import { createCipheriv, randomBytes } from 'node:crypto'
import { concat } from '../src/bytes.ts'
import { publicKeyName } from '../src/context.ts'
import { deriveKeys } from '../src/format/derived-keys.ts'
import { FooterSigner } from '../src/format/footer.ts'
import { encodeHeader, type MessageHeader } from '../src/format/header.ts'
import { sealHeader } from '../src/format/header-tag.ts'
import { type Suite, type SuiteName, suites } from '../src/format/suites.ts'
import { generateSigningKey } from '../src/materials/signing.ts'
import { testKeyring } from './messages.ts'

/** Writes what this package only reads: a message of old writers, with one body instead of frames. */
export const nonFramed = async (name: SuiteName, data: Uint8Array): Promise<Uint8Array> => {
  const suite: Suite = suites[name]
  const signing = suite.signature && (await generateSigningKey(suite.signature.curve))
  const context = new Map(signing ? [[publicKeyName, signing.publicKey]] : [])
  const { dataKey, encryptedDataKeys } = await testKeyring.onEncrypt({
    suite,
    context,
    dataKey: undefined,
  })
  const messageId = new Uint8Array(randomBytes(suite.messageIdBytes))
  const keys = deriveKeys(suite, dataKey, messageId)
  const header: MessageHeader = {
    version: suite.messageVersion,
    suite,
    messageId,
    context,
    encryptedDataKeys,
    contentType: 'non-framed',
    frameLength: 0,
    commitment: keys.commitment,
  }
  const body = encodeHeader(header)
  const about = { suite, context, requiredContextKeys: [] }
  const sealed = concat(body, sealHeader(keys.encryption, body, context, about))
  const iv = Buffer.from('0102030405060708090a0b0c', 'hex')
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(data.length))
  const cipher = createCipheriv(suite.cipher, keys.encryption, iv)
  const kind = Buffer.from('AWSKMSEncryptionClient Single Block')
  cipher.setAAD(Buffer.concat([messageId, kind, Buffer.from('00000001', 'hex'), length]))
  const ciphertext = Buffer.concat([cipher.update(data), cipher.final()])
  const message = concat(sealed, iv, length, ciphertext, cipher.getAuthTag())
  if (!signing || !suite.signature) return message
  const signer = new FooterSigner(suite.signature, signing.signingKey)
  signer.update(message)
  return concat(message, signer.finish())
}
