import { types } from 'node:util'
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
  const pairs = new Map(pairsOf(input))
  for (const [key, value] of pairs) {
    if (typeof key !== 'string' || typeof value !== 'string')
      throw invalid('keys and values have to be strings')
    if (!key.isWellFormed() || !value.isWellFormed())
      throw invalid('keys and values have to be well-formed Unicode')
  }
  return pairs
}

/** Of anything else than these two, pairs that were meant would be missing without a word. */
const pairsOf = (input: ContextInput): Iterable<readonly [string, string]> => {
  if (types.isMap(input)) return input
  if (isPlainObject(input)) return Object.entries(input)
  throw invalid('it has to be a plain object or a Map')
}

const isPlainObject = (input: unknown): input is Readonly<Record<string, string>> => {
  if (typeof input !== 'object' || input === null) return false
  const prototype: unknown = Object.getPrototypeOf(input)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const invalid = (why: string): EnvelopeError =>
  new EnvelopeError('InvalidInput', `The encryption context is not valid: ${why}.`)
