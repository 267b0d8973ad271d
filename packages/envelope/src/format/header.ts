import { concat, utf8, viewOf } from '../bytes.ts'
import { EnvelopeError } from '../errors.ts'
import type { EncryptedDataKey, EncryptionContext } from '../materials/types.ts'
import { encodeContext } from './context.ts'
import type { Suite } from './suites.ts'

/** What the header of a message says. `frameLength` is 0 exactly for a non-framed message. */
export type MessageHeader = {
  readonly version: 1 | 2
  readonly suite: Suite
  readonly messageId: Uint8Array
  /** The pairs that the message stores; those of required keys are not among them. */
  readonly context: EncryptionContext
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  readonly contentType: 'framed' | 'non-framed'
  /** Plaintext bytes of every frame but the last, which may have fewer. */
  readonly frameLength: number
  /** Of a committing suite: proves which data key the message was encrypted under. */
  readonly commitment: Uint8Array | undefined
}

/** Codes of the format: the type byte of version 1, and what the body is made of. */
export const messageType = 0x80
export const contentTypes = { 'non-framed': 1, framed: 2 } as const
export const ivBytes = 12
export const tagBytes = 16

/** The header's body: what its tag authenticates, and the first bytes of the message. */
export const encodeHeader = (header: MessageHeader): Uint8Array => {
  const { suite, messageId, commitment } = header
  const context = encodeContext(header.context)
  const id = uint(suite.id, 2)
  const start =
    header.version === 1 ? concat(Uint8Array.of(1, messageType), id) : concat(Uint8Array.of(2), id)
  const end =
    header.version === 1
      ? concat(uint(0, 4), Uint8Array.of(ivBytes), uint(header.frameLength, 4))
      : concat(uint(header.frameLength, 4), commitment ?? new Uint8Array(0))
  return concat(
    start,
    messageId,
    uint(context.length, 2),
    context,
    encodeDataKeys(header.encryptedDataKeys),
    Uint8Array.of(contentTypes[header.contentType]),
    end,
  )
}

const encodeDataKeys = (keys: readonly EncryptedDataKey[]): Uint8Array => {
  if (keys.length === 0 || keys.length > 0xffff)
    throw new EnvelopeError('InvalidInput', 'A message holds between 1 and 65,535 data keys.')
  const parts = keys.flatMap((key) => [utf8(key.providerId), key.providerInfo, key.ciphertext])
  return concat(uint(keys.length, 2), ...parts.flatMap((part) => [lengthOf(part), part]))
}

const lengthOf = (part: Uint8Array): Uint8Array => {
  if (part.length > 0xffff)
    throw new EnvelopeError('InvalidInput', 'A part of a data key exceeds 65,535 bytes.')
  return uint(part.length, 2)
}

const uint = (value: number, length: 2 | 4): Uint8Array => {
  const bytes = new Uint8Array(length)
  if (length === 2) viewOf(bytes).setUint16(0, value)
  else viewOf(bytes).setUint32(0, value)
  return bytes
}
