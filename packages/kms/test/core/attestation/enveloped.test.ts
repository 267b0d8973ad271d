import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { encryptForRecipient } from '../../../src/core/attestation/enveloped.ts'
import { systemRandom } from '../../../src/server/system.ts'
import { openEnveloped, splitEnveloped } from './open-enveloped.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const random = systemRandom()
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('an answer for a recipient', () => {
  it('is encoded as AWS KMS encodes it: BER, with ends of content for what holds the content', () => {
    const message = encryptForRecipient(Buffer.from('hello'), publicKey, random)
    const { keyId, encryptedKey, iv, content, around } = splitEnveloped(message)
    assert.deepEqual(
      [keyId.length, encryptedKey.length, iv.length, content.length],
      [32, 256, 16, 16],
    )
    // What an answer of AWS KMS has around these: the same bytes for every key of 2048 bits.
    assert.deepEqual(around.map(hex), [
      '308006092a864886f70d010703a08030800201023182016b308201670201028020',
      '303c06092a864886f70d010107302fa00f300d06096086480165030402010500a11c301a06092a864886f70d' +
        '010108300d0609608648016503040201050004820100',
      '308006092a864886f70d010701301d060960864801650304012a0410',
      'a0800410',
      '00000000000000000000',
    ])
  })

  it('is opened by the private key, whatever its length', () => {
    for (const length of [0, 1, 15, 16, 17, 32, 1024, 4096]) {
      const plaintext = random.bytes(length)
      const message = encryptForRecipient(plaintext, publicKey, random)
      assert.deepEqual(openEnveloped(message, privateKey), plaintext)
    }
  })

  it('is opened by keys of other lengths', () => {
    const larger = generateKeyPairSync('rsa', { modulusLength: 3072 })
    const message = encryptForRecipient(Buffer.from('hello'), larger.publicKey, random)
    assert.equal(Buffer.from(openEnveloped(message, larger.privateKey)).toString(), 'hello')
    assert.throws(() => openEnveloped(message, privateKey))
  })

  it('is another one each time, under a key that nothing else has', () => {
    const [one, other] = [0, 1].map(() =>
      splitEnveloped(encryptForRecipient(Buffer.from('hello'), publicKey, random)),
    )
    for (const part of ['encryptedKey', 'iv', 'content'] as const)
      assert.notEqual(hex(one![part]), hex(other![part]))
    assert.deepEqual(one!.keyId, other!.keyId)
  })

  it('leaves no content key behind, and the plaintext to the caller', () => {
    const drawn: Uint8Array[] = []
    const remembering = {
      ...random,
      bytes: (length: number) => {
        const bytes = random.bytes(length)
        drawn.push(bytes)
        return bytes
      },
    }
    const plaintext = Buffer.from('hello')
    encryptForRecipient(plaintext, publicKey, remembering)
    assert.deepEqual(drawn[0], new Uint8Array(32))
    assert.equal(plaintext.toString(), 'hello')
  })
})
