import type { ChangeEntry, Store } from '../ports.ts'
import { chainStart, type ChainPosition, type Pause, verifiedBatches } from './chain.ts'
import { sameBytes, type StateKey } from './mac.ts'
import type { Remembered } from './remembered.ts'
import { TamperError } from './tamper-error.ts'
import type { TamperReports } from './tamper-reports.ts'

/** What is done on the way through the log. */
export type Walk = {
  /** Is given the entries, some at a time, once they are remembered. */
  readonly visit?: (entries: readonly ChangeEntry[]) => Promise<void>
  readonly pause?: Pause | undefined
}

/** The change log of a store. What it gives out is verified, and remembered from then on. */
export class VerifiedLog {
  readonly #store: Store
  readonly #stateKey: StateKey
  readonly #remembered: Remembered
  readonly #reports: TamperReports

  constructor(store: Store, stateKey: StateKey, remembered: Remembered, reports: TamperReports) {
    this.#store = store
    this.#stateKey = stateKey
    this.#remembered = remembered
    this.#reports = reports
  }

  /**
   * Goes through the log from a place that is known to be verified to its end. Throws `TamperError`
   * if it is not as it was written, or does not have all the places that it is known to have.
   */
  async walk(from: ChainPosition, known: readonly ChainPosition[], walk: Walk = {}): Promise<void> {
    if (from.seq > 0) this.#requireAt(from, await this.#at(from.seq))
    let lastSeq = from.seq
    for await (const batch of this.#batches(from, walk.pause)) {
      for (const entry of batch) {
        for (const position of known) this.#requireAt(position, entry)
        this.#remembered.advance(entry)
        lastSeq = entry.seq
      }
      await walk.visit?.(batch)
    }
    if (known.some(({ seq }) => seq > lastSeq)) this.#endsEarly(lastSeq)
  }

  /** Takes in what the log has gained, which must go up to `newest`, or beyond. */
  async follow(newest: ChainPosition): Promise<void> {
    if (newest.seq > this.#remembered.newest.seq) await this.walk(this.#remembered.newest, [newest])
  }

  /** After a commit that failed: what the log really holds, as far as it continues what we know. */
  async catchUp(): Promise<void> {
    const known = this.#remembered.newest
    const newest = await this.#store.newestChange()
    if ((newest?.seq ?? 0) < known.seq) this.#endsEarly(newest?.seq ?? 0)
    if (newest !== undefined) this.#requireAt(known, newest)
    await this.walk(known, [])
  }

  /** The entries after `seq`, in order. Throws `TamperError` if the log ends early. */
  async *after(seq: number): AsyncGenerator<ChangeEntry, void> {
    const until = this.#remembered.newest.seq
    if (seq >= until) return
    // Its link needs no proof: the next entry's link cannot be made to fit another one.
    const position = seq === 0 ? chainStart : await this.#at(seq)
    let last = position.seq
    for await (const batch of this.#batches(position)) {
      yield* batch
      last += batch.length
    }
    if (last < until) this.#endsEarly(last)
  }

  /** The entry as it is stored, verified by nothing. */
  async #at(seq: number): Promise<ChangeEntry> {
    const [entry] = await this.#store.changes(seq - 1, 1)
    return entry?.seq === seq ? entry : this.#endsEarly(seq - 1)
  }

  #requireAt(expected: ChainPosition, entry: ChainPosition): void {
    if (entry.seq !== expected.seq || sameBytes(entry.link, expected.link)) return
    this.#reports.rethrow(
      new TamperError('change_log', String(entry.seq), 'the log was written anew'),
    )
  }

  #endsEarly(seq: number): never {
    const error = new TamperError('change_log', String(seq + 1), 'the entry is missing')
    return this.#reports.rethrow(error)
  }

  async *#batches(
    from: ChainPosition,
    pause?: Pause,
  ): AsyncGenerator<readonly ChangeEntry[], void> {
    const batches = verifiedBatches(this.#store, this.#stateKey, from, pause)
    for (;;) {
      const next = await batches.next().catch((error: unknown) => this.#reports.rethrow(error))
      if (next.done === true) return
      yield next.value
    }
  }
}
