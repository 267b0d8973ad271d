import type { Change } from '../../state/change.ts'
import type { State } from '../../state/state.ts'
import { TamperError } from '../../state/tamper-error.ts'
import type { GrantBook } from './grant-book.ts'
import { grantRowId } from './grant-rows.ts'

const batchRows = 500

/**
 * Removes the grants on a key that is about to be destroyed, some at a time, so that no request has
 * to wait for 50,000. To be called while nobody can use or keep the key any more. A row that is not
 * authentic stays, and is reported: it may be another key's.
 */
export const removeGrants = async (
  state: State,
  grants: GrantBook,
  keyRowId: string,
): Promise<void> => {
  const idPrefix = grantRowId({ keyRowId, grantId: '' })
  for (const table of ['grant', 'grant_retiring'] as const) {
    let ids = await state.listIds({ table, idPrefix, limit: batchRows })
    for (;;) {
      const change = state.begin()
      for (const id of ids) if (await isAuthentic(state, table, id)) change.remove(table, id)
      if (!change.isEmpty) await commit(state, grants, change)
      const afterId = ids.at(-1)
      if (ids.length < batchRows || afterId === undefined) break
      ids = await state.listIds({ table, idPrefix, afterId, limit: batchRows })
    }
  }
}

const commit = (state: State, grants: GrantBook, change: Change): Promise<void> =>
  state.exclusive(async () => {
    try {
      await state.commit(change)
      grants.apply(change.rows)
    } catch (error) {
      // It may have taken effect all the same.
      grants.clear()
      throw error
    }
  })

const isAuthentic = async (
  state: State,
  table: 'grant' | 'grant_retiring',
  id: string,
): Promise<boolean> => {
  try {
    return (await state.read(table, id)) !== undefined
  } catch (error) {
    if (error instanceof TamperError) return false
    throw error
  }
}
