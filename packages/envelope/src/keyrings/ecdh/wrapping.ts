import { timingSafeEqual } from 'node:crypto'
import { concat, utf8 } from '../../bytes.ts'
import { encodeContext } from '../../format/context.ts'
import type { EncryptionContext } from '../../materials/types.ts'
import { randomOwn, readU32, u32 } from '../bytes.ts'
import { counterKdf, open, seal } from '../crypto.ts'
import { attemptFailed } from '../data-key.ts'
import type { Curve } from './curve.ts'

const version = Uint8Array.of(1)
const saltBytes = 32
const commitmentBytes = 32
/** The wrapping key is fresh for every salt, so its one IV may be constant. */
const zeroIv = new Uint8Array(12)
const separator = Uint8Array.of(0)

/** The two parties of an agreement, as compressed points. */
export type Parties = { readonly sender: Uint8Array; readonly recipient: Uint8Array }

export const encodeParties = ({ sender, recipient }: Parties): Uint8Array =>
  concat(version, u32(recipient.length), recipient, u32(sender.length), sender)

/** Reads the provider info. Throws an error to be collected when it is not well-formed. */
export const decodeParties = (info: Uint8Array): Parties => {
  const recipientLength = readU32(info, 1)
  const senderAt = 5 + (recipientLength ?? 0)
  const senderLength = readU32(info, senderAt)
  if (
    info[0] !== version[0] ||
    recipientLength === undefined ||
    senderLength === undefined ||
    info.length !== senderAt + 4 + senderLength
  )
    throw attemptFailed('The public keys of an agreed data key are not well-formed.')
  return { recipient: info.subarray(5, senderAt), sender: info.subarray(senderAt + 4) }
}

/** salt ‖ commitment ‖ ciphertext ‖ tag. The shared secret stays the caller's, to zero. */
export const wrapAgreed = (
  secret: Uint8Array,
  info: Uint8Array,
  dataKey: Uint8Array,
  salt: Uint8Array = randomOwn(saltBytes),
): Uint8Array => {
  const derived = counterKdf('sha384', secret, info, salt, 64)
  try {
    const wrapped = seal(derived.subarray(commitmentBytes), zeroIv, info, dataKey)
    return concat(salt, derived.subarray(0, commitmentBytes), wrapped)
  } finally {
    derived.fill(0)
  }
}

/** Throws one error to be collected, whatever does not fit. */
export const unwrapAgreed = (
  secret: Uint8Array,
  info: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array => {
  if (ciphertext.length < saltBytes + commitmentBytes) throw notAuthentic()
  const salt = ciphertext.subarray(0, saltBytes)
  const commitment = ciphertext.subarray(saltBytes, saltBytes + commitmentBytes)
  const derived = counterKdf('sha384', secret, info, salt, 64)
  try {
    if (!timingSafeEqual(derived.subarray(0, commitmentBytes), commitment)) throw notAuthentic()
    const sealed = ciphertext.subarray(saltBytes + commitmentBytes)
    const dataKey = open(derived.subarray(commitmentBytes), zeroIv, info, sealed)
    if (dataKey === undefined) throw notAuthentic()
    return dataKey
  } finally {
    derived.fill(0)
  }
}

/** What an agreed wrapping key is bound to; label of the derivation and AAD of the wrapping. */
export const fixedInfo = (
  curve: Curve,
  { sender, recipient }: Parties,
  context: EncryptionContext,
): Uint8Array =>
  concat(
    utf8('ecdh-key-derivation'),
    separator,
    utf8(curve.label),
    separator,
    utf8('HMAC_SHA384'),
    separator,
    sender,
    recipient,
    separator,
    version,
    separator,
    encodeContext(context),
  )

const notAuthentic = () => attemptFailed('An agreed data key does not authenticate.')
