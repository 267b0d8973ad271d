import assert from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { concat } from '../src/bytes.ts'
import { decrypt } from '../src/decrypt.ts'
import { finalOverhead, frameOverhead } from '../src/format/frame.ts'
import { inspect, verify } from '../src/inspect.ts'
import { decryptRange } from '../src/range.ts'
import { startWriting } from '../src/start.ts'
import { failsWith, plaintextOf, reading, unsignedV1, unsignedV2, writing } from './messages.ts'

const frameLength = 8
const data = plaintextOf(2 * frameLength)

/** A message whose last full frame is a regular one, with an empty final frame behind it. */
const withEmptyFinal = async (finalSequence = 3): Promise<Uint8Array> => {
  const { headerBytes, frames } = await startWriting(writing(unsignedV2, { frameLength }), 16)
  const body = new Uint8Array(2 * (frameLength + frameOverhead) + finalOverhead)
  let at = frames.encrypt('regular', 1, data.subarray(0, 8), body, 0)
  at = frames.encrypt('regular', 2, data.subarray(8), body, at)
  frames.encrypt('final', finalSequence, new Uint8Array(0), body, at)
  return concat(headerBytes, body)
}

/** A message with one frame whose IV is random, as the first writers of the format made them. */
const withRandomIv = async (plaintext: Uint8Array): Promise<Uint8Array> => {
  const { headerBytes, header, keys } = await startWriting(writing(unsignedV1, { frameLength }), 8)
  const iv = randomBytes(12)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(plaintext.length)
  const cipher = createCipheriv(header.suite.cipher, keys.encryption, iv)
  const sequence = Buffer.from('00000001', 'hex')
  const kind = Buffer.from('AWSKMSEncryptionClient Final Frame')
  cipher.setAAD(Buffer.concat([header.messageId, kind, sequence, Buffer.alloc(4), length]))
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  const marker = Buffer.from('ffffffff', 'hex')
  return concat(headerBytes, marker, sequence, iv, length, ciphertext, cipher.getAuthTag())
}

describe('messages that other writers make', () => {
  it('may end with an empty frame', async () => {
    const message = await withEmptyFinal()
    assert.deepEqual((await decrypt(message, reading)).plaintext, data)
    assert.equal((await verify(message, reading)).plaintextBytes, data.length)
    assert.equal((await inspect(message)).body?.frames, 3)
    const range = await decryptRange(message, 4, 16, reading)
    assert.deepEqual(range.plaintext, data.slice(4))
    assert.equal(range.isEndProven, false)
    assert.equal((await decryptRange(message, 4, 17, reading)).isEndProven, true)
  })

  it('have no gap before their final frame', async () => {
    const message = await withEmptyFinal(4)
    await assert.rejects(decrypt(message, reading), failsWith('Malformed'))
    await assert.rejects(verify(message, reading), failsWith('Malformed'))
    await assert.rejects(decryptRange(message, 4, 17, reading), failsWith('Malformed'))
  })

  it('may have random IVs', async () => {
    const message = await withRandomIv(plaintextOf(5))
    assert.deepEqual((await decrypt(message, reading)).plaintext, plaintextOf(5))
  })

  it('have no final frame that is longer than the others', async () => {
    const message = await withRandomIv(plaintextOf(9))
    await assert.rejects(decrypt(message, reading), failsWith('Malformed'))
    await assert.rejects(verify(message, reading), failsWith('Malformed'))
  })
})
