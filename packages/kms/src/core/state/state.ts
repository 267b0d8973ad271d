import assert from 'node:assert/strict'
import {
  type ChangeEntry,
  type ListQuery,
  type ReadResult,
  type Row,
  type Store,
  type TableName,
} from '../ports.ts'
import { allValues } from './all-values.ts'
import { chainStart, type ChainPosition, type Pause } from './chain.ts'
import { Change, type ChangeRecord } from './change.ts'
import { type Checkpoint, checkpointBytes, checkpointChunks } from './checkpoint.ts'
import type { StateKey } from './mac.ts'
import { Remembered } from './remembered.ts'
import type { OwnedTable } from './remembered-ids.ts'
import { checkedRow, storedValue, type StoredValue } from './row-check.ts'
import { serial } from './serial.ts'
import type { TamperError } from './tamper-error.ts'
import { TamperReports } from './tamper-reports.ts'
import { allRows, sealingTables } from './unverified.ts'
import { VerifiedLog } from './verified-log.ts'
import { checkWhole } from './whole-check.ts'

export type { StoredValue } from './row-check.ts'
export type { Change } from './change.ts'
export type { StateKey } from './mac.ts'

export type StateOptions = {
  /**
   * A place in the log that is known from elsewhere, an audit record for instance. The log must
   * reach it with this link: a whole database that was rolled back to before it is then found out.
   */
  readonly anchor?: ChainPosition | undefined
  /** What an earlier process remembered of the log, and proves to be so: see `State.checkpoint`. */
  readonly checkpoint?: Checkpoint | undefined
  /** Told of every row or entry that is not authentic, once for each, before the caller is. */
  readonly onTamper?: ((error: TamperError) => void) | undefined
}

/** A log of so many entries is verified as a whole at each start, for it takes less than 100 ms. */
const shortLogEntries = 5000

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
  readonly #reports: TamperReports
  readonly #remembered: Remembered
  readonly #log: VerifiedLog
  readonly #commits = serial()
  readonly #exclusive = serial()
  #follower: Follower | undefined
  #isBehind = false

  private constructor(store: Store, stateKey: StateKey, options: StateOptions) {
    this.#store = store
    this.#stateKey = stateKey
    this.#options = options
    this.#reports = new TamperReports(options.onTamper)
    this.#remembered = options.checkpoint?.remembered ?? Remembered.nothing(stateKey)
    this.#log = new VerifiedLog(store, stateKey, this.#remembered, this.#reports)
  }

  /**
   * Verifies the change log, of which it remembers the newest seq of each row, and all rows of the
   * tables that lead to the state key. The rows of the others are verified when they are read. Of a
   * long log with a checkpoint what comes after that is verified; of the rest, that it ends there.
   * Throws `TamperError`, also for a wrong key. Whoever gives a checkpoint uses it no more.
   */
  static async open(store: Store, stateKey: StateKey, options: StateOptions = {}): Promise<State> {
    const state = new State(store, stateKey, options)
    await state.#verifyAtStart().catch((error: unknown) => state.#reports.rethrow(error))
    return state
  }

  /** The newest place in the log that this process has verified or written. */
  get newest(): ChainPosition {
    return this.#remembered.newest
  }

  /** How many rows there are or were, removed ones too. */
  get rowsEver(): number {
    return this.#remembered.seqs.count
  }

  /**
   * What is remembered of the log, for a later `open`, in pieces: see `checkpointChunks`. Changes go
   * on meanwhile.
   */
  checkpoint(): Generator<Uint8Array, void> {
    return checkpointChunks(this.#stateKey, this.#remembered)
  }

  /** How many bytes that would be now. */
  get checkpointBytes(): number {
    return checkpointBytes(this.#remembered)
  }

  /** Throws `TamperError` if the row, its absence, or the log about it is not what was put last. */
  async read(table: TableName, id: string): Promise<StoredValue | undefined> {
    const row = await this.#checked(table, id)
    return row && this.#reports.during(() => storedValue(row))
  }

  /**
   * As `read` for each row found. That a row which should be found is not there cannot be seen
   * here: `verify` sees it, and `listOwned`.
   */
  async list(query: ListQuery): Promise<readonly StoredValue[]> {
    for (;;) {
      const before = this.newest.seq
      const results = await this.#store.list(query)
      const checked = this.#reports.during(() => this.#checkedList(query.table, results, before))
      if (checked !== undefined) return checked
    }
  }

  /** Every row with the parent; throws `TamperError` also if one that was put is not there. */
  async listOwned(table: OwnedTable, parent: string): Promise<readonly StoredValue[]> {
    const expected = this.#remembered.ids.of(table, parent)
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
      const leastSeq = this.#remembered.seqs.of(table, id)
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
      if (this.#isBehind) await this.#log.catchUp()
      const { commit, position } = change.seal(this.#stateKey, this.newest, record)
      this.#isBehind = true
      try {
        await this.#store.commit(commit)
      } catch (error) {
        await this.#follower?.unsure(change.rows, error)
        throw error
      }
      for (const entry of commit.entries) this.#remembered.advance(entry)
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
    await this.#log.follow(newest)
  }

  /**
   * Runs `work` while no other `work` runs, so that what it reads is still so when it commits.
   * Must not be called from within `work`, which would wait for itself.
   */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#exclusive(work)
  }

  /** The entries after `seq`, in order, each verified. Throws `TamperError` if the log ends early. */
  changesAfter(seq: number): AsyncGenerator<ChangeEntry, void> {
    return this.#log.after(seq)
  }

  /**
   * Verifies the whole change log and every row of every table, while work goes on; for a start
   * with time to spare, or now and then. Takes time in proportion to the state. `pause`: what goes by
   * after each few rows; absent: one turn.
   */
  async verify(pause?: Pause): Promise<void> {
    const { anchor } = this.#options
    const known = anchor === undefined ? [this.newest] : [this.newest, anchor]
    const parts = {
      store: this.#store,
      stateKey: this.#stateKey,
      remembered: this.#remembered,
      log: this.#log,
    }
    const check = (table: TableName, id: string) => this.#checked(table, id)
    await checkWhole({ ...parts, check }, known, pause).catch((error: unknown) =>
      this.#reports.rethrow(error),
    )
  }

  async #verifyAtStart(): Promise<void> {
    const { anchor, checkpoint } = this.#options
    const known = [this.newest, checkpoint?.until, anchor].filter((place) => place !== undefined)
    // An anchor before the checkpoint proves nothing about an entry that nobody verifies.
    const isWhole =
      this.newest.seq <= shortLogEntries || (anchor !== undefined && anchor.seq < this.newest.seq)
    await this.#log.walk(isWhole ? chainStart : this.newest, known)
    for (const table of sealingTables) {
      const ids = new Set(this.#remembered.ids.ofSealing(table))
      for await (const { row } of allRows(this.#store, table)) ids.add(row.id)
      for (const id of ids) await this.#checked(table, id)
    }
  }

  /** The row, if it, its absence, and the log about it are what was put last. */
  async #checked(table: TableName, id: string): Promise<Row | undefined> {
    // A commit may go by while the store is read: what was known before is what it must have.
    const leastSeq = this.#remembered.seqs.of(table, id)
    const result = await this.#store.read(table, id)
    const row = this.#reports.during(() => checkedRow(this.#stateKey, table, id, result, leastSeq))
    if (row === undefined && this.#remembered.seqs.of(table, id) === leastSeq)
      this.#remembered.ids.drop(table, id)
    return row
  }
}
