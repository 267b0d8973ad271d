import type { Caller } from '../core/access/decision.ts'
import { toBase64 } from '../core/crypto/bytes.ts'
import { Secret } from '../core/crypto/secret.ts'
import type { Random } from '../core/ports.ts'
import type { Hierarchy, SecretPlace } from '../core/seal/hierarchy.ts'
import { allValues } from '../core/state/all-values.ts'
import type { State } from '../core/state/state.ts'
import type { Credential } from './sigv4/verify.ts'

/** What the store holds of an access key. Its secret is wrapped, for a signature needs it in clear. */
export type AccessKeyRecord = {
  readonly accessKeyId: string
  readonly account: string
  readonly principalArn: string
  readonly wrapped: string
  readonly createdAtMs: number
}

/** A credential as its owner gets it, once. */
export type NewCredential = { readonly accessKeyId: string; readonly secretAccessKey: string }

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** An access key as AWS forms them: `AKIA` and 16 letters of base32, a secret of 40 characters. */
export const newCredential = (random: Random): NewCredential => {
  let accessKeyId = 'AKIA'
  for (const byte of random.bytes(16)) accessKeyId += letters.charAt(byte % 32)
  const secret = random.bytes(30)
  const secretAccessKey = toBase64(secret)
  secret.fill(0)
  return { accessKeyId, secretAccessKey }
}

const placeOf = (record: Pick<AccessKeyRecord, 'accessKeyId' | 'account'>): SecretPlace => ({
  table: 'access_key',
  rowId: record.accessKeyId,
  account: record.account,
  region: '',
  keyId: record.accessKeyId,
  materialId: '',
  purpose: 'sign',
  spec: '',
})

export const accessKeyRecord = (
  { accessKeyId, secretAccessKey }: NewCredential,
  owner: Pick<Caller, 'account' | 'arn'>,
  hierarchy: Hierarchy,
  nowMs: number,
): AccessKeyRecord => {
  const described = { accessKeyId, account: owner.account, principalArn: owner.arn }
  const secret = new TextEncoder().encode(secretAccessKey)
  const wrapped = toBase64(hierarchy.wrap(placeOf(described), secret))
  secret.fill(0)
  return { ...described, wrapped, createdAtMs: nowMs }
}

/** Every access key, ready to verify signatures. */
export const loadCredentials = async (
  state: State,
  hierarchy: Hierarchy,
): Promise<ReadonlyMap<string, Credential>> => {
  const credentials = new Map<string, Credential>()
  for await (const { value } of allValues(state, { table: 'access_key' })) {
    const record = value as AccessKeyRecord
    credentials.set(record.accessKeyId, {
      accessKeyId: record.accessKeyId,
      account: record.account,
      principalArn: record.principalArn,
      secret: new Secret(hierarchy.unwrap(placeOf(record), Buffer.from(record.wrapped, 'base64'))),
    })
  }
  return credentials
}
