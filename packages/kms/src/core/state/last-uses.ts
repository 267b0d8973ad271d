import type { TableName } from '../ports.ts'
import type { State } from './state.ts'

/** Rows that one commit writes; the next change may run in between. */
const rowsPerCommitMax = 500
const unsavedMax = 50_000

/** A use, and when it was. */
export type Use = { readonly atMs: number }

/** Where last uses of one kind are noted and asked for, whoever writes them. */
export type UseBook<U extends Use> = {
  note(id: string, use: U): void
  /** The use that was noted here and is not written yet, at once. */
  unsaved(id: string): U | undefined
  last(id: string): Promise<U | undefined>
  /** What is deleted was never used: its row goes in the same change. */
  forget(id: string): void
}

/** Uses that were noted elsewhere, by the ids of what was used. */
export type NotedUses<U extends Use> = readonly (readonly [id: string, use: U])[]

export type LastUsesOptions = {
  /** Resolves when what other processes have noted until now has been taken in here. */
  readonly gather?: (() => Promise<void>) | undefined
  /** So many are saved at once, whatever the time. */
  readonly max?: number | undefined
}

/**
 * The last use of each thing of one kind, by the thing's id. Uses are kept in memory and written now
 * and then, so that a use costs no write; after a crash those that were not written are forgotten,
 * unless the caller notes them anew. What is written is read from the state.
 */
export class LastUses<U extends Use> implements UseBook<U> {
  readonly #state: State
  readonly #table: TableName
  readonly #gather: (() => Promise<void>) | undefined
  readonly #unsavedMax: number
  readonly #unsaved = new Map<string, U>()
  #isSaving = false

  constructor(state: State, table: TableName, { gather, max = unsavedMax }: LastUsesOptions = {}) {
    this.#state = state
    this.#table = table
    this.#gather = gather
    this.#unsavedMax = max
  }

  note(id: string, use: U): void {
    this.#unsaved.set(id, use)
    if (this.#unsaved.size > this.#unsavedMax) this.#makeRoom()
  }

  /** Takes in uses that were noted elsewhere, where none is known that is later. */
  merge(noted: NotedUses<U>): void {
    for (const [id, use] of noted) {
      const known = this.#unsaved.get(id)
      if (known === undefined || known.atMs <= use.atMs) this.note(id, use)
    }
  }

  unsaved(id: string): U | undefined {
    return this.#unsaved.get(id)
  }

  get isSaved(): boolean {
    return this.#unsaved.size === 0
  }

  async last(id: string): Promise<U | undefined> {
    await this.#gather?.()
    return this.known(id)
  }

  /** As `last`, but for what other processes have not told yet. */
  async known(id: string): Promise<U | undefined> {
    const known = this.#unsaved.get(id)
    if (known !== undefined) return known
    const stored = await this.#state.read(this.#table, id)
    return stored?.value as U | undefined
  }

  forget(id: string): void {
    this.#unsaved.delete(id)
  }

  /**
   * Writes what was noted until now and is not written yet; resolves to whether there was anything.
   * Rejects with what a commit does.
   */
  async save(): Promise<boolean> {
    await this.#gather?.()
    const ids = [...this.#unsaved.keys()]
    for (let from = 0; from < ids.length; from += rowsPerCommitMax)
      await this.#state.exclusive(() => this.#saveSome(ids.slice(from, from + rowsPerCommitMax)))
    return ids.length > 0
  }

  async #saveSome(ids: readonly string[]): Promise<void> {
    const change = this.#state.begin()
    const saved: [string, U][] = []
    for (const id of ids) {
      const use = this.#unsaved.get(id)
      if (use === undefined) continue
      // Found by what it is of, and so removed with it.
      change.put(this.#table, id, use, { parent: id })
      saved.push([id, use])
    }
    if (change.isEmpty) return
    await this.#state.commit(change)
    // Used again meanwhile, it has to be written again.
    for (const [id, use] of saved) if (this.#unsaved.get(id) === use) this.#unsaved.delete(id)
  }

  /** Memory is bounded even where nothing can be written; who saves regularly reports why not. */
  #makeRoom(): void {
    const [oldest] = this.#unsaved.keys()
    if (oldest !== undefined && this.#unsaved.size > 2 * this.#unsavedMax)
      this.#unsaved.delete(oldest)
    if (this.#isSaving) return
    this.#isSaving = true
    void this.save()
      .catch(() => undefined)
      .finally(() => (this.#isSaving = false))
  }
}
