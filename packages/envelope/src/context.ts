import { EnvelopeError } from './errors.ts'
import type { EncryptionContext } from './materials/types.ts'

/** An encryption context as callers give it. */
export type ContextInput = Readonly<Record<string, string>> | ReadonlyMap<string, string>

/** Names that the format keeps for itself: the public key of the signature is one. */
export const reservedPrefix = 'aws-crypto-'
/** Where a signed message carries its public key. */
export const publicKeyName = 'aws-crypto-public-key'

/** Copies a caller's context. Throws `InvalidInput` for what the format cannot hold or keeps back. */
export const contextOf = (input: ContextInput | undefined): EncryptionContext => {
  const pairs = reproducedContextOf(input)
  for (const key of pairs.keys())
    if (key.startsWith(reservedPrefix)) throw invalid(`keys must not begin with ${reservedPrefix}`)
  return pairs
}

/**
 * The same for a context that was once read from a message and is given back: there, the format's
 * own names may be among the others.
 */
export const reproducedContextOf = (input: ContextInput | undefined): EncryptionContext => {
  if (input === undefined) return new Map()
  const pairs = new Map(input instanceof Map ? input : Object.entries(input))
  for (const [key, value] of pairs) {
    if (typeof key !== 'string' || typeof value !== 'string')
      throw invalid('keys and values have to be strings')
    if (!key.isWellFormed() || !value.isWellFormed())
      throw invalid('keys and values have to be well-formed Unicode')
  }
  return pairs
}

const invalid = (why: string): EnvelopeError =>
  new EnvelopeError('InvalidInput', `The encryption context is not valid: ${why}.`)
