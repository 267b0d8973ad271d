import { type Background, commitWithEvent } from '../keys/background.ts'
import { type KeyRecord, keyRowId } from '../keys/key.ts'
import { dropMaterial } from '../keys/imported.ts'
import type { MaterialRecord } from '../keys/material.ts'
import { workOffDue } from '../state/due.ts'

/**
 * Erases all imported material that has expired from the database files; its keys wait for it to be
 * imported again, and the audit log says so. Resolves to how many there were.
 */
export const eraseExpiredMaterial = (background: Background): Promise<number> =>
  workOffDue(background.state, 'material', background.clock, (id) => eraseExpired(background, id))

const eraseExpired = async (background: Background, rowId: string): Promise<boolean> => {
  const { state, clock } = background
  const written = await state.exclusive(async () => {
    const material = (await state.read('material', rowId))?.value as MaterialRecord | undefined
    const nowMs = clock.nowMs()
    // It may have been imported anew, or deleted, since it was listed.
    if (material?.wrapped === undefined || !hasExpired(material, nowMs)) return undefined
    const { keyId, materialId } = material
    const stored = await state.read('key', keyRowId(material, keyId))
    if (stored === undefined) throw new Error(`the key of the material ${rowId} is missing`)
    const record = stored.value as KeyRecord
    const change = state.begin()
    dropMaterial(change, record, material)
    return commitWithEvent(background, change, record, {
      eventTimeMs: nowMs,
      eventName: 'DeleteExpiredKeyMaterial',
      details: { keyId, keyMaterialId: materialId },
    })
  })
  await written?.durable
  return written !== undefined
}

const hasExpired = ({ imported }: MaterialRecord, nowMs: number): boolean =>
  imported?.validToMs !== undefined && imported.validToMs <= nowMs
