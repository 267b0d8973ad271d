import assert from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { concat } from '../src/bytes.ts'
import { publicKeyName } from '../src/context.ts'
import { decrypt } from '../src/decrypt.ts'
import { deriveKeys } from '../src/format/derived-keys.ts'
import { FooterSigner } from '../src/format/footer.ts'
import { encodeHeader, type MessageHeader } from '../src/format/header.ts'
import { sealHeader } from '../src/format/header-tag.ts'
import { type SuiteName, suites, type Suite } from '../src/format/suites.ts'
import { inspect } from '../src/inspect.ts'
import { generateSigningKey } from '../src/materials/signing.ts'
import { decryptRange } from '../src/range.ts'
import { MessageReader } from '../src/reader.ts'
import {
  failsWith,
  flipped,
  plaintextOf,
  reading,
  signedV2,
  testKeyring,
  unsignedV1,
  unsignedV2,
} from './messages.ts'

/** Writes what this package only reads: a message of old writers, with one body instead of frames. */
const nonFramed = async (name: SuiteName, data: Uint8Array): Promise<Uint8Array> => {
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

const streamed = async (message: Uint8Array) => {
  const slabs: Uint8Array[] = []
  const reader = new MessageReader(
    reading,
    (slab) => slabs.push(slab),
    () => {},
  )
  let error: unknown
  try {
    for (const byte of message) await reader.push(Uint8Array.of(byte))
    await reader.end()
  } catch (thrown) {
    error = thrown
  }
  return { bytes: new Uint8Array(Buffer.concat(slabs)), error }
}

for (const name of [unsignedV1, unsignedV2, signedV2] as const)
  describe(`a non-framed message of ${name}`, () => {
    it('is read, whole, as a stream and in part', async () => {
      for (const length of [0, 1, 1000]) {
        const data = plaintextOf(length)
        const message = await nonFramed(name, data)
        const { plaintext, header } = await decrypt(message, reading)
        assert.deepEqual(plaintext, data)
        assert.equal(header.contentType, 'non-framed')
        assert.deepEqual(await streamed(message), { bytes: data, error: undefined })
        assert.equal((await inspect(message)).body?.plaintextBytes, length)
        const range = await decryptRange(message, 10, 20, reading)
        assert.deepEqual(range.plaintext, data.slice(10, 20))
        assert.equal(range.proven, 'message')
      }
    })

    it('releases nothing when its end is broken', async () => {
      const message = await nonFramed(name, plaintextOf(20))
      const broken = flipped(message, message.length * 8 - 1)
      await assert.rejects(decrypt(broken, reading), failsWith('DecryptionFailed'))
      const { bytes, error } = await streamed(broken)
      failsWith('DecryptionFailed')(error)
      assert.equal(bytes.length, 0)
      const cut = await streamed(message.slice(0, -1))
      failsWith('Malformed')(cut.error)
      assert.equal(cut.bytes.length, 0)
    })

    it('is refused when it is longer than the caller will hold', async () => {
      const message = await nonFramed(name, plaintextOf(20))
      const options = { ...reading, maxFrameLength: 19 }
      await assert.rejects(decrypt(message, options), failsWith('PolicyViolation'))
      const enough = await decrypt(message, { ...reading, maxFrameLength: 20 })
      assert.equal(enough.plaintext.length, 20)
    })
  })
