import type { State } from '../state/state.ts'

/** When, where and for which service an access key or a role was used last. */
export type KeyUse = { readonly atMs: number; readonly service: string; readonly region: string }

/** Uses of one kind within this time are one use: nobody asks for seconds. */
const resolutionMs = 60_000
const rowsPerCommitMax = 500

/**
 * The last uses of access keys and roles. They are kept in memory and written now and then, so that
 * a call costs no write: after a crash the newest few are forgotten.
 */
export class KeyUses {
  readonly #state: State
  readonly #uses = new Map<string, KeyUse>()
  readonly #unsaved = new Set<string>()

  constructor(state: State) {
    this.#state = state
  }

  /** `id`: an access key id, or the unique id of a role. */
  note(id: string, service: string, region: string, nowMs: number): void {
    const known = this.#uses.get(id)
    if (
      known !== undefined &&
      nowMs - known.atMs < resolutionMs &&
      known.service === service &&
      known.region === region
    )
      return
    this.#uses.set(id, { atMs: nowMs, service, region })
    this.#unsaved.add(id)
  }

  async last(id: string): Promise<KeyUse | undefined> {
    const known = this.#uses.get(id)
    if (known !== undefined) return known
    const stored = await this.#state.read('access_key_use', id)
    return stored?.value as KeyUse | undefined
  }

  /** What is deleted was never used: its row goes in the same change. */
  forget(id: string): void {
    this.#uses.delete(id)
    this.#unsaved.delete(id)
  }

  /** Writes what is not written yet. */
  async save(): Promise<void> {
    while (this.#unsaved.size > 0) {
      await this.#state.exclusive(async () => {
        const change = this.#state.begin()
        const saved: string[] = []
        for (const id of this.#unsaved) {
          if (saved.length >= rowsPerCommitMax) break
          change.put('access_key_use', id, this.#uses.get(id))
          saved.push(id)
        }
        if (change.isEmpty) return
        await this.#state.commit(change)
        for (const id of saved) this.#unsaved.delete(id)
      })
    }
  }
}
