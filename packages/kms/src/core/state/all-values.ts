import type { ListQuery } from '../ports.ts'
import type { StoredValue } from './row-check.ts'
import type { State } from './state.ts'

const pageRows = 500

/** All rows of a listing by id, page by page; rows that are written meanwhile may or may not show. */
export async function* allValues(
  state: State,
  query: Omit<ListQuery, 'limit' | 'afterId' | 'dueByMs'>,
): AsyncGenerator<StoredValue, void> {
  let afterId: string | undefined
  for (;;) {
    const page = await state.list({
      ...query,
      ...(afterId === undefined ? {} : { afterId }),
      limit: pageRows,
    })
    yield* page
    afterId = page.at(-1)?.id
    if (page.length < pageRows || afterId === undefined) return
  }
}
