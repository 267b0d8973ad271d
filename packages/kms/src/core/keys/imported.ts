import type { Change } from '../state/change.ts'
import { type KeyRecord, multiRegionKeyType, regionsOf } from './key.ts'
import type { MaterialRecord } from './material.ts'
import { materialRowOf } from './material-row.ts'
import { putKeyRow, putMaterialRow } from './rows.ts'

// What keys of origin EXTERNAL are without their material, and with it again. `expiration` of such a
// key is there exactly while all of its material is; material that waits for its rotation is not yet
// the key's, so that it may come and go.
//
// Every Region of a multi-Region key has a row for each material that its primary ever got, with
// `wrapped` only where it was imported as well: replicas take no other.

/** The key once any of its material is gone: nothing works until all of it is back. */
export const lackingMaterial = (record: KeyRecord): KeyRecord => {
  const { expiration: _, ...kept } = record
  const isInUse = kept.state === 'Enabled' || kept.state === 'Disabled'
  // What awaits its deletion goes on to do so.
  return isInUse ? { ...kept, state: 'PendingImport' } : kept
}

/** Whether material has to be imported before the key can be used, whatever else is in the way. */
export const lacksMaterial = ({ origin, expiration }: KeyRecord): boolean =>
  origin === 'EXTERNAL' && expiration === undefined

/** The state of a key once its deletion is cancelled: it has to be enabled anew, if it can be. */
export const stateWithoutDeletion = (record: KeyRecord): 'Disabled' | 'PendingImport' =>
  lacksMaterial(record) ? 'PendingImport' : 'Disabled'

/** Whether the bytes of imported material are there, and may be used. */
export const isPresent = ({ wrapped, imported }: MaterialRecord, nowMs: number): boolean =>
  wrapped !== undefined && (imported?.validToMs ?? Infinity) > nowMs

/**
 * The key with these generations of material, as they are after an import or a rotation: it works if
 * all that are its own are there, until the first of them expires.
 */
export const withMaterials = (
  record: KeyRecord,
  generations: readonly MaterialRecord[],
  nowMs: number,
): KeyRecord => {
  const own = generations.filter(({ isPending }) => isPending !== true)
  if (!own.every((each) => isPresent(each, nowMs))) return lackingMaterial(record)
  const validToMs = Math.min(...own.map(({ imported }) => imported?.validToMs ?? Infinity))
  return {
    ...record,
    state: record.state === 'PendingImport' ? 'Enabled' : record.state,
    expiration: validToMs === Infinity ? {} : { validToMs },
  }
}

/**
 * Deletes the bytes of imported material, for its owner or because it has expired, and erases them
 * from the files. Its row stays, so that it is recognised when it is imported again; material that
 * only waited for its rotation is forgotten.
 */
export const dropMaterial = (change: Change, record: KeyRecord, material: MaterialRecord): void => {
  change.eraseMaterial()
  if (material.isPending === true && multiRegionKeyType(record) !== 'REPLICA') {
    for (const region of regionsOf(record))
      change.remove('material', materialRowOf(region, material.materialId))
    return
  }
  putMaterialRow(change, withoutBytes(material))
  if (material.isPending !== true) putKeyRow(change, lackingMaterial(record))
}

/** What is known of material where it is not: all but its bytes, and how long they would last. */
export const withoutBytes = (material: MaterialRecord): MaterialRecord => {
  const { wrapped: _, imported, ...kept } = material
  const { description } = imported ?? {}
  return { ...kept, imported: description === undefined ? {} : { description } }
}

/** The material that works, of a key that has some: the newest that does not wait. */
export const currentOf = (generations: readonly MaterialRecord[]): MaterialRecord | undefined =>
  generations
    .filter(({ isPending }) => isPending !== true)
    .toSorted((left, right) => (left.rotation?.atMs ?? 0) - (right.rotation?.atMs ?? 0))
    .at(-1)
