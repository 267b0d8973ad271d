import type { Change } from '../state/change.ts'
import { workOffDue } from '../state/due.ts'
import type { State } from '../state/state.ts'
import { type Background, commitEvents } from './background.ts'
import { type KeyRecord, keyRowId, multiRegionKeyType } from './key.ts'
import { rotateMaterial, type RotationTools } from './rotation.ts'

/** How often the material of a key is rotated by itself. The row is there while that is on. */
export type RotationRecord = { readonly periodDays: number; readonly nextAtMs: number }

const table = 'key_rotation'
const dayMs = 86_400_000

/** Rotation is a property of all of a multi-Region key, and kept where its primary is. */
export const rotationRowId = ({ region, regions, account, keyId }: KeyRecord): string =>
  keyRowId({ region: regions?.primary ?? region, account }, keyId)

/** The automatic rotation of a key; `undefined` while it is off. */
export const rotationOf = async (
  state: State,
  record: KeyRecord,
): Promise<RotationRecord | undefined> =>
  (await state.read(table, rotationRowId(record)))?.value as RotationRecord | undefined

/** `nowMs`: rotation is switched on, or gets another period, from now on. */
export const newRotation = (periodDays: number, nowMs: number): RotationRecord => ({
  periodDays,
  nextAtMs: nowMs + periodDays * dayMs,
})

/**
 * Writes the rotation of a key. It falls due only while the key is enabled: `record` is that of the
 * primary.
 */
export const putRotation = (change: Change, record: KeyRecord, rotation: RotationRecord): void => {
  const due = record.state === 'Enabled' ? { dueAtMs: rotation.nextAtMs } : {}
  const id = rotationRowId(record)
  change.put(table, id, rotation, { parent: id, ...due })
}

export const removeRotation = (change: Change, record: KeyRecord): void => {
  change.remove(table, rotationRowId(record))
}

/**
 * Lets the rotation of a key fall due again, now that a change enables the key; what fell due while
 * it was disabled comes at once. `record`: as the key was before.
 */
export const resumeRotation = async (
  state: State,
  change: Change,
  record: KeyRecord,
): Promise<void> => {
  if (change.isEmpty || multiRegionKeyType(record) === 'REPLICA') return
  const rotation = await rotationOf(state, record)
  if (rotation !== undefined) putRotation(change, { ...record, state: 'Enabled' }, rotation)
}

/**
 * Rotates every key that has fallen due. Resolves to how many there were. A key that cannot be
 * rotated keeps no other one from it; rejects with the first such failure then.
 */
export const rotateDueKeys = (background: Background & RotationTools): Promise<number> =>
  workOffDue(background.state, table, background.clock, (id) => rotateDue(background, id))

const rotateDue = async (
  background: Background & RotationTools,
  rowId: string,
): Promise<boolean> => {
  const { state, clock } = background
  const written = await state.exclusive(async () => {
    const rotation = (await state.read(table, rowId))?.value as RotationRecord | undefined
    const nowMs = clock.nowMs()
    // It may have been switched off, or put off, since it was listed.
    if (rotation === undefined || rotation.nextAtMs > nowMs) return undefined
    const record = (await state.read('key', rowId))?.value as KeyRecord | undefined
    if (record === undefined) throw new Error(`the key of the rotation ${rowId} is missing`)
    const change = state.begin()
    if (record.state !== 'Enabled') {
      // It waits, due no more, until the key is enabled again.
      putRotation(change, record, rotation)
      await state.commit(change)
      return undefined
    }
    await rotateMaterial(background, change, record, 'AUTOMATIC')
    putRotation(change, record, following(rotation, nowMs))
    return commitEvents(background, change)
  })
  await written?.durable
  return written !== undefined
}

/**
 * The schedule goes on as it was; a key that was disabled when it fell due, and one whose service
 * was down, begin anew with the rotation that they get late.
 */
const following = ({ periodDays, nextAtMs }: RotationRecord, nowMs: number): RotationRecord =>
  newRotation(periodDays, nowMs - nextAtMs < dayMs ? nextAtMs : nowMs)
