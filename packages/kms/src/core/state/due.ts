import type { Clock, TableName } from '../ports.ts'
import type { State } from './state.ts'

const batchRows = 100

/**
 * Runs `work` on the id of every row of a table that has fallen due, until none is left. Resolves to
 * how often it said that there was something to do. A row that fails keeps no other one from its
 * turn; rejects with the first such failure then.
 */
export const workOffDue = async (
  state: State,
  table: TableName,
  clock: Clock,
  work: (id: string) => Promise<boolean>,
): Promise<number> => {
  const failures = new Map<string, unknown>()
  let done = 0
  for (;;) {
    const limit = batchRows + failures.size
    const due = await state.listIds({ table, dueByMs: clock.nowMs(), limit })
    for (const id of due) {
      if (failures.has(id)) continue
      try {
        if (await work(id)) done += 1
      } catch (error) {
        failures.set(id, error)
      }
    }
    if (due.length < limit) break
  }
  const [failure] = failures.values()
  if (failures.size > 0) throw failure
  return done
}

/** When the next row of a table falls due; `undefined` if none ever does. */
export const nextDueAtMs = async (state: State, table: TableName): Promise<number | undefined> => {
  const [next] = await state.list({ table, dueByMs: Number.MAX_SAFE_INTEGER, limit: 1 })
  return next?.dueAtMs
}
