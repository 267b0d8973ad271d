import assert from 'node:assert/strict'
import type { ChangeEntry, Commit, Row, TableName } from '../ports.ts'
import type { ChainPosition } from './chain.ts'
import { entryLink, removalMac, rowMac, type StateKey } from './mac.ts'
import { isRowId } from './row-id.ts'

/** What a row can be searched by, beside its id. */
export type Placement = {
  readonly parent?: string | undefined
  readonly dueAtMs?: number | undefined
}

/** The audit record of a change: one JSON line without its end, made when its seq is known. */
export type ChangeRecord = string | ((seq: number) => string)

type Step = {
  readonly table: TableName
  readonly id: string
  /** JSON text; `undefined` for a removal. */
  readonly content: string | undefined
  readonly placement: Placement
}

/** A record that went into the log with a change, and the seq that it stands at. */
export type SealedEvent = { readonly line: string; readonly seq: number }

const noSteps: ReadonlyMap<string, Step> = new Map()

/** Rows to write and to remove, all at once. Collects only: nothing happens before the commit. */
export class Change {
  /** Made for the first one: most calls change nothing. */
  #steps: Map<string, Step> | undefined
  readonly #events: ((seq: number) => string)[] = []
  #sealed: readonly SealedEvent[] = []
  #erases = false

  /** Writes the whole row. `value` becomes JSON now, so that later edits of it do not count. */
  put(table: TableName, id: string, value: unknown, placement: Placement = {}): this {
    const content: string | undefined = JSON.stringify(value)
    assert(content !== undefined, 'a row needs a value')
    this.#add({ table, id, content, placement })
    return this
  }

  /** Removes the row. A row that is not there may be removed; the log says so all the same. */
  remove(table: TableName, id: string): this {
    this.#add({ table, id, content: undefined, placement: {} })
    return this
  }

  /** The rows removed or replaced here hold key material that has to vanish from the files too. */
  eraseMaterial(): this {
    this.#erases = true
    return this
  }

  /**
   * Adds the audit record of something that the change does besides what it was made for. A change
   * has no more records than rows.
   */
  event(record: (seq: number) => string): this {
    this.#events.push(record)
    return this
  }

  /** The records of events as they were sealed last, in their order. */
  get events(): readonly SealedEvent[] {
    return this.#sealed
  }

  /** What the change writes, as JSON text, or removes, if there is none. */
  get rows(): readonly {
    readonly table: TableName
    readonly id: string
    readonly content: string | undefined
  }[] {
    return [...this.#taken.values()]
  }

  get isEmpty(): boolean {
    return this.#taken.size === 0
  }

  /** The change with its places in the log, authenticated, and where the chain stands after it. */
  seal(
    stateKey: StateKey,
    after: ChainPosition,
    record: ChangeRecord | undefined,
  ): { readonly commit: Commit; readonly position: ChainPosition } {
    const records = this.#records(after.seq + this.#taken.size, record)
    const writes: Row[] = []
    const removals: Commit['removals'][number][] = []
    const entries: ChangeEntry[] = []
    let position = after
    for (const { table, id, content, placement } of this.#taken.values()) {
      const seq = position.seq + 1
      let mac: Uint8Array
      if (content === undefined) {
        mac = removalMac(stateKey, table, id, seq)
        removals.push({ table, id })
      } else {
        const { parent, dueAtMs } = placement
        const row = { table, id, parent, dueAtMs, seq, content }
        mac = rowMac(stateKey, row)
        writes.push({ ...row, mac })
      }
      const entry = { seq, table, id, rowMac: mac, record: records.get(seq) }
      position = { seq, link: entryLink(stateKey, position.link, entry) }
      entries.push({ ...entry, link: position.link })
    }
    return { commit: { writes, removals, entries, erase: this.#erases }, position }
  }

  /** Which record stands at which seq: that of the change itself is the last one. */
  #records(lastSeq: number, record: ChangeRecord | undefined): ReadonlyMap<number, string> {
    const own = record === undefined ? [] : [record]
    const all = [...this.#events, ...own]
    assert(all.length <= this.#taken.size, 'a change has no more records than rows')
    const firstSeq = lastSeq - all.length + 1
    const lines = all.map((each, index) =>
      typeof each === 'function' ? each(firstSeq + index) : each,
    )
    assert(!lines.some((line) => line.includes('\n')), 'a record is one line')
    this.#sealed = lines
      .slice(0, this.#events.length)
      .map((line, index) => ({ line, seq: firstSeq + index }))
    return new Map(lines.map((line, index) => [firstSeq + index, line]))
  }

  get #taken(): ReadonlyMap<string, Step> {
    return this.#steps ?? noSteps
  }

  #add(step: Step): void {
    assert(isRowId(step.id), 'an id is 1 to 1024 printable ASCII characters')
    const name = `${step.table} ${step.id}`
    this.#steps ??= new Map()
    assert(!this.#steps.has(name), `a change touches a row once: ${name}`)
    this.#steps.set(name, step)
  }
}
