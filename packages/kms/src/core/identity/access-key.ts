import { toBase64 } from '../crypto/bytes.ts'
import { Secret } from '../crypto/secret.ts'
import type { Random } from '../ports.ts'
import type { Hierarchy, SecretPlace } from '../seal/hierarchy.ts'
import { randomLetters } from './records.ts'

/** What the store holds of an access key. Its secret is wrapped, for a signature needs it in clear. */
export type AccessKeyRecord = {
  readonly accessKeyId: string
  readonly account: string
  /** Whose it is; absent: the root's. The row's parent. */
  readonly userId?: string
  readonly isInactive?: boolean
  readonly wrapped: string
  readonly createdAtMs: number
}

/** A credential as its owner gets it, once. */
export type NewCredential = { readonly accessKeyId: string; readonly secretAccessKey: string }

/**
 * An access key as AWS forms them: `AKIA` and 16 letters of base32. The secret has 44 characters, 4
 * more than AWS's, so that the key can also be what an external key store signs with, 43 at least.
 */
export const newCredential = (random: Random): NewCredential => {
  const secret = random.bytes(33)
  const secretAccessKey = toBase64(secret)
  secret.fill(0)
  return { accessKeyId: `AKIA${randomLetters(random, 16)}`, secretAccessKey }
}

/** Whether it has the form of what `newCredential` makes, which no session's has. */
export const isAccessKeyId = (text: string): boolean => /^AKIA[A-Z2-7]{16}$/.test(text)
export const isSecretAccessKey = (text: string): boolean => /^[A-Za-z0-9+/]{40,64}$/.test(text)

export const newSessionKeyId = (random: Random): string => `ASIA${randomLetters(random, 16)}`

type Described = Pick<AccessKeyRecord, 'accessKeyId' | 'account'>

const placeOf = ({ accessKeyId, account }: Described): SecretPlace => ({
  table: 'access_key',
  rowId: accessKeyId,
  account,
  region: '',
  keyId: accessKeyId,
  materialId: '',
  purpose: 'sign',
  spec: '',
})

export const accessKeyRecord = (
  { accessKeyId, secretAccessKey }: NewCredential,
  owner: { readonly account: string; readonly userId?: string },
  hierarchy: Hierarchy,
  nowMs: number,
): AccessKeyRecord => {
  const described = { accessKeyId, account: owner.account }
  const secret = new TextEncoder().encode(secretAccessKey)
  const wrapped = toBase64(hierarchy.wrap(placeOf(described), secret))
  secret.fill(0)
  return {
    ...described,
    ...(owner.userId === undefined ? {} : { userId: owner.userId }),
    wrapped,
    createdAtMs: nowMs,
  }
}

export const unwrapAccessKey = (record: AccessKeyRecord, hierarchy: Hierarchy): Secret =>
  new Secret(hierarchy.unwrap(placeOf(record), Buffer.from(record.wrapped, 'base64')))
