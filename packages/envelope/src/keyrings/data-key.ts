import { EnvelopeError } from '../errors.ts'
import type {
  DecryptRequest,
  EncryptedDataKey,
  EncryptRequest,
  EncryptResult,
} from '../materials/types.ts'
import { randomOwn } from './bytes.ts'

/** What `onDecrypt` resolves to. */
export type Unwrapped = { readonly dataKey: Uint8Array } | { readonly errors: readonly unknown[] }

/** Why one attempt to unwrap failed; such errors are collected, and the next data key is tried. */
export const attemptFailed = (message: string, cause?: unknown): EnvelopeError =>
  new EnvelopeError('NoDataKey', message, cause === undefined ? {} : { cause })

/** Why a data key could not be wrapped, with what the key service said. */
export const wrapFailed = (message: string, cause?: unknown): EnvelopeError =>
  new EnvelopeError('KeyringFailed', message, cause === undefined ? {} : { cause })

export const invalid = (message: string): EnvelopeError =>
  new EnvelopeError('InvalidInput', message)

/** What a keyring that only decrypts says to encrypt. */
export const onlyDecrypts = (what: string): EnvelopeError =>
  invalid(`${what} does not encrypt: name the wrapping keys with another keyring.`)

/**
 * Wraps the data key of the request, or a fresh one. The data key that comes back is the very
 * buffer of the request when there was one. A fresh one is zeroed when wrapping fails.
 */
export const wrapDataKey = async (
  request: EncryptRequest,
  wrap: (dataKey: Uint8Array) => EncryptedDataKey | Promise<EncryptedDataKey>,
): Promise<EncryptResult> => {
  const dataKey = givenDataKey(request) ?? randomOwn(request.suite.keyBytes)
  try {
    return { dataKey, encryptedDataKeys: [await wrap(dataKey)] }
  } catch (error) {
    if (dataKey !== request.dataKey) dataKey.fill(0)
    throw error
  }
}

/** The data key of the request, which has to be of the suite's length. */
export const givenDataKey = (request: EncryptRequest): Uint8Array | undefined => {
  const { dataKey, suite } = request
  if (dataKey !== undefined && dataKey.length !== suite.keyBytes)
    throw invalid(`A data key for ${suite.name} has ${suite.keyBytes} bytes.`)
  return dataKey
}

/**
 * Tries the data keys one after the other. `unwrap` resolves to `undefined` for one that is not the
 * keyring's, and throws for a failed attempt. A plain data key of a wrong length is a failed one.
 */
export const firstUnwrapped = async (
  request: DecryptRequest,
  unwrap: (wrapped: EncryptedDataKey) => Uint8Array | undefined | Promise<Uint8Array | undefined>,
): Promise<Unwrapped> => {
  const errors: unknown[] = []
  for (const wrapped of request.encryptedDataKeys) {
    try {
      const dataKey = await unwrap(wrapped)
      if (dataKey === undefined) continue
      if (dataKey.length === request.suite.keyBytes) return { dataKey }
      dataKey.fill(0)
      errors.push(attemptFailed('The data key has not the length that the suite asks for.'))
    } catch (error) {
      errors.push(error)
    }
  }
  return { errors }
}
