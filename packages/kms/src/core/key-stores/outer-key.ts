import type { KeyRecord } from '../keys/key.ts'
import { keyRowId } from '../keys/key.ts'
import type { Place } from '../keys/arn.ts'
import type { Change } from '../state/change.ts'
import type { State } from '../state/state.ts'
import { keyStoreRowId } from './record.ts'

/** The key behind a KMS key of a custom key store: whose it is, and by which id. */
export type OuterKey = { readonly customKeyStoreId: string; readonly keyId: string }

/**
 * `undefined` for keys that have no other one behind them. A token knows the key that it made by the
 * id of the KMS key.
 */
export const outerKeyOf = ({
  customKeyStoreId,
  xksKeyId,
  keyId,
}: KeyRecord): OuterKey | undefined =>
  customKeyStoreId === undefined ? undefined : { customKeyStoreId, keyId: xksKeyId ?? keyId }

const table = 'key_store_key'

const rowIdOf = (place: Place, { customKeyStoreId, keyId }: OuterKey): string =>
  `${keyStoreRowId(place, customKeyStoreId)}/${keyId}`

/** Whether a KMS key of the store has it, or had it and awaits its deletion. */
export const isTaken = async (state: State, place: Place, outer: OuterKey): Promise<boolean> =>
  (await state.read(table, rowIdOf(place, outer))) !== undefined

/** A store has keys as long as such rows have it for their parent. */
export const putOuterKey = (change: Change, record: KeyRecord, outer: OuterKey): void => {
  const parent = keyStoreRowId(record, outer.customKeyStoreId)
  const key = keyRowId(record, record.keyId)
  change.put(table, rowIdOf(record, outer), { key }, { parent })
}

/** To be called when the KMS key is destroyed: another one may have its outer key then. */
export const removeOuterKey = (change: Change, record: KeyRecord): void => {
  const outer = outerKeyOf(record)
  if (outer !== undefined) change.remove(table, rowIdOf(record, outer))
}
