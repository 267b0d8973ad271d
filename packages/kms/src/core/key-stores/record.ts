import { toBase64, toHex, utf8 } from '../crypto/bytes.ts'
import { Secret } from '../crypto/secret.ts'
import type { Place } from '../keys/arn.ts'
import type { Random } from '../ports.ts'
import type { Hierarchy, SecretPlace } from '../seal/hierarchy.ts'

type Described = Place & {
  /** `cks-` and 17 hex digits. */
  readonly id: string
  readonly name: string
  readonly createdAtMs: number
  /** What its owner asked for last: that it is connected. Whether it is, no row says. */
  readonly isConnected: boolean
}

/** Where an external key store proxy answers, and as whom the service signs there. */
export type XksProxy = {
  readonly connectivity: 'PUBLIC_ENDPOINT'
  /** `https://` and a host name, without a port. */
  readonly endpoint: string
  /** `/kms/xks/v1`, with or without a prefix. */
  readonly path: string
  readonly accessKeyId: string
}

/** The token of a PKCS#11 module that the service's configuration names as if it were a cluster. */
export type HsmToken = {
  readonly clusterId: string
  /** PEM of the certificate that the token is known by. */
  readonly trustAnchor: string
}

/** The settings of a custom key store, all but its secret. */
export type KeyStoreSettings = Described &
  (
    | { readonly type: 'EXTERNAL_KEY_STORE'; readonly proxy: XksProxy }
    | { readonly type: 'AWS_CLOUDHSM'; readonly token: HsmToken }
  )

/**
 * What the store holds of a custom key store. `wrapped` is the raw secret access key of the proxy,
 * or the password of the token; no operation gives it back.
 */
export type KeyStoreRecord = KeyStoreSettings & { readonly wrapped: string }

export type KeyStoreType = KeyStoreRecord['type']

export const newKeyStoreId = (random: Random): string =>
  `cks-${toHex(random.bytes(9)).slice(0, 17)}`

const keyStoreIdForm = /^cks-[0-9a-f]{17}$/

/** Whether a store can have this id: any other text names none. */
export const isKeyStoreId = (text: string): boolean => keyStoreIdForm.test(text)

export const keyStoreRowId = ({ region, account }: Place, id: string): string =>
  `${region}/${account}/${id}`

const purposes = { EXTERNAL_KEY_STORE: 'sign', AWS_CLOUDHSM: 'login' } as const satisfies Record<
  KeyStoreType,
  string
>

const placeOf = (settings: KeyStoreSettings): SecretPlace => ({
  table: 'key_store',
  rowId: keyStoreRowId(settings, settings.id),
  account: settings.account,
  region: settings.region,
  keyId: settings.id,
  materialId: '',
  purpose: purposes[settings.type],
  spec: settings.type,
})

/** The record of a store with a new secret, wrapped. */
export const keyStoreRecord = (
  settings: KeyStoreSettings,
  secret: string,
  hierarchy: Hierarchy,
): KeyStoreRecord => {
  const bytes = utf8(secret)
  const wrapped = toBase64(hierarchy.wrap(placeOf(settings), bytes))
  bytes.fill(0)
  return { ...settings, wrapped }
}

/** The secret, which the caller disposes of. */
export const unwrapKeyStoreSecret = (record: KeyStoreRecord, hierarchy: Hierarchy): Secret =>
  new Secret(hierarchy.unwrap(placeOf(record), Buffer.from(record.wrapped, 'base64')))
