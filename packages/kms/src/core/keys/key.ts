import { KmsError } from '../../api/errors.ts'
import type { originShape } from '../../api/members.ts'
import { keyArn, type Place } from './arn.ts'
import { keySpecRow, type KeySpecName, type KeyUsage } from './key-spec.ts'
import type { StoredKeyState } from './key-state.ts'
import { materialRowOf } from './material-row.ts'

export type KeyOrigin = (typeof originShape.values)[number]

/** What the store holds of a key. Its material and its policy have rows of their own. */
export type KeyRecord = {
  readonly region: string
  readonly account: string
  readonly keyId: string
  readonly createdAtMs: number
  readonly description: string
  readonly state: StoredKeyState
  /** When the material is destroyed; only while PendingDeletion. */
  readonly deletionAtMs?: number
  /** How long it waits once its replicas are gone; only while PendingReplicaDeletion. */
  readonly pendingDays?: number
  readonly spec: KeySpecName
  readonly usage: KeyUsage
  readonly origin: KeyOrigin
  readonly multiRegion: boolean
  /** Of a multi-Region key: where all of it is; the same in each of its Regions. */
  readonly regions?: KeyRegions
  /** Hex, 64 digits: the material that works now; absent until some was imported. */
  readonly currentMaterialId?: string
  /** Of imported material that is there; `validToMs` only where it expires. */
  readonly expiration?: { readonly validToMs?: number }
  /** The custom key store that holds the key, and its id there. */
  readonly customKeyStoreId?: string
  readonly xksKeyId?: string
  /** Key and value, in the order in which they were first set. */
  readonly tags: readonly (readonly [key: string, value: string])[]
}

/** The Region of the primary of a multi-Region key, and those of its replicas. */
export type KeyRegions = { readonly primary: string; readonly replicas: readonly string[] }

/** A key as the directory hands it out: its record, and what is derived from it once. */
export type Key = {
  readonly rowId: string
  readonly arn: string
  /** The row of the material that works now, of a key that has some. */
  readonly materialRowId: string
  readonly record: KeyRecord
}

export const keyRowId = (place: Place, keyId: string): string =>
  `${place.region}/${place.account}/${keyId}`

export const keyOf = (record: KeyRecord): Key => ({
  rowId: keyRowId(record, record.keyId),
  arn: keyArn(record, record.keyId),
  materialRowId: materialRowOf(record.region, record.currentMaterialId ?? ''),
  record,
})

/** Which of the two a multi-Region key is; `undefined` for one of a single Region. */
export const multiRegionKeyType = ({
  region,
  regions,
}: KeyRecord): 'PRIMARY' | 'REPLICA' | undefined =>
  regions && (regions.primary === region ? 'PRIMARY' : 'REPLICA')

/** The Regions of a key, its primary's first. */
export const regionsOf = ({ region, regions }: KeyRecord): readonly string[] =>
  regions === undefined ? [region] : [regions.primary, ...regions.replicas]

/** Refuses a key whose usage is not the one that the operation works with. */
export const requireUsage = (usage: string, key: Key, operation: string): void => {
  if (key.record.usage === usage) return
  throw new KmsError(
    'InvalidKeyUsageException',
    `${key.arn} key usage is ${key.record.usage} which is not valid for ${operation}.`,
  )
}

/** Refuses a key whose material comes from elsewhere than the operation works with. */
export const requireOrigin = (origin: KeyOrigin, { arn, record }: Key): void => {
  if (record.origin !== origin) throw originNotValid(arn, record)
}

/** AWS's text for an operation that is not for material of this origin. */
export const originNotValid = (arn: string, { origin }: KeyRecord): KmsError =>
  new KmsError(
    'UnsupportedOperationException',
    `${arn} origin is ${origin} which is not valid for this operation.`,
  )

/** Refuses an algorithm that keys of this spec and usage do not work with. */
export const requireAlgorithm = <A extends string>({ record }: Key, algorithm: A): A => {
  const algorithms: readonly string[] = keySpecRow(record.spec).algorithms[record.usage] ?? []
  if (algorithms.includes(algorithm)) return algorithm
  throw new KmsError(
    'InvalidKeyUsageException',
    `Algorithm ${algorithm} is incompatible with key spec ${record.spec}.`,
  )
}
