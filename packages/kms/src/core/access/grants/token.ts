import { createHmac, type KeyObject } from 'node:crypto'
import { KmsError } from '../../../api/errors.ts'
import {
  concatBytes,
  equalConstantTime,
  fromHex,
  lengthPrefixed,
  toHex,
} from '../../crypto/bytes.ts'
import type { Random } from '../../ports.ts'

/** AWS's own text for it is not known. */
export const invalidGrantToken = (): KmsError =>
  new KmsError('InvalidGrantTokenException', 'A grant token is not valid.')

/** The keys that tokens are made with: one for each version of the domain key. */
export type GrantTokenKeys = {
  readonly current: { readonly version: number; readonly key: KeyObject }
  /** `undefined`: there is no such version. */
  byVersion(version: number): KeyObject | undefined
}

/** A grant, and the key that it is on: the row of the key, by its id. */
export type GrantName = { readonly keyRowId: string; readonly grantId: string }

const tokenVersion = 1
const grantIdBytes = 32
const nonceBytes = 12
const tagBytes = 16
const keyAt = 1 + 4 + grantIdBytes + nonceBytes

/**
 * Grant tokens: authenticated names of a grant, of which every call of CreateGrant gets a new one.
 * A token is no permission: whoever shows it has to be the grantee, and the grant has to exist.
 *
 * Version 1, base64url: version 1 | version of the domain key u32 | grant id 32 | random 12 |
 * row id of the key, ASCII | first 16 bytes of HMAC-SHA-256 over all that, length-prefixed after a
 * label.
 */
export const encodeGrantToken = (
  { keyRowId, grantId }: GrantName,
  keys: GrantTokenKeys,
  random: Random,
): string => {
  const { version, key } = keys.current
  const head = new Uint8Array(5)
  head[0] = tokenVersion
  new DataView(head.buffer).setUint32(1, version)
  const body = concatBytes(
    head,
    fromHex(grantId),
    random.bytes(nonceBytes),
    Buffer.from(keyRowId, 'ascii'),
  )
  return Buffer.from(concatBytes(body, tagOf(body, key))).toString('base64url')
}

/** The grant that a token names. Throws InvalidGrantTokenException. */
export const decodeGrantToken = (token: string, keys: GrantTokenKeys): GrantName => {
  const bytes = Buffer.from(token, 'base64url')
  // Buffer reads past what is no base64url; such a token is not one that was made here.
  if (bytes.length < keyAt + tagBytes || bytes.toString('base64url') !== token)
    throw invalidGrantToken()
  const body = bytes.subarray(0, bytes.length - tagBytes)
  const key = body[0] === tokenVersion ? keys.byVersion(body.readUInt32BE(1)) : undefined
  if (key === undefined) throw invalidGrantToken()
  if (!equalConstantTime(tagOf(body, key), bytes.subarray(body.length))) throw invalidGrantToken()
  return {
    grantId: toHex(body.subarray(5, 5 + grantIdBytes)),
    keyRowId: body.toString('ascii', keyAt),
  }
}

const tagOf = (body: Uint8Array, key: KeyObject): Uint8Array =>
  createHmac('sha256', key)
    .update(lengthPrefixed('keyhold/grant-token/v1', body))
    .digest()
    .subarray(0, tagBytes)
