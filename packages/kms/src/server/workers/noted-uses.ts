import type { NotedUses, Use, UseBook } from '../../core/state/last-uses.ts'

/** So many are told at once, whatever the time: memory is bounded. */
const notedMax = 20_000

export type NotedOptions<U extends Use> = {
  /** Asks the process that writes uses, which knows those of all. */
  readonly ask: (id: string) => Promise<U | undefined>
  /** Called when it is time for `take`. */
  readonly onFull: () => void
}

/** Last uses of one kind in a process that does not write: kept until they are told to the one that does. */
export class NotedHere<U extends Use> implements UseBook<U> {
  readonly #options: NotedOptions<U>
  #noted = new Map<string, U>()

  constructor(options: NotedOptions<U>) {
    this.#options = options
  }

  note(id: string, use: U): void {
    this.#noted.set(id, use)
    if (this.#noted.size >= notedMax) this.#options.onFull()
  }

  unsaved(id: string): U | undefined {
    return this.#noted.get(id)
  }

  last(id: string): Promise<U | undefined> {
    return this.#options.ask(id)
  }

  forget(id: string): void {
    this.#noted.delete(id)
  }

  /** Those since the last time, for the caller to tell. */
  take(): NotedUses<U> {
    const taken = [...this.#noted]
    this.#noted = new Map()
    return taken
  }
}
