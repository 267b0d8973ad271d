import assert from 'node:assert/strict'
import {
  tableNames,
  type ChangeEntry,
  type ListQuery,
  type ReadResult,
  type Store,
  type TableName,
} from '../ports.ts'
import { allValues } from './all-values.ts'
import { chainStart, verifiedBatches, type ChainPosition } from './chain.ts'
import { Change, type ChangeRecord } from './change.ts'
import { sameBytes, type StateKey } from './mac.ts'
import { NewestSeqs } from './newest-seqs.ts'
import { OwnedIds, type OwnedTable } from './owned-ids.ts'
import { checkedRow, storedValue, type StoredValue } from './row-check.ts'
import { serial } from './serial.ts'
import { TamperError } from './tamper-error.ts'
import { allRows, sealingTables } from './unverified.ts'

export type { StoredValue } from './row-check.ts'
export type { Change } from './change.ts'
export type { StateKey } from './mac.ts'

export type StateOptions = {
  /**
   * A place in the log that is known from elsewhere, an audit record for instance. The log must
   * reach it with this link: a whole database that was rolled back to before it is then found out.
   */
  readonly anchor?: ChainPosition | undefined
  /** Told of every row or entry that is not authentic, once for each, before the caller is. */
  readonly onTamper?: ((error: TamperError) => void) | undefined
}

/**
 * Whoever keeps something in memory of what he read from the same store, and cannot see this process
 * commit: another process, say.
 */
export type Follower = {
  /**
   * The rows were changed, and the log is at `newest` now. Resolves when nothing that was before is
   * used any more: the commit is waited for until then. Must not reject.
   */
  changed(rows: Change['rows'], newest: ChainPosition): Promise<void>
  /** A commit of the rows failed, and it cannot be told whether it took effect. Must not reject. */
  unsure(rows: Change['rows'], error: unknown): Promise<void>
}

/**
 * The service's state over a store that anyone may have written to. Whatever it gives out is what
 * this service put last; if it is not, the call throws `TamperError`. One process at a time.
 */
export class State {
  readonly #store: Store
  readonly #stateKey: StateKey
  readonly #options: StateOptions
  readonly #reported = new Set<string>()
  readonly #commits = serial()
  readonly #exclusive = serial()
  readonly #newestSeqs = new NewestSeqs()
  readonly #ownedIds = new OwnedIds()
  #newest = chainStart
  #follower: Follower | undefined
  #isBehind = false

  private constructor(store: Store, stateKey: StateKey, options: StateOptions) {
    this.#store = store
    this.#stateKey = stateKey
    this.#options = options
  }

  /**
   * Verifies the whole change log, of which it remembers the newest seq of each row, and all rows of
   * the tables that lead to the state key. The rows of the others are verified when they are read.
   * Throws `TamperError`, also for a wrong key.
   */
  static async open(store: Store, stateKey: StateKey, options: StateOptions = {}): Promise<State> {
    const state = new State(store, stateKey, options)
    await state.#verify(sealingTables)
    return state
  }

  /** The newest place in the log that this process has verified or written. */
  get newest(): ChainPosition {
    return this.#newest
  }

  /** Throws `TamperError` if the row, its absence, or the log about it is not what was put last. */
  async read(table: TableName, id: string): Promise<StoredValue | undefined> {
    // A commit may go by while the store is read: what was known before is what it must have.
    const leastSeq = this.#newestSeqs.of(table, id)
    const result = await this.#store.read(table, id)
    return this.#reporting(() => {
      const row = checkedRow(this.#stateKey, table, id, result, leastSeq)
      if (row !== undefined) return storedValue(row)
      if (this.#newestSeqs.of(table, id) === leastSeq) this.#ownedIds.drop(table, id)
      return undefined
    })
  }

