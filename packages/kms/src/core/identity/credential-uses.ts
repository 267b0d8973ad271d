import { LastUses, type UseBook } from '../state/last-uses.ts'
import type { State } from '../state/state.ts'

/** When, where and for which service an access key or a role was used last. */
export type CredentialUse = {
  readonly atMs: number
  readonly service: string
  readonly region: string
}

/** The uses of access keys and roles for the process that writes them. `gather`: see `LastUsesOptions`. */
export const savedCredentialUses = (
  state: State,
  gather?: () => Promise<void>,
): LastUses<CredentialUse> => new LastUses(state, 'access_key_use', { gather })

/** Uses of one kind within this time are one use: nobody asks for seconds. */
const resolutionMs = 60_000

/** The last uses of access keys and roles. After a crash the newest few are forgotten. */
export class CredentialUses {
  readonly #uses: UseBook<CredentialUse>

  constructor(uses: UseBook<CredentialUse>) {
    this.#uses = uses
  }

  /** `id`: an access key id, or the unique id of a role. */
  note(id: string, service: string, region: string, nowMs: number): void {
    const known = this.#uses.unsaved(id)
    if (
      known !== undefined &&
      nowMs - known.atMs < resolutionMs &&
      known.service === service &&
      known.region === region
    )
      return
    this.#uses.note(id, { atMs: nowMs, service, region })
  }

  last(id: string): Promise<CredentialUse | undefined> {
    return this.#uses.last(id)
  }

  /** What is deleted was never used: its row goes in the same change. */
  forget(id: string): void {
    this.#uses.forget(id)
  }
}
