import type { Change } from '../state/change.ts'
import type { State } from '../state/state.ts'
import { type Key, type KeyRecord, keyRowId } from './key.ts'
import type { MaterialRecord } from './material.ts'
import { materialRowOf } from './material-row.ts'

/** Writes a key's record; its row falls due when its waiting period ends. */
export const putKeyRow = (change: Change, record: KeyRecord): void => {
  const due = record.deletionAtMs === undefined ? {} : { dueAtMs: record.deletionAtMs }
  change.put('key', keyRowId(record, record.keyId), record, due)
}

/** Writes a generation of a key's material; its row falls due when it expires. */
export const putMaterialRow = (change: Change, material: MaterialRecord): void => {
  const { region, materialId, keyId, imported, wrapped } = material
  const validToMs = wrapped === undefined ? undefined : imported?.validToMs
  const due = validToMs === undefined ? {} : { dueAtMs: validToMs }
  change.put('material', materialRowOf(region, materialId), material, {
    parent: keyRowId(material, keyId),
    ...due,
  })
}

/** More generations than a key can have: it rotates on demand 25 times, else at most once in 90 days. */
const generationsMax = 1000

/** All generations of a key's material, in no order that means anything. */
export const materialsOf = async (
  state: State,
  { rowId }: Key,
): Promise<readonly MaterialRecord[]> =>
  (await state.list({ table: 'material', parent: rowId, limit: generationsMax })).map(
    ({ value }) => value as MaterialRecord,
  )
