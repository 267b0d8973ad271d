import { KmsError } from '../../api/errors.ts'
import type { Output } from '../../api/operations.ts'
import {
  newRotation,
  putRotation,
  removeRotation,
  rotationOf,
} from '../../core/keys/automatic-rotation.ts'
import { isPresent } from '../../core/keys/imported.ts'
import { type Key, originNotValid } from '../../core/keys/key.ts'
import type { MaterialRecord } from '../../core/keys/material.ts'
import { isImportedEverywhere, requirePrimary } from '../../core/keys/multi-region.ts'
import { requireRotatable, rotateMaterial } from '../../core/keys/rotation.ts'
import { materialsOf } from '../../core/keys/rows.ts'
import { type Call, type Family, targetKey } from '../call.ts'
import { pageOfList } from '../paging.ts'

const periodDaysDefault = 365
const listRotationsRule = { limitDefault: 100, limitMax: 1000 }

export const rotationHandlers: Family<
  | 'EnableKeyRotation'
  | 'DisableKeyRotation'
  | 'GetKeyRotationStatus'
  | 'RotateKeyOnDemand'
  | 'ListKeyRotations'
> = {
  async EnableKeyRotation(input, call) {
    const { record } = requireAutomatic(targetKey(call))
    const periodDays = input.RotationPeriodInDays ?? periodDaysDefault
    const known = await rotationOf(call.state, record)
    // Asked for what is so already, the schedule stays as it is.
    if (known?.periodDays !== periodDays)
      putRotation(call.change, record, newRotation(periodDays, call.clock.nowMs()))
  },

  async DisableKeyRotation(_input, call) {
    const { record } = requireAutomatic(targetKey(call))
    if ((await rotationOf(call.state, record)) !== undefined) removeRotation(call.change, record)
  },

  async GetKeyRotationStatus(_input, call) {
    const { record, arn } = targetKey(call)
    if (record.customKeyStoreId !== undefined) throw originNotValid(arn, record)
    const awaitsDeletion =
      record.state === 'PendingDeletion' || record.state === 'PendingReplicaDeletion'
    const rotation = awaitsDeletion ? undefined : await rotationOf(call.state, record)
    return {
      KeyRotationEnabled: rotation !== undefined,
      KeyId: arn,
      RotationPeriodInDays: rotation?.periodDays,
      NextRotationDate: rotation?.nextAtMs,
    }
  },

  async RotateKeyOnDemand(_input, call) {
    const key = targetKey(call)
    requireRotatable(key)
    requirePrimary(key)
    const onDemand = (await materialsOf(call.state, key)).filter(
      ({ rotation }) => rotation?.type === 'ON_DEMAND',
    )
    if (onDemand.length >= call.quotas.onDemandRotationsPerKey) throw tooManyRotations(key.arn)
    await rotateMaterial(call, call.change, key.record, 'ON_DEMAND')
    return { KeyId: key.arn }
  },

  async ListKeyRotations(input, call) {
    const key = targetKey(call)
    requireRotatable(key)
    const all = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL'
    const generations = (await materialsOf(call.state, key))
      .filter(({ rotation }) => all || rotation !== undefined)
      .sort((left, right) => placeOf(left) - placeOf(right))
    const filter = `${key.rowId} ${String(all)}`
    const page = pageOfList(
      call,
      'ListKeyRotations',
      filter,
      input,
      listRotationsRule,
      generations,
      ({ materialId }) => materialId,
    )
    const entries = page.items.map((each) => rotationEntry(call, key, each))
    return { ...page, Rotations: await Promise.all(entries) }
  },
}

/** AWS rotates what it made itself, and what its owner imported only when he says so. */
const requireAutomatic = (key: Key): Key => {
  if (key.record.origin === 'EXTERNAL') throw originNotValid(key.arn, key.record)
  requireRotatable(key)
  requirePrimary(key)
  return key
}

const tooManyRotations = (arn: string): KmsError =>
  new KmsError(
    'LimitExceededException',
    'The on-demand rotations limit has been reached for the given keyId. ' +
      `No more on-demand rotations can be performed for this key: ${arn}`,
  )

/** The first material, then the others as they came into use, then what waits. */
const placeOf = ({ rotation, isPending }: MaterialRecord): number =>
  isPending === true ? Number.MAX_SAFE_INTEGER : (rotation?.atMs ?? 0)

type RotationEntry = Output<'ListKeyRotations'>['Rotations'][number]
type ImportMembers = Pick<
  RotationEntry,
  'KeyMaterialDescription' | 'ImportState' | 'ExpirationModel' | 'ValidTo'
>

const rotationEntry = async (
  call: Call,
  key: Key,
  material: MaterialRecord,
): Promise<RotationEntry> => ({
  KeyId: key.record.keyId,
  KeyMaterialId: material.materialId,
  ...(key.record.origin === 'EXTERNAL' && importMembers(material, call.clock.nowMs())),
  KeyMaterialState: await materialState(call, key, material),
  RotationDate: material.rotation?.atMs,
  RotationType: material.rotation?.type,
})

const importMembers = (material: MaterialRecord, nowMs: number): ImportMembers => {
  const { description, validToMs } = material.imported ?? {}
  if (!isPresent(material, nowMs))
    return { KeyMaterialDescription: description, ImportState: 'PENDING_IMPORT' }
  return {
    KeyMaterialDescription: description,
    ImportState: 'IMPORTED',
    ExpirationModel:
      validToMs === undefined ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES',
    ValidTo: validToMs,
  }
}

const materialState = async (
  call: Call,
  { record }: Key,
  { materialId, isPending }: MaterialRecord,
): Promise<RotationEntry['KeyMaterialState']> => {
  if (isPending !== true) return materialId === record.currentMaterialId ? 'CURRENT' : 'NON_CURRENT'
  return (await isImportedEverywhere(call.state, record, materialId, call.clock.nowMs()))
    ? 'PENDING_ROTATION'
    : 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
}
