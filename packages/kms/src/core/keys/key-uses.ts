import { trackedOperations, type TrackedOperation } from '../../api/tracked-operations.ts'
import { LastUses, type NotedUses, type UseBook } from '../state/last-uses.ts'
import type { State } from '../state/state.ts'

/** The last use of a KMS key, as its record in the audit log has it. */
export type KeyUse = {
  readonly operation: TrackedOperation
  /** In whole seconds, like the record. */
  readonly atMs: number
  readonly eventId: string
  readonly requestId: string
}

const table = 'key_use'
/** The row of what is not a key: from when on uses may be unsaved. Ids of keys have slashes. */
const markId = 'saved'
type Mark = { readonly atMs: number }

/** A record is made so long at most before it is durable, and the use noted after that. */
export const recordSlackMs = 60_000

const tracked: ReadonlySet<string> = new Set(trackedOperations)

/** Whether a successful call of this operation is a use of its keys. */
export const isTracked = (operation: string): operation is TrackedOperation =>
  tracked.has(operation)

/** What calls ask and tell of the uses of keys, by the ids of their rows. */
export type KeyUseBook = Omit<UseBook<KeyUse>, 'unsaved'>

/**
 * The last successful cryptographic use of each KMS key, by the id of its row. A use is noted when
 * its record is durable, and written now and then; what a crash kept from being written is in the
 * audit log (see `recoverUses`).
 */
export class KeyUses implements KeyUseBook {
  readonly #state: State
  readonly #uses: LastUses<KeyUse>

  /** `gather`: see `LastUsesOptions`. */
  constructor(state: State, gather?: () => Promise<void>) {
    this.#state = state
    this.#uses = new LastUses(state, table, { gather })
  }

  note(keyRowId: string, use: KeyUse): void {
    this.#uses.note(keyRowId, use)
  }

  /** Takes in uses that were noted elsewhere, where none is known that is later. */
  merge(noted: NotedUses<KeyUse>): void {
    this.#uses.merge(noted)
  }

  last(keyRowId: string): Promise<KeyUse | undefined> {
    return this.#uses.last(keyRowId)
  }

  /** As `last`, but for what other processes have not told yet. */
  known(keyRowId: string): Promise<KeyUse | undefined> {
    return this.#uses.known(keyRowId)
  }

  /** Of a key that is destroyed: its row goes in the same change. */
  forget(keyRowId: string): void {
    this.#uses.forget(keyRowId)
  }

  /** Every use whose record is older than this is saved; 0 if none ever was. */
  async unsavedFromMs(): Promise<number> {
    const mark = await this.#state.read(table, markId)
    return (mark?.value as Mark | undefined)?.atMs ?? 0
  }

  /** Writes what is not written yet, and that no more is unsaved. `isAtRest`: no call is under way. */
  async save(nowMs: number, isAtRest = false): Promise<void> {
    if (!(await this.#uses.save())) return
    if (isAtRest) await this.markSaved(nowMs)
    else await this.#mark(nowMs - recordSlackMs)
  }

  /** To be called where no use is unsaved, and no call under way. */
  markSaved(nowMs: number): Promise<void> {
    // Records tell whole seconds, and this one is not over.
    return this.#mark(nowMs - (nowMs % 1000))
  }

  async #mark(atMs: number): Promise<void> {
    const mark: Mark = { atMs }
    await this.#state.commit(this.#state.begin().put(table, markId, mark))
  }
}
