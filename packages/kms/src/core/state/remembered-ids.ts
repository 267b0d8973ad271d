import type { ChangeEntry, TableName } from '../ports.ts'
import { isSealingTable, type SealingTable } from './unverified.ts'

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

/**
 * The ids by the verified change log of the rows that must be missed where they are not: what belongs
 * to an identity, by their parents, and what leads to the state key. Of removed ones as well.
 */
export class RememberedIds {
  readonly #ids = new Map<string, Set<string>>()
  #linesBytes = 0

  /** How long a text is that has a line `table id` for each. */
  get linesBytes(): number {
    return this.#linesBytes
  }

  of(table: OwnedTable, owner: string): readonly string[] {
    return [...(this.#ids.get(`${table}/${owner}`) ?? [])]
  }

  ofSealing(table: SealingTable): readonly string[] {
    return [...(this.#ids.get(table) ?? [])]
  }

  /** All that are remembered. They may be added to meanwhile. */
  *all(): Generator<{ readonly table: TableName; readonly id: string }, void> {
    for (const [key, ids] of this.#ids) {
      const table = key.split('/', 1)[0] as TableName
      for (const id of ids) yield { table, id }
    }
  }

  add({ table, id }: Pick<ChangeEntry, 'table' | 'id'>): void {
    const key = keyOf(table, id)
    if (key === undefined) return
    const ids = this.#ids.get(key)
    if (ids?.has(id) === true) return
    if (ids === undefined) this.#ids.set(key, new Set([id]))
    else ids.add(id)
    this.#linesBytes += lineBytes(table, id)
  }

  /** To be called for a row that was found to have been removed: it need not be looked for again. */
  drop(table: TableName, id: string): void {
    const key = keyOf(table, id)
    if (key === undefined) return
    const ids = this.#ids.get(key)
    if (ids?.delete(id) === true) this.#linesBytes -= lineBytes(table, id)
    if (ids?.size === 0) this.#ids.delete(key)
  }
}

/** All of it is ASCII; a space and an end are added. */
const lineBytes = (table: TableName, id: string): number => table.length + id.length + 2

/** `undefined` for a table whose ids are not remembered. */
const keyOf = (table: TableName, id: string): string | undefined => {
  if (isSealingTable(table)) return table
  if (!isOwned(table)) return undefined
  const slash = id.indexOf('/')
  return `${table}/${places[table] === 'before' ? id.slice(0, slash) : id.slice(slash + 1)}`
}
