import { utf8 } from '../bytes.ts'
import { EnvelopeError } from '../errors.ts'

/** A message of this format that breaks a rule of it; `why` says which, in lower case. */
export const malformed = (why: string): EnvelopeError =>
  new EnvelopeError(
    'Malformed',
    `The message is not well-formed: ${why}. Discard everything that was released of it.`,
  )

export const cutShort = (): EnvelopeError => malformed('it was cut short')

/** Bytes that are no message at all, with a hint at what they look like; they are no secret. */
export const notAMessage = (start: Uint8Array): EnvelopeError => {
  const hint = hints.find(({ begins }) => begins.some((text) => startsWith(start, text)))
  const what =
    start.length === 0 ? 'there are no bytes' : (hint?.what ?? 'it begins with other bytes')
  return new EnvelopeError('NotAMessage', `This is not an encrypted message: ${what}.`)
}

const hints: readonly { readonly begins: readonly string[]; readonly what: string }[] = [
  { begins: ['AYA', 'AgR4', 'AgV4'], what: 'it looks like base64; decode it first' },
  {
    begins: ['age-encryption.org/', '-----BEGIN AGE ENCRYPTED FILE-----'],
    what: 'it looks like a file of age',
  },
  { begins: ['-----BEGIN PGP'], what: 'it looks like a message of OpenPGP' },
  {
    begins: ['\u0001\u0002\u0002\u0000', 'K\u0001\u0001\u0000'],
    what: 'it looks like a ciphertext of a key service; its Decrypt operation reads it',
  },
  {
    begins: ['AQICA', 'SwEBA'],
    what: 'it looks like a ciphertext of a key service in base64; its Decrypt operation reads it',
  },
  { begins: ['Salted__'], what: 'it looks like a file of openssl enc' },
]

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  bytes.length >= text.length && utf8(text).every((byte, index) => bytes[index] === byte)
