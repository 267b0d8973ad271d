import type { KeyObject } from 'node:crypto'
import { toBase64, utf8 } from '../crypto/bytes.ts'
import { deriveMessageKey } from '../crypto/kdf.ts'
import { openToken, sealToken, type TokenKey, tokenOverheadBytes } from '../crypto/sealed-token.ts'
import type { Tags } from '../keys/tags.ts'
import type { Random } from '../ports.ts'

/** Whom a session speaks for, and within which limits; all that there is of it is its token. */
export type SessionClaims = {
  readonly account: string
  /** `root` and `user`: made by GetSessionToken. `role`: an assumed role. */
  readonly kind: 'root' | 'user' | 'role'
  /** Unique id of the user or role; the account's number for its root. */
  readonly principalId: string
  /** The long-term key that GetSessionToken was signed with: the session ends with it. */
  readonly madeBy?: string
  /** Name of a role's session. */
  readonly name?: string
  readonly issuedAtMs: number
  readonly expiresAtMs: number
  /** Session policies: they can only take away. */
  readonly policy?: string
  /** Of managed ones, their unique ids: a later one of the same name is another. */
  readonly policyIds?: readonly string[]
  readonly tags?: Tags
  /** Lower-case keys of the tags that later sessions get as well. */
  readonly transitiveTagKeys?: readonly string[]
  readonly sourceIdentity?: string
  readonly webIdentity?: {
    readonly provider: string
    readonly subject: string
    readonly audience: string
  }
}

/** docs/identities.md describes it. */
const sessionToken = { magic: 0x53, label: 'keyhold/session/token/v1' } as const

/** The most that a session may carry: with base64 it leaves room in a request head of 16 KiB. */
export const claimsBytesMax = 6144
const tokenBytesMax = claimsBytesMax + tokenOverheadBytes

const secretBytes = 30

/** A session's credential as its owner gets it. */
export type SealedSession = { readonly secretAccessKey: string; readonly sessionToken: string }

/**
 * Makes the token of a session, and the secret that goes with it: the token holds the claims,
 * encrypted and authenticated under a key of its own, for this access key id alone; the secret is
 * derived and stands nowhere. Throws RangeError if the claims are too long.
 */
export const sealSession = (
  sessionKey: TokenKey,
  accessKeyId: string,
  claims: SessionClaims,
  random: Random,
): SealedSession => {
  const plaintext = utf8(JSON.stringify(claims))
  if (plaintext.length > claimsBytesMax) throw new RangeError('the session has too much to carry')
  const sealed = sealToken(sessionToken, sessionKey, utf8(accessKeyId), plaintext, random)
  const secret = secretOf(sessionKey.key, sealed.head)
  const secretAccessKey = Buffer.from(secret).toString('latin1')
  secret.fill(0)
  return { secretAccessKey, sessionToken: toBase64(sealed.token) }
}

/** A token that is genuine; whether it is still good is for its claims to say. */
export type OpenedSession = { readonly claims: SessionClaims; readonly secret: Uint8Array }

/**
 * What a token says, and the secret of its access key in a buffer of its own; `undefined` if it is
 * not a token of this service for this access key, to the last bit.
 */
export const openSession = (
  keyOf: (version: number) => KeyObject | undefined,
  accessKeyId: string,
  token: string,
): OpenedSession | undefined => {
  const bytes = decodeToken(token)
  const opened = bytes && openToken(sessionToken, keyOf, utf8(accessKeyId), bytes)
  if (opened === undefined) return undefined
  const claims = JSON.parse(new TextDecoder().decode(opened.plaintext)) as SessionClaims
  return { claims, secret: secretOf(opened.key, opened.head) }
}

const decodeToken = (text: string): Uint8Array | undefined => {
  if (text.length > Math.ceil(tokenBytesMax / 3) * 4) return undefined
  const token = new Uint8Array(Buffer.from(text, 'base64'))
  // One spelling only: what decodes to the same bytes would be the same token under another name.
  return toBase64(token) === text ? token : undefined
}

/** Forty characters, as clients expect of a secret. */
const secretOf = (key: KeyObject, head: Uint8Array): Uint8Array => {
  const derived = deriveMessageKey(key, 'keyhold/session/secret/v1', head)
  const base64 = Buffer.from(derived.key.subarray(0, secretBytes)).toString('base64')
  derived.key.fill(0)
  derived.commitment.fill(0)
  return new Uint8Array(Buffer.from(base64, 'latin1'))
}
