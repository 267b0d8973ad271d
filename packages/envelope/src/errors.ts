/**
 * Everything that can go wrong, as a closed set that callers may switch on.
 *
 * - `InvalidInput`: the caller's arguments are wrong; nothing was read or written.
 * - `NotAMessage`: the bytes are no message of this format; `message` may hint at what they are.
 * - `Malformed`: a message of this format, but not a well-formed one, or one that was cut short.
 * - `DecryptionFailed`: it does not authenticate; one text, whatever went wrong.
 * - `NoDataKey`: no keyring could unwrap a data key; `causes` tells why each one could not.
 * - `KeyringFailed`: a keyring could not wrap a data key; the cause is what the key service said.
 * - `PolicyViolation`: commitment, signature, size or data key limits forbid it.
 * - `ContextMismatch`: the encryption context lacks what was required of it.
 */
export type EnvelopeErrorCode =
  | 'InvalidInput'
  | 'NotAMessage'
  | 'Malformed'
  | 'DecryptionFailed'
  | 'NoDataKey'
  | 'KeyringFailed'
  | 'PolicyViolation'
  | 'ContextMismatch'

/** The one error of this package. `message` never holds plaintext, key material or a key's bytes. */
export class EnvelopeError extends Error {
  readonly code: EnvelopeErrorCode
  /** For `NoDataKey`: why each keyring failed. */
  readonly causes: readonly unknown[]
  constructor(
    code: EnvelopeErrorCode,
    message: string,
    options: { cause?: unknown; causes?: readonly unknown[] } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'EnvelopeError'
    this.code = code
    this.causes = options.causes ?? []
  }
}

/** What every failed authentication says; a streaming caller has to throw away what it got. */
export const decryptionFailed = (): EnvelopeError =>
  new EnvelopeError(
    'DecryptionFailed',
    'The message does not authenticate. Discard everything that was released of it.',
  )
