import type { KeyObject } from 'node:crypto'
import { concatBytes, equalConstantTime, toBase64, utf8 } from '../crypto/bytes.ts'
import { gcmDecrypt, gcmEncryptInto, gcmTagBytes, oneMessageIv } from '../crypto/gcm.ts'
import { deriveMessageKey } from '../crypto/kdf.ts'
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
  readonly policyArns?: readonly string[]
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

// Session token, version 1: where each part begins. docs/identities.md describes it.
const magic = 0x53
const format = 1
const versionAt = 2
const nonceAt = 6
const commitmentAt = 22
const ciphertextAt = 54

/** The most that a session may carry: with base64 it leaves room in a request head of 16 KiB. */
export const claimsBytesMax = 6144
const tokenBytesMax = ciphertextAt + claimsBytesMax + gcmTagBytes

const secretBytes = 30

/** A session's credential as its owner gets it. */
export type SealedSession = { readonly secretAccessKey: string; readonly sessionToken: string }

/**
 * Makes the token of a session, and the secret that goes with it: the token holds the claims,
 * encrypted and authenticated under a key of its own, for this access key id alone; the secret is
 * derived and stands nowhere. Throws RangeError if the claims are too long.
 */
export const sealSession = (
  sessionKey: { readonly version: number; readonly key: KeyObject },
  accessKeyId: string,
  claims: SessionClaims,
  random: Random,
): SealedSession => {
  const plaintext = utf8(JSON.stringify(claims))
  if (plaintext.length > claimsBytesMax) throw new RangeError('the session has too much to carry')
  const token = new Uint8Array(ciphertextAt + plaintext.length + gcmTagBytes)
  token.set([magic, format])
  new DataView(token.buffer).setUint32(versionAt, sessionKey.version)
  token.set(random.bytes(commitmentAt - nonceAt), nonceAt)
  const header = headerOf(token, accessKeyId)
  const derived = deriveMessageKey(sessionKey.key, 'keyhold/session/token/v1', header)
  token.set(derived.commitment, commitmentAt)
  gcmEncryptInto(token, ciphertextAt, derived.key, oneMessageIv, header, plaintext)
  derived.key.fill(0)
  const secret = secretOf(sessionKey.key, header)
  const secretAccessKey = Buffer.from(secret).toString('latin1')
  secret.fill(0)
  return { secretAccessKey, sessionToken: toBase64(token) }
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
  sessionToken: string,
): OpenedSession | undefined => {
  const token = decodeToken(sessionToken)
  if (token === undefined) return undefined
  const key = keyOf(new DataView(token.buffer, token.byteOffset).getUint32(versionAt))
  if (key === undefined) return undefined
  const header = headerOf(token, accessKeyId)
  const derived = deriveMessageKey(key, 'keyhold/session/token/v1', header)
  try {
    if (!equalConstantTime(token.subarray(commitmentAt, ciphertextAt), derived.commitment))
      return undefined
    const tagAt = token.length - gcmTagBytes
    const ciphertext = token.subarray(ciphertextAt, tagAt)
    const tag = token.subarray(tagAt)
    const plaintext = gcmDecrypt(derived.key, oneMessageIv, header, ciphertext, tag)
    if (plaintext === undefined) return undefined
    const claims = JSON.parse(new TextDecoder().decode(plaintext)) as SessionClaims
    return { claims, secret: secretOf(key, header) }
  } finally {
    derived.key.fill(0)
  }
}

const decodeToken = (sessionToken: string): Uint8Array | undefined => {
  if (sessionToken.length > Math.ceil(tokenBytesMax / 3) * 4) return undefined
  const token = new Uint8Array(Buffer.from(sessionToken, 'base64'))
  // One spelling only: what decodes to the same bytes would be the same token under another name.
  if (toBase64(token) !== sessionToken) return undefined
  if (token.length < ciphertextAt + gcmTagBytes) return undefined
  return token[0] === magic && token[1] === format ? token : undefined
}

/** What the derivations and the encryption are bound to: the token's head and whose it is. */
const headerOf = (token: Uint8Array, accessKeyId: string): Uint8Array =>
  concatBytes(token.subarray(0, commitmentAt), utf8(accessKeyId))

/** Forty characters, as clients expect of a secret. */
const secretOf = (key: KeyObject, header: Uint8Array): Uint8Array => {
  const derived = deriveMessageKey(key, 'keyhold/session/secret/v1', header)
  const base64 = Buffer.from(derived.key.subarray(0, secretBytes)).toString('base64')
  derived.key.fill(0)
  derived.commitment.fill(0)
  return new Uint8Array(Buffer.from(base64, 'latin1'))
}
