import { KmsError } from '../../api/errors.ts'
import type { State } from '../state/state.ts'
import { isPresent } from './imported.ts'
import { type Key, type KeyRecord, keyRowId, multiRegionKeyType, regionsOf } from './key.ts'
import type { MaterialRecord } from './material.ts'
import { materialRowOf } from './material-row.ts'

/** Refuses a replica, where its primary has to be asked. */
export const requirePrimary = ({ arn, record }: Key): void => {
  if (multiRegionKeyType(record) === 'REPLICA') throw notPrimary(arn)
}

/** Refuses what is not the primary of a multi-Region key: keys of one Region too. */
export const requireMultiRegionPrimary = ({ arn, record }: Key): void => {
  if (multiRegionKeyType(record) !== 'PRIMARY') throw notPrimary(arn)
}

/** Recorded on AWS for ReplicateKey. */
const notPrimary = (arn: string): KmsError =>
  new KmsError('UnsupportedOperationException', `${arn} is not a multi-region primary key.`)

/**
 * The key in each of its Regions as it stands, the primary first: what they share is written to all
 * of them in one change.
 */
export const relatedKeys = (state: State, record: KeyRecord): Promise<readonly KeyRecord[]> =>
  Promise.all(
    regionsOf(record).map(async (region) => {
      const { account, keyId } = record
      const stored = await state.read('key', keyRowId({ region, account }, keyId))
      if (stored === undefined) throw new Error(`the key ${keyId} is missing in ${region}`)
      return stored.value as KeyRecord
    }),
  )

/** Whether imported material is there in every Region of a key. */
export const isImportedEverywhere = async (
  state: State,
  record: KeyRecord,
  materialId: string,
  nowMs: number,
): Promise<boolean> => {
  const found = await Promise.all(
    regionsOf(record).map((region) => state.read('material', materialRowOf(region, materialId))),
  )
  return found.every((row) => row !== undefined && isPresent(row.value as MaterialRecord, nowMs))
}
