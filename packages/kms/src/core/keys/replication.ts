import type { Hierarchy } from '../seal/hierarchy.ts'
import type { Change } from '../state/change.ts'
import type { State } from '../state/state.ts'
import { putRotation, removeRotation, rotationOf } from './automatic-rotation.ts'
import { withoutBytes } from './imported.ts'
import { keyOf, type KeyRecord, type KeyRegions, multiRegionKeyType } from './key.ts'
import { type MaterialRecord, unwrapMaterial, wrapMaterial } from './material.ts'
import { relatedKeys } from './multi-region.ts'
import { materialsOf, putKeyRow, putMaterialRow } from './rows.ts'

/** A replica as it is before anybody has said more about it: it shares id, spec, usage and origin. */
export const newReplica = (primary: KeyRecord, region: string, nowMs: number): KeyRecord => {
  const { account, keyId, spec, usage, origin, multiRegion, regions, currentMaterialId } = primary
  const isImported = origin === 'EXTERNAL'
  return {
    region,
    account,
    keyId,
    createdAtMs: nowMs,
    description: '',
    state: isImported ? 'PendingImport' : 'Enabled',
    spec,
    usage,
    origin,
    multiRegion,
    ...(regions && { regions: { ...regions, replicas: [...regions.replicas, region] } }),
    ...(currentMaterialId !== undefined && !isImported && { currentMaterialId }),
    tags: [],
  }
}

/**
 * Puts a replica into the change, with all material of the primary, and tells the key of it in all
 * of its Regions. Imported material does not come along: what there has to be is known, and waits to
 * be imported there too.
 */
export const putReplica = async (
  { state, hierarchy }: { readonly state: State; readonly hierarchy: Hierarchy },
  change: Change,
  primary: KeyRecord,
  replica: KeyRecord,
): Promise<void> => {
  const { regions, region } = replica
  if (regions === undefined) throw new TypeError('a replica is one of a multi-Region key')
  await putRegions(state, change, primary, regions)
  putKeyRow(change, replica)
  for (const material of await materialsOf(state, keyOf(primary)))
    putMaterialRow(change, materialIn(region, material, primary, hierarchy))
}

/** The same generation of material as it is kept in another Region. */
const materialIn = (
  region: string,
  material: MaterialRecord,
  { origin }: KeyRecord,
  hierarchy: Hierarchy,
): MaterialRecord => {
  if (origin === 'EXTERNAL') return withoutBytes({ ...material, region })
  const bytes = unwrapMaterial(material, hierarchy)
  if (bytes === undefined) throw new Error(`the material ${material.materialId} is missing`)
  try {
    const there = { ...material, region }
    const { wrapped } = wrapMaterial(there, bytes, hierarchy, material.createdAtMs)
    return { ...there, ...(wrapped !== undefined && { wrapped }) }
  } finally {
    bytes.fill(0)
  }
}

/** Tells a multi-Region key, in each of its Regions, where it is. */
const putRegions = async (
  state: State,
  change: Change,
  record: KeyRecord,
  regions: KeyRegions,
): Promise<void> => {
  for (const key of await relatedKeys(state, record)) putKeyRow(change, { ...key, regions })
}

/** Makes a replica the primary, and the primary a replica. The rotation of the key goes along. */
export const putPrimary = async (
  state: State,
  change: Change,
  primary: KeyRecord,
  replica: KeyRecord,
): Promise<void> => {
  const { region } = replica
  const replicas = (primary.regions?.replicas ?? []).map((each) =>
    each === region ? primary.region : each,
  )
  const regions = { primary: region, replicas }
  await putRegions(state, change, primary, regions)
  const rotation = await rotationOf(state, primary)
  if (rotation === undefined) return
  removeRotation(change, primary)
  putRotation(change, { ...replica, regions }, rotation)
}

const dayMs = 86_400_000

/**
 * A key is destroyed: if it is a replica, the others forget it, and a primary that has waited for
 * the last of them begins its own waiting period. `change` removes the replica itself.
 */
export const putWithoutReplica = async (
  state: State,
  change: Change,
  replica: KeyRecord,
  nowMs: number,
): Promise<void> => {
  if (replica.regions === undefined || multiRegionKeyType(replica) !== 'REPLICA') return
  const { primary, replicas } = replica.regions
  const regions = { primary, replicas: replicas.filter((each) => each !== replica.region) }
  for (const key of await relatedKeys(state, replica)) {
    if (key.region === replica.region) continue
    const isLast = key.region === primary && regions.replicas.length === 0
    putKeyRow(change, isLast ? afterReplicas({ ...key, regions }, nowMs) : { ...key, regions })
  }
}

const afterReplicas = (record: KeyRecord, nowMs: number): KeyRecord => {
  if (record.state !== 'PendingReplicaDeletion') return record
  const { pendingDays = 30, ...kept } = record
  return { ...kept, state: 'PendingDeletion', deletionAtMs: nowMs + pendingDays * dayMs }
}
