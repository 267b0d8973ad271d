import type { KeyObject } from 'node:crypto'
import { createPrivateKey } from 'node:crypto'
import { KmsError } from '../../api/errors.ts'
import { concatBytes, lengthPrefixed } from '../crypto/bytes.ts'
import { openToken, sealToken, type TokenKey } from '../crypto/sealed-token.ts'
import type { Place } from '../keys/arn.ts'
import type { Random } from '../ports.ts'
import { type WrappingAlgorithm, wrappingAlgorithmOf } from './wrapping.ts'

/** docs/format.md describes it. */
const importToken = { magic: 0x49, label: 'keyhold/import/token/v1' } as const

/** How long a public key and its token can be used. */
export const importTokenTtlMs = 86_400_000

/** The key that material is to be imported into. */
export type ImportTarget = Place & { readonly keyId: string }

/** What a token carries: how to unwrap, and until when. */
export type ImportClaims = {
  readonly algorithm: WrappingAlgorithm
  readonly expiresAtMs: number
  /** PKCS #8. */
  readonly privateKey: Uint8Array
}

// What is encrypted: code of the algorithm | when it expires, u64 | the private key.
const expiryAt = 1
const privateKeyAt = 9

/**
 * A token that carries the private key of a wrapping key pair to its owner and back: it is kept
 * nowhere else. Only for this key of this account and Region; `claims.privateKey` is only read.
 */
export const sealImportToken = (
  tokenKey: TokenKey,
  target: ImportTarget,
  { algorithm, expiresAtMs, privateKey }: ImportClaims,
  random: Random,
): Uint8Array => {
  const head = new Uint8Array(privateKeyAt)
  head[0] = algorithm.code
  new DataView(head.buffer).setBigUint64(expiryAt, BigInt(expiresAtMs))
  const plaintext = concatBytes(head, privateKey)
  try {
    return sealToken(importToken, tokenKey, bindingOf(target), plaintext, random).token
  } finally {
    plaintext.fill(0)
  }
}

/** How to unwrap what came with a token. */
export type OpenedImport = {
  readonly algorithm: WrappingAlgorithm
  readonly privateKey: KeyObject
}

/**
 * Throws InvalidImportTokenException unless the token was made here, for this key, and is whole;
 * ExpiredImportTokenException once its time is over.
 */
export const openImportToken = (
  keyOf: (version: number) => KeyObject | undefined,
  target: ImportTarget,
  token: Uint8Array,
  nowMs: number,
): OpenedImport => {
  const opened = openToken(importToken, keyOf, bindingOf(target), token)
  const algorithm = wrappingAlgorithmOf(opened?.plaintext[0])
  if (opened === undefined || algorithm === undefined)
    throw new KmsError('InvalidImportTokenException', 'The import token is not valid.')
  const { plaintext } = opened
  try {
    const view = new DataView(plaintext.buffer, plaintext.byteOffset)
    if (Number(view.getBigUint64(expiryAt)) <= nowMs)
      throw new KmsError('ExpiredImportTokenException', 'The import token is expired.')
    const key = Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.length)
    const privateKey = createPrivateKey({
      key: key.subarray(privateKeyAt),
      format: 'der',
      type: 'pkcs8',
    })
    return { algorithm, privateKey }
  } finally {
    plaintext.fill(0)
  }
}

const bindingOf = ({ account, region, keyId }: ImportTarget): Uint8Array =>
  lengthPrefixed(account, region, keyId)
