import {
  ConflictError,
  type ChangeEntry,
  type ListQuery,
  type ReadResult,
  type Row,
  type Store,
} from '../../../src/core/ports.ts'

/** What a memory store holds, apart from it, so that it can be opened again and tampered with. */
export type MemoryData = { readonly rows: Map<string, Row>; readonly log: ChangeEntry[] }

export const memoryData = (): MemoryData => ({ rows: new Map(), log: [] })

export const rowName = (table: string, id: string): string => `${table} ${id}`

/** A store that keeps everything in `data`; the reference for what the others must do. */
export const memoryStore = (data: MemoryData = memoryData()): Store => {
  let isOpen = true
  // A turn of the queue goes by before anything happens, as it does with a disk.
  const whileOpen = async <T>(work: () => T): Promise<T> => {
    await Promise.resolve()
    if (!isOpen) throw new Error('the store stopped: it was closed')
    return work()
  }
  const result = (row: Row | undefined, table: string, id: string): ReadResult => ({
    row,
    newest: data.log.findLast((entry) => entry.table === table && entry.id === id),
  })
  return {
    read: (table, id) => whileOpen(() => result(data.rows.get(rowName(table, id)), table, id)),
    list: (query) =>
      whileOpen(() =>
        [...data.rows.values()]
          .filter((row) => matches(query, row))
          .sort((left, right) => inOrder(query, left, right))
          .slice(0, query.limit)
          .map((row) => result(row, row.table, row.id)),
      ),
    count: (table, idPrefix) =>
      whileOpen(
        () =>
          [...data.rows.values()].filter((row) => matches({ table, idPrefix, limit: 1 }, row))
            .length,
      ),
    commit: (commit) =>
      whileOpen(() => {
        let expected = (data.log.at(-1)?.seq ?? 0) + 1
        for (const { seq } of commit.entries) if (seq !== expected++) throw new ConflictError()
        data.log.push(...commit.entries)
        for (const { table, id } of commit.removals) data.rows.delete(rowName(table, id))
        for (const row of commit.writes) data.rows.set(rowName(row.table, row.id), row)
      }),
    changes: (afterSeq, limit) =>
      whileOpen(() => data.log.filter(({ seq }) => seq > afterSeq).slice(0, limit)),
    newestChange: () => whileOpen(() => data.log.at(-1)),
    probe: () => whileOpen(() => undefined),
    close: async () => {
      isOpen = false
    },
  }
}

const matches = (query: ListQuery, row: Row): boolean =>
  row.table === query.table &&
  row.id.startsWith(query.idPrefix ?? '') &&
  (query.parent === undefined || row.parent === query.parent) &&
  (query.dueByMs === undefined || (row.dueAtMs !== undefined && row.dueAtMs <= query.dueByMs)) &&
  (query.afterId === undefined || row.id > query.afterId)

const inOrder = (query: ListQuery, left: Row, right: Row): number => {
  const byDue = query.dueByMs === undefined ? 0 : (left.dueAtMs ?? 0) - (right.dueAtMs ?? 0)
  if (byDue !== 0) return byDue
  return left.id < right.id ? -1 : 1
}
