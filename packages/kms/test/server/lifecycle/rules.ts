import assert from 'node:assert/strict'
import type { ErrorCode } from '../../../src/api/errors.ts'
import { type ModelKey, onDemandRotationsPerKey, refusal, settleImported } from './model.ts'
import type { Region, StepOf } from './steps.ts'

/** Whether another Region has the primary. */
export const isReplica = (key: ModelKey, region: Region): boolean => key.primary !== region

/** Why the automatic rotation of a key cannot be switched. */
export const automaticRefusal = (key: ModelKey, region: Region): ErrorCode | undefined =>
  refusal(key, region, 'rotation') ??
  (key.kind === 'imported' || isReplica(key, region) ? 'UnsupportedOperationException' : undefined)

/** Why a key cannot be rotated on demand. */
export const rotationRefusal = (key: ModelKey, region: Region): ErrorCode | undefined => {
  const inState = refusal(key, region, 'prepare')
  if (inState !== undefined) return inState
  if (isReplica(key, region)) return 'UnsupportedOperationException'
  const onDemand = key.generations.filter(({ rotation }) => rotation === 'ON_DEMAND')
  if (onDemand.length >= onDemandRotationsPerKey) return 'LimitExceededException'
  const isReady = key.kind !== 'imported' || key.generations.some(({ isPending }) => isPending)
  return isReady ? undefined : 'KMSInvalidStateException'
}

/** Why material is not taken. */
export const importRefusal = (
  key: ModelKey,
  { secret, type, at }: StepOf<'import'>,
): ErrorCode | undefined => {
  const inState = refusal(key, at.region, 'change')
  if (inState !== undefined) return inState
  const isKnown = key.generations.some((each) => each.secret === secret)
  const isNew = (type ?? (key.generations.length === 0 ? 'NEW' : 'EXISTING')).startsWith('NEW')
  if (isNew === isKnown) return 'IncorrectKeyMaterialException'
  const waits = isNew && key.generations.some(({ isPending }) => isPending)
  return waits ? 'KMSInvalidStateException' : undefined
}

/** Material has come in, and is recognised if it was there before. */
export const takeImport = (key: ModelKey, secret: number, validToMs: number, id: string): void => {
  const known = key.generations.find((each) => each.secret === secret)
  const isPending = known?.isPending ?? key.generations.length > 0
  if (known !== undefined) assert.equal(id, known.id, 'the same material has the same id')
  const made = known ?? { id, secret, isPresent: true, isPending, validToMs }
  if (known === undefined) key.generations.push(made)
  Object.assign(made, { isPresent: true, validToMs })
  if (isPending) return
  key.current ??= made
  settleImported(key)
}

/** Why a key is not the primary that an operation needs. */
export const primaryRefusal = (key: ModelKey, region: Region): ErrorCode | undefined => {
  if (!key.regional.has(region)) return 'NotFoundException'
  const isPrimary = key.kind === 'multiRegion' && key.primary === region
  return isPrimary ? undefined : 'UnsupportedOperationException'
}
