import type { GrantBook } from '../access/grants/grant-book.ts'
import { removeGrants } from '../access/grants/removal.ts'
import type { KeyStores } from '../key-stores/key-stores.ts'
import { removeOuterKey } from '../key-stores/outer-key.ts'
import type { TableName } from '../ports.ts'
import { workOffDue } from '../state/due.ts'
import { TamperError } from '../state/tamper-error.ts'
import type { State } from '../state/state.ts'
import { type Background, commitWithEvent } from './background.ts'
import type { KeyRecord } from './key.ts'
import type { KeyUseBook } from './key-uses.ts'
import { materialRowOf } from './material-row.ts'
import { putWithoutReplica } from './replication.ts'

/** What stays of a key after its material is gone, so that its id is never given out again. */
export type TombstoneRecord = {
  readonly region: string
  readonly account: string
  readonly keyId: string
  readonly deletedAtMs: number
}

export type Deletion = Background & {
  readonly grants: GrantBook
  readonly keyUses: KeyUseBook
  readonly keyStores: KeyStores
}

/**
 * Destroys every key whose waiting period has ended: its material is erased from the database files,
 * its aliases, policy and grants go with it, and the audit log says so. Resolves to how many there were. A
 * key that cannot be destroyed keeps no other one from it; rejects with the first such failure then.
 */
export const destroyDueKeys = (deletion: Deletion): Promise<number> =>
  workOffDue(deletion.state, 'key', deletion.clock, (id) => destroyKey(deletion, id))

const destroyKey = async (deletion: Deletion, rowId: string): Promise<boolean> => {
  const { state, grants, keyUses, keyStores, clock } = deletion
  // From the end of its waiting period on nobody finds the key, so that nobody can keep it.
  if (await isDue(deletion, rowId)) await removeGrants(state, grants, rowId)
  const written = await state.exclusive(async () => {
    const record = (await state.read('key', rowId))?.value as KeyRecord | undefined
    const nowMs = clock.nowMs()
    // The deletion may have been cancelled since the key was listed.
    if (record?.deletionAtMs === undefined || record.deletionAtMs > nowMs) return undefined
    const change = state.begin().remove('key', rowId).eraseMaterial()
    for (const { table, id } of await rowsOf(state, rowId, record)) change.remove(table, id)
    removeOuterKey(change, record)
    const { region, account, keyId } = record
    const tombstone: TombstoneRecord = { region, account, keyId, deletedAtMs: nowMs }
    change.put('tombstone', rowId, tombstone)
    await putWithoutReplica(state, change, record, nowMs)
    const recorded = await commitWithEvent(deletion, change, record, {
      eventTimeMs: nowMs,
      eventName: 'DeleteKey',
      details: { keyId },
    })
    keyUses.forget(rowId)
    return { ...recorded, record }
  })
  await written?.durable
  if (written !== undefined) await keyStores.destroyOuterKey(written.record)
  return written !== undefined
}

const isDue = async ({ state, clock }: Deletion, rowId: string): Promise<boolean> => {
  const record = (await state.read('key', rowId))?.value as KeyRecord | undefined
  return record?.deletionAtMs !== undefined && record.deletionAtMs <= clock.nowMs()
}

const childrenMax = 10_000

type RowName = { readonly table: TableName; readonly id: string }

/**
 * The rows that go with a key: the material that its authenticated record names, wherever that row
 * says it belongs, and whatever else is authentic. A row that is not stays, and is reported: it may
 * be another key's, moved here so that this deletion takes it along.
 */
const rowsOf = async (
  state: State,
  parent: string,
  record: KeyRecord,
): Promise<readonly RowName[]> => {
  const { region, currentMaterialId } = record
  const material = currentMaterialId && materialRowOf(region, currentMaterialId)
  const rows: RowName[] = material === undefined ? [] : [{ table: 'material', id: material }]
  for (const table of ['alias', 'key_policy', 'material', 'key_rotation', 'key_use'] as const)
    for (const id of await state.listIds({ table, parent, limit: childrenMax }))
      if (id !== material && (await isAuthentic(state, table, id))) rows.push({ table, id })
  return rows
}

const isAuthentic = async (state: State, table: TableName, id: string): Promise<boolean> => {
  try {
    await state.read(table, id)
    return true
  } catch (error) {
    if (error instanceof TamperError) return false
    throw error
  }
}
