import type { ChangeEntry, TableName } from '../ports.ts'

/**
 * Tables that say what an identity may not do: one of their rows that is missing must be noticed by
 * whoever lists them, for it lets somebody do more. With it, where in its id a row has its parent.
 */
const places = {
  inline_policy: 'before',
  policy_attachment: 'behind',
  group_member: 'behind',
} as const satisfies { readonly [T in TableName]?: 'before' | 'behind' }

export type OwnedTable = keyof typeof places

const isOwned = (table: TableName): table is OwnedTable => Object.hasOwn(places, table)

/** The ids of these rows by the verified change log, by their parents; of removed ones as well. */
export class OwnedIds {
  readonly #ids = new Map<string, Set<string>>()

  of(table: OwnedTable, owner: string): readonly string[] {
    return [...(this.#ids.get(`${table}/${owner}`) ?? [])]
  }

  add({ table, id }: Pick<ChangeEntry, 'table' | 'id'>): void {
    if (!isOwned(table)) return
    const key = keyOf(table, id)
    const ids = this.#ids.get(key)
    if (ids === undefined) this.#ids.set(key, new Set([id]))
    else ids.add(id)
  }

  /** To be called for a row that was found to have been removed: it need not be looked for again. */
  drop(table: TableName, id: string): void {
    if (!isOwned(table)) return
    const key = keyOf(table, id)
    const ids = this.#ids.get(key)
    ids?.delete(id)
    if (ids?.size === 0) this.#ids.delete(key)
  }
}

const keyOf = (table: OwnedTable, id: string): string => {
  const slash = id.indexOf('/')
  return `${table}/${places[table] === 'before' ? id.slice(0, slash) : id.slice(slash + 1)}`
}
