import { constants, createDecipheriv, type KeyObject, privateDecrypt } from 'node:crypto'
import { concatBytes } from '../../../src/core/crypto/bytes.ts'

/** The variable parts of a CiphertextForRecipient, and what stands before, between and after them. */
export type Enveloped = {
  readonly keyId: Uint8Array
  readonly encryptedKey: Uint8Array
  readonly iv: Uint8Array
  readonly content: Uint8Array
  readonly around: readonly Uint8Array[]
}

/** Takes an answer for a recipient apart, by the places that its parts have. */
export const splitEnveloped = (message: Uint8Array): Enveloped => {
  let at = 0
  const take = (length: number): Uint8Array => message.subarray(at, (at += length))
  const around: Uint8Array[] = []
  around.push(take(33))
  const keyId = take(32)
  around.push(take(66))
  const encryptedKey = take(lengthBefore(message, at))
  around.push(take(28))
  const iv = take(16)
  const contentHead = message[at + 3] === 0x82 ? 6 : message[at + 3] === 0x81 ? 5 : 4
  around.push(take(contentHead))
  const content = take(message.length - 10 - at)
  around.push(take(10))
  return { keyId, encryptedKey, iv, content, around }
}

/** What an attested program does with an answer: the AWS Nitro Enclaves SDK's steps. */
export const openEnveloped = (message: Uint8Array, privateKey: KeyObject): Uint8Array => {
  const { encryptedKey, iv, content } = splitEnveloped(message)
  const key = privateDecrypt(
    { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    encryptedKey,
  )
  const decipher = createDecipheriv('aes-256-cbc', key, iv)
  return concatBytes(decipher.update(content), decipher.final())
}

/** The two bytes of a length that stand just before. */
const lengthBefore = (message: Uint8Array, at: number): number =>
  message[at - 2]! * 256 + message[at - 1]!
