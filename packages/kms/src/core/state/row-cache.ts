import { Lru } from '../lru.ts'
import type { TableName } from '../ports.ts'
import type { State } from './state.ts'

/**
 * Values of rows, verified once and kept until a change touches them. Only what exists is kept, and
 * a committed change evicts what it touched before its call is answered, so nothing here is older
 * than the newest acknowledged change.
 */
export class RowCache {
  readonly #state: State
  readonly #values: Lru<string, unknown>
  readonly #loading = new Map<string, Promise<unknown>>()
  #changes = 0

  constructor(state: State, entriesMax: number) {
    this.#state = state
    this.#values = new Lru(entriesMax)
  }

  /** The row's value; at once if it is in memory, which spares a busy path a turn of waiting. */
  get<T>(table: TableName, id: string): T | undefined | Promise<T | undefined> {
    const name = `${table}:${id}`
    const known = this.#values.get(name) as T | undefined
    return known ?? this.#load<T>(table, id, name)
  }

  /** To be called with every row that a commit wrote or removed, before the call is answered. */
  forget(rows: readonly { readonly table: TableName; readonly id: string }[]): void {
    this.#changes += 1
    // A load that began before the change may still carry the old value: nobody may join it now.
    this.#loading.clear()
    for (const { table, id } of rows) this.#values.delete(`${table}:${id}`)
  }

  /** To be called when a commit failed: whether it took effect cannot be told. */
  clear(): void {
    this.#changes += 1
    this.#loading.clear()
    this.#values.clear()
  }

  /** Loads once however many ask; keeps what it found unless a change came in between. */
  #load<T>(table: TableName, id: string, name: string): Promise<T | undefined> {
    const underWay = this.#loading.get(name)
    if (underWay !== undefined) return underWay as Promise<T | undefined>
    const changes = this.#changes
    const loading = this.#state
      .read(table, id)
      .then((stored) => {
        if (stored === undefined) return undefined
        if (changes === this.#changes) this.#values.set(name, stored.value)
        return stored.value as T
      })
      .finally(() => {
        if (this.#loading.get(name) === loading) this.#loading.delete(name)
      })
    this.#loading.set(name, loading)
    return loading
  }
}