  /**
   * As `read` for each row found. That a row which should be found is not there cannot be seen
   * here: `verify` sees it, and `listOwned`.
   */
  async list(query: ListQuery): Promise<readonly StoredValue[]> {
    for (;;) {
      const before = this.#newest.seq
      const results = await this.#store.list(query)
      const checked = this.#reporting(() => this.#checkedList(query.table, results, before))
      if (checked !== undefined) return checked
    }
  }

  /** Every row with the parent; throws `TamperError` also if one that was put is not there. */
  async listOwned(table: OwnedTable, parent: string): Promise<readonly StoredValue[]> {
    const expected = this.#ownedIds.of(table, parent)
    const rows = await Array.fromAsync(allValues(this, { table, parent }))
    const found = new Set(rows.map(({ id }) => id))
    for (const id of expected) {
      const missed = found.has(id) ? undefined : await this.read(table, id)
      // It was put anew while the others were listed.
      if (missed !== undefined) rows.push(missed)
    }
    return rows
  }

  /** `undefined` if one of the rows was changed after `before`: it may be listed as it was then. */
  #checkedList(
    table: TableName,
    results: readonly ReadResult[],
    before: number,
  ): readonly StoredValue[] | undefined {
    const values: StoredValue[] = []
    for (const result of results) {
      assert(result.row !== undefined)
      const { id } = result.row
      const leastSeq = this.#newestSeqs.of(table, id)
      if (leastSeq > before) return undefined
      checkedRow(this.#stateKey, table, id, result, leastSeq)
      values.push(storedValue(result.row))
    }
    return values
  }

  /**
   * The ids that `list` would find, authenticated by nothing: each has to be read before it counts.
   * For work that one row that is not authentic must not keep from all the others.
   */
  async listIds(query: ListQuery): Promise<readonly string[]> {
    return (await this.#store.list(query)).map(({ row }) => row?.id ?? '')
  }

  /** How many rows have an id that begins so, authenticated by nothing: for limits alone. */
  count(table: TableName, idPrefix: string): Promise<number> {
    return this.#store.count(table, idPrefix)
  }

  /** An empty change. */
  begin(): Change {
    return new Change()
  }

  /**
   * Makes the change durable and resolves to the seq of its last entry, which carries `record`.
   * Commits take effect in the order of the calls. Rejects with what the store rejects with.
   */
  commit(change: Change, record?: ChangeRecord): Promise<number> {
    assert(!change.isEmpty, 'a change needs a row')
    return this.#commits(async () => {
      if (this.#isBehind) await this.#catchUp()
      const { commit, position } = change.seal(this.#stateKey, this.#newest, record)
      this.#isBehind = true
      try {
        await this.#store.commit(commit)
      } catch (error) {
        await this.#follower?.unsure(change.rows, error)
        throw error
      }
      for (const entry of commit.entries) this.#advance(entry)
      this.#isBehind = false
      await this.#follower?.changed(change.rows, position)
      return position.seq
    })
  }

  /** From now on every commit waits for him; `undefined`: for nobody. */
  tell(follower: Follower | undefined): void {
    this.#follower = follower
  }

  /**
   * For a process that only reads: takes in what the log has gained, up to the place where the writer
   * says it is. Throws `TamperError` if the log does not come so far, or gets there otherwise.
   */
  async follow(newest: ChainPosition): Promise<void> {
    if (newest.seq <= this.#newest.seq) return
    for await (const batch of this.#batches(this.#newest)) {
      for (const entry of batch) {
        this.#requireAt(newest, entry)
        this.#advance(entry)
      }
    }
    if (this.#newest.seq < newest.seq) this.#logEndsEarly(this.#newest.seq)
  }

  /**
   * Runs `work` while no other `work` runs, so that what it reads is still so when it commits.
   * Must not be called from within `work`, which would wait for itself.
   */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#exclusive(work)
  }

  /** The entries after `seq`, in order, each verified. Throws `TamperError` if the log ends early. */
  async *changesAfter(seq: number): AsyncGenerator<ChangeEntry, void> {
    const until = this.#newest.seq
    if (seq >= until) return
    const position = await this.#positionAt(seq)
    let last = position.seq
    for await (const batch of this.#batches(position)) {
      yield* batch
      last += batch.length
    }
    if (last < until) this.#logEndsEarly(last)
  }

  /**
   * Verifies the whole change log and every row of every table, while work goes on; for a start
   * with time to spare, or now and then. Takes time and memory in proportion to the state.
   */
  async verify(): Promise<void> {
    await this.#verify(tableNames)
  }

  async #verify(tables: readonly TableName[]): Promise<void> {
    const known = this.#newest
    let position = chainStart
    for await (const batch of this.#batches(chainStart)) {
      for (const entry of batch) {
        position = entry
        this.#requireAt(known, entry)
        if (this.#options.anchor !== undefined) this.#requireAt(this.#options.anchor, entry)
        this.#advance(entry)
      }
    }
    if (position.seq < Math.max(known.seq, this.#options.anchor?.seq ?? 0)) {
      this.#logEndsEarly(position.seq)
    }
    for (const table of tables) await this.#verifyRows(table)
  }

  /** Rows that change meanwhile stay comparable: their newest seq only ever grows. */
  async #verifyRows(table: TableName): Promise<void> {
    const seqs = this.#newestSeqs.copyOf(table)
    for await (const result of allRows(this.#store, table)) {
      const id = result.row?.id ?? ''
      this.#reporting(() => checkedRow(this.#stateKey, table, id, result, seqs.get(id) ?? 0))
      seqs.delete(id)
    }
    for (const [id, seq] of seqs) {
      const result = await this.#store.read(table, id)
      this.#reporting(() => checkedRow(this.#stateKey, table, id, result, seq))
    }
  }

  /** Takes a verified entry for the newest one, if it comes after what was that until now. */
  #advance(entry: ChangeEntry): void {
    if (entry.seq <= this.#newest.seq) return
    this.#newestSeqs.add(entry)
    this.#ownedIds.add(entry)
    this.#newest = { seq: entry.seq, link: entry.link }
  }

  /** After a commit that failed: what the log really holds, as far as it continues what we know. */
  async #catchUp(): Promise<void> {
    const newest = await this.#store.newestChange()
    if ((newest?.seq ?? 0) < this.#newest.seq) this.#logEndsEarly(newest?.seq ?? 0)
    if (newest !== undefined) this.#requireAt(this.#newest, newest)
    for await (const batch of this.#batches(this.#newest)) {
      for (const entry of batch) this.#advance(entry)
    }
    this.#isBehind = false
  }

  async #positionAt(seq: number): Promise<ChainPosition> {
    if (seq === 0) return chainStart
    // Its link needs no proof: the next entry's link cannot be made to fit another one.
    const [entry] = await this.#store.changes(seq - 1, 1)
    if (entry?.seq !== seq) return this.#logEndsEarly(seq - 1)
    return entry
  }

  #requireAt(expected: ChainPosition, entry: ChainPosition): void {
    if (entry.seq !== expected.seq || sameBytes(entry.link, expected.link)) return
    this.#reporting(() => {
      throw new TamperError('change_log', String(entry.seq), 'the log was written anew')
    })
  }

  #logEndsEarly(seq: number): never {
    return this.#reporting(() => {
      throw new TamperError('change_log', String(seq + 1), 'the entry is missing')
    })
  }

  async *#batches(from: ChainPosition): AsyncGenerator<readonly ChangeEntry[], void> {
    const batches = verifiedBatches(this.#store, this.#stateKey, from)
    for (;;) {
      const next = await batches.next().catch((error: unknown) => this.#report(error))
      if (next.done === true) return
      yield next.value
    }
  }

  #reporting<T>(check: () => T): T {
    try {
      return check()
    } catch (error) {
      return this.#report(error)
    }
  }

  #report(error: unknown): never {
    if (error instanceof TamperError) {
      const name = `${error.table} ${error.id}`
      if (!this.#reported.has(name)) this.#options.onTamper?.(error)
      this.#reported.add(name)
    }
    throw error
  }
}
