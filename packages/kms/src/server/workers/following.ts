import { setImmediate } from 'node:timers/promises'
import type { ChangedRow } from '../../core/access/grants/grant-book.ts'
import { forgetAll, forgetRows, refresh } from '../caches.ts'
import type { World } from '../call.ts'
import type { ReadOnlyStore } from '../stores/sqlite-read-only.ts'
import type { Changed, Unsure } from './messages.ts'

/**
 * What another process is told of a change. Only what a grant says is taken from there; everything else
 * is read from the store, and of its content no more than that there is one.
 */
export const toldRows = (rows: readonly ChangedRow[]): readonly ChangedRow[] =>
  rows.map(({ table, id, content }) => ({
    table,
    id,
    content: table === 'grant' || content === undefined ? content : '{}',
  }))

/** What is gone was never used. */
export const forgetUsesOf = (
  { credentialUses, keyUses }: Pick<World, 'credentialUses' | 'keyUses'>,
  rows: readonly ChangedRow[],
): void => {
  for (const { table, id, content } of rows) {
    if (content !== undefined) continue
    if (table === 'access_key' || table === 'role') credentialUses.forget(id)
    else if (table === 'key') keyUses.forget(id)
  }
}

/**
 * Brings this process to where the one that writes is. When it resolves, no answer leaves any more
 * that does not take the change into account.
 */
export const followChange = async (
  world: World,
  { rows, newest }: Changed,
  onFault: (error: unknown) => void,
): Promise<void> => {
  await world.state.follow(newest)
  forgetRows(world, rows)
  forgetUsesOf(world, rows)
  await refresh(world, rows, onFault)
  await answersInTurn()
}

/** After a commit that failed nothing in memory counts, and if that is final, nothing in the store. */
export const followFailure = async (
  world: World,
  store: Pick<ReadOnlyStore, 'fail'>,
  { rows, isFinal }: Unsure,
  onFault: (error: unknown) => void,
): Promise<void> => {
  if (isFinal) store.fail()
  forgetAll(world)
  await refresh(world, rows, onFault)
  await answersInTurn()
}

/** What passed its last check before the caches were brought up to date is written in this turn. */
const answersInTurn = (): Promise<void> => setImmediate()
