import { arnOf } from '../expect.ts'
import type { Answer } from '../harness.ts'
import { awaitsDeletion, expiresAtMs, isComplete, type ModelKey } from './model.ts'
import type { Region } from './steps.ts'

/** What a service tells of a key in a Region; `undefined` where it does not exist. */
export type Observed = Readonly<Record<string, unknown>> | undefined

/** Times on the wire are in seconds. */
const seconds = (ms: number | undefined): number | undefined =>
  ms === undefined || ms === Infinity ? undefined : ms / 1000

const arns = (keyId: string, regions: readonly Region[]): readonly object[] =>
  regions.map((Region) => ({ Arn: arnOf(`key/${keyId}`, Region), Region }))

/** The members of DescribeKey that change in the life of a key. */
export const expectedMetadata = (key: ModelKey, region: Region): Observed => {
  const regional = key.regional.get(region)
  if (regional === undefined) return undefined
  const isExpiring = key.kind === 'imported' && isComplete(key)
  const validTo = isExpiring ? seconds(expiresAtMs(key)) : undefined
  const never = isExpiring ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : undefined
  return defined({
    KeyState: regional.state,
    Enabled: regional.state === 'Enabled',
    DeletionDate: seconds(regional.deletionAtMs),
    PendingDeletionWindowInDays: regional.pendingDays,
    CurrentKeyMaterialId: key.current?.id,
    ExpirationModel: validTo === undefined ? never : 'KEY_MATERIAL_EXPIRES',
    ValidTo: validTo,
    MultiRegionConfiguration:
      key.kind === 'multiRegion'
        ? {
            MultiRegionKeyType: key.primary === region ? 'PRIMARY' : 'REPLICA',
            PrimaryKey: arns(key.keyId, [key.primary])[0],
            ReplicaKeys: arns(key.keyId, [...key.replicas]).toSorted(byRegion),
          }
        : undefined,
  })
}

const changing = [
  'KeyState',
  'Enabled',
  'DeletionDate',
  'PendingDeletionWindowInDays',
  'CurrentKeyMaterialId',
  'ExpirationModel',
  'ValidTo',
]

export const observedMetadata = (metadata: Answer): Observed => {
  const regions = metadata['MultiRegionConfiguration'] as
    | { readonly ReplicaKeys: readonly object[] }
    | undefined
  return defined({
    ...Object.fromEntries(changing.map((name) => [name, metadata[name]])),
    MultiRegionConfiguration: regions && {
      ...regions,
      ReplicaKeys: regions.ReplicaKeys.toSorted(byRegion),
    },
  })
}

const byRegion = (left: { Region?: string }, right: { Region?: string }): number =>
  (left.Region ?? '') < (right.Region ?? '') ? -1 : 1

/** What GetKeyRotationStatus says of a key that is there. */
export const expectedStatus = (key: ModelKey, region: Region): Observed => {
  const regional = key.regional.get(region)
  if (regional === undefined) return undefined
  const rotation = awaitsDeletion(regional) ? undefined : key.rotation
  return defined({
    KeyId: arnOf(`key/${key.keyId}`, region),
    KeyRotationEnabled: rotation !== undefined,
    RotationPeriodInDays: rotation?.days,
    NextRotationDate: seconds(rotation?.nextAtMs),
  })
}

/** The material that ListKeyRotations tells of, the oldest first. */
export const expectedMaterial = (key: ModelKey): readonly object[] =>
  key.generations.map((generation) =>
    defined({
      KeyMaterialId: generation.id,
      RotationType: generation.rotation,
      KeyMaterialState: generation.isPending
        ? 'PENDING_ROTATION'
        : generation === key.current
          ? 'CURRENT'
          : 'NON_CURRENT',
      ImportState:
        key.kind !== 'imported' ? undefined : generation.isPresent ? 'IMPORTED' : 'PENDING_IMPORT',
    }),
  )

const told = ['KeyMaterialId', 'RotationType', 'KeyMaterialState', 'ImportState']

export const observedMaterial = (rotations: readonly Answer[]): readonly object[] =>
  rotations.map((entry) => defined(Object.fromEntries(told.map((name) => [name, entry[name]]))))

const defined = (members: Answer): Answer =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
