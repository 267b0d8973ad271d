import { serviceEvent } from '../audit/record.ts'
import type { GrantBook } from '../access/grants/grant-book.ts'
import { removeGrants } from '../access/grants/removal.ts'
import type { AuditSink, Clock, Random, TableName } from '../ports.ts'
import { TamperError } from '../state/tamper-error.ts'
import type { State } from '../state/state.ts'
import type { Directory } from './directory.ts'
import { keyOf, type KeyRecord } from './key.ts'
import type { KeyUses } from './key-uses.ts'
import { materialRowOf } from './material.ts'

/** What stays of a key after its material is gone, so that its id is never given out again. */
export type TombstoneRecord = {
  readonly region: string
  readonly account: string
  readonly keyId: string
  readonly deletedAtMs: number
}

export type Deletion = {
  readonly state: State
  readonly directory: Directory
  readonly grants: GrantBook
  readonly keyUses: KeyUses
  readonly audit: AuditSink
  readonly clock: Clock
  readonly random: Random
}

const batchRows = 100

/**
 * Destroys every key whose waiting period has ended: its material is erased from the database files,
 * its aliases, policy and grants go with it, and the audit log says so. Resolves to how many there were. A
 * key that cannot be destroyed keeps no other one from it; rejects with the first such failure then.
 */
export const destroyDueKeys = async (deletion: Deletion): Promise<number> => {
  const { state, clock } = deletion
  const failures = new Map<string, unknown>()
  let destroyed = 0
  for (;;) {
    const limit = batchRows + failures.size
    const due = await state.listIds({ table: 'key', dueByMs: clock.nowMs(), limit })
    for (const id of due) {
      if (failures.has(id)) continue
      try {
        if (await destroyKey(deletion, id)) destroyed += 1
      } catch (error) {
        failures.set(id, error)
      }
    }
    if (due.length < limit) break
  }
  const [failure] = failures.values()
  if (failures.size > 0) throw failure
  return destroyed
}

const destroyKey = async (deletion: Deletion, rowId: string): Promise<boolean> => {
  const { state, directory, grants, keyUses, audit, clock, random } = deletion
  // From the end of its waiting period on nobody finds the key, so that nobody can keep it.
  if (await isDue(deletion, rowId)) await removeGrants(state, grants, rowId)
  const written = await state.exclusive(async () => {
    const record = (await state.read('key', rowId))?.value as KeyRecord | undefined
    const nowMs = clock.nowMs()
    // The deletion may have been cancelled since the key was listed.
    if (record?.deletionAtMs === undefined || record.deletionAtMs > nowMs) return undefined
    const change = state.begin().remove('key', rowId).eraseMaterial()
    for (const { table, id } of await rowsOf(state, rowId, record)) change.remove(table, id)
    const { region, account, keyId } = record
    const tombstone: TombstoneRecord = { region, account, keyId, deletedAtMs: nowMs }
    change.put('tombstone', rowId, tombstone)
    let line = ''
    const committed = state.commit(change, (seq) => {
      line = serviceEvent({
        eventTimeMs: nowMs,
        eventName: 'DeleteKey',
        region,
        account,
        resources: [{ arn: keyOf(record).arn, account }],
        additional: { changeSeq: seq },
        eventId: random.uuid(),
        details: { keyId },
      })
      return line
    })
    // A commit that failed may have taken effect all the same.
    committed.catch(() => directory.clear())
    const changeSeq = await committed
    directory.forget(change.rows)
    keyUses.forget(rowId)
    return { durable: audit.append(line, { changeSeq }) }
  })
  await written?.durable
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
  for (const table of ['alias', 'key_policy', 'material', 'key_use'] as const)
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

/** When the next key falls due; `undefined` if none awaits deletion. */
export const nextDueAtMs = async (state: State): Promise<number | undefined> => {
  const [next] = await state.list({
    table: 'key',
    dueByMs: Number.MAX_SAFE_INTEGER,
    limit: 1,
  })
  return next?.dueAtMs
}
