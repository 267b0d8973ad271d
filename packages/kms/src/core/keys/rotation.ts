import { KmsError } from '../../api/errors.ts'
import { newMaterialId } from '../crypto/material.ts'
import type { Clock, Random } from '../ports.ts'
import type { Hierarchy } from '../seal/hierarchy.ts'
import type { Change } from '../state/change.ts'
import type { State } from '../state/state.ts'
import { type KeyEvent, putEvent } from './background.ts'
import { isPresent, withMaterials } from './imported.ts'
import { type Key, keyOf, type KeyRecord, originNotValid } from './key.ts'
import { keySpecRow } from './key-spec.ts'
import { materialName, type MaterialRecord, wrapMaterial } from './material.ts'
import { relatedKeys } from './multi-region.ts'
import { materialsOf, putKeyRow, putMaterialRow } from './rows.ts'

export type RotationType = 'AUTOMATIC' | 'ON_DEMAND'

/** What the rotation of a key needs. */
export type RotationTools = {
  readonly state: State
  readonly hierarchy: Hierarchy
  readonly clock: Clock
  readonly random: Random
}

/** Refuses keys that have one material for life, and those whose material is kept elsewhere. */
export const requireRotatable = ({ record, arn }: Key): void => {
  if (keySpecRow(record.spec).material !== 'symmetric')
    throw new KmsError('UnsupportedOperationException')
  if (record.customKeyStoreId !== undefined) throw originNotValid(arn, record)
}

/**
 * Puts into the change that a key works with new material from now on, in all of its Regions, and
 * the events that say so. What was made here gets a new generation, an importer's key the one that
 * he has imported for it. The old generations stay, and decrypt. `record`: the primary's.
 */
export const rotateMaterial = async (
  tools: RotationTools,
  change: Change,
  record: KeyRecord,
  type: RotationType,
): Promise<void> => {
  const generations = await materialsOf(tools.state, keyOf(record))
  const rotation = { atMs: rotationTimeMs(tools.clock, generations), type }
  const current =
    record.origin === 'EXTERNAL'
      ? await promoteImported(tools, change, record, rotation)
      : await makeGeneration(tools, change, record, rotation)
  const noteEvent = (eventName: string, details: KeyEvent['details']): void => {
    const event = { eventName, eventTimeMs: rotation.atMs, details }
    putEvent(change, tools.random, record, event)
  }
  const { keyId, origin, currentMaterialId: previous = '' } = record
  noteEvent('RotateKey', {
    rotationType: type,
    keyOrigin: origin,
    previousKeyMaterialId: previous,
    currentKeyMaterialId: current,
    keyId,
  })
  if (record.regions !== undefined && record.regions.replicas.length > 0)
    noteEvent('SynchronizeMultiRegionKey', { keyId })
}

type Rotation = NonNullable<MaterialRecord['rotation']>

/** No two rotations of a key have the same time, so that their order is known. */
const rotationTimeMs = (clock: Clock, generations: readonly MaterialRecord[]): number =>
  Math.max(clock.nowMs(), ...generations.map(({ rotation }) => (rotation?.atMs ?? 0) + 1))

const makeGeneration = async (
  { state, hierarchy, random }: RotationTools,
  change: Change,
  record: KeyRecord,
  rotation: Rotation,
): Promise<string> => {
  const spec = keySpecRow(record.spec)
  if (spec.material !== 'symmetric') throw new TypeError('only symmetric material rotates')
  const id = newMaterialId(random)
  const bytes = random.bytes(spec.materialBytes)
  let current = ''
  try {
    for (const key of await relatedKeys(state, record)) {
      const name = materialName(key, key.keyId, key.spec, id)
      current = name.materialId
      putMaterialRow(change, { ...wrapMaterial(name, bytes, hierarchy, rotation.atMs), rotation })
      putKeyRow(change, { ...key, currentMaterialId: current })
    }
  } finally {
    bytes.fill(0)
  }
  return current
}

const promoteImported = async (
  { state, clock }: RotationTools,
  change: Change,
  record: KeyRecord,
  rotation: Rotation,
): Promise<string> => {
  const nowMs = clock.nowMs()
  const keys = await relatedKeys(state, record)
  let current: string | undefined
  for (const key of keys) {
    const generations = await materialsOf(state, keyOf(key))
    const pending = generations.find(
      (each) => each.isPending === true && isPresent(each, nowMs) && isSameAs(each, current),
    )
    if (pending === undefined) throw nothingPending(keyOf(record).arn)
    const { isPending: _, ...kept } = pending
    const promoted = { ...kept, rotation }
    current = promoted.materialId
    const others = generations.filter((each) => each !== pending)
    putMaterialRow(change, promoted)
    const rotated = { ...key, currentMaterialId: current }
    putKeyRow(change, withMaterials(rotated, [...others, promoted], nowMs))
  }
  if (current === undefined) throw new TypeError('a key has at least one Region')
  return current
}

/** In every Region of a key it has to be the same material. */
const isSameAs = ({ materialId }: MaterialRecord, wanted: string | undefined): boolean =>
  wanted === undefined || materialId === wanted

const nothingPending = (arn: string): KmsError =>
  new KmsError(
    'KMSInvalidStateException',
    `No available key material pending rotation for the key: ${arn}.`,
  )
