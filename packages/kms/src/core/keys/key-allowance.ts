import { KmsError } from '../../api/errors.ts'
import type { State } from '../state/state.ts'
import type { Place } from './arn.ts'
import { keyRowId } from './key.ts'

/**
 * How many keys an account may make in a Region, whatever their state. They are counted only once as
 * many were made as the last count left room for: deletions in between make room that is found then.
 * To be used by changes alone, of which one runs at a time.
 */
export class KeyAllowance {
  readonly #state: State
  readonly #keysMax: number
  readonly #left = new Map<string, number>()

  constructor(state: State, keysMax: number) {
    this.#state = state
    this.#keysMax = keysMax
  }

  /** Throws LimitExceededException where there is no room for one more. */
  async take(place: Place): Promise<void> {
    const prefix = keyRowId(place, '')
    const known = this.#left.get(prefix) ?? 0
    const left = known > 0 ? known : this.#keysMax - (await this.#state.count('key', prefix))
    // AWS's own text is not known.
    if (left <= 0)
      throw new KmsError(
        'LimitExceededException',
        `The account has ${this.#keysMax} keys in this Region, which is the limit.`,
      )
    this.#left.set(prefix, left - 1)
  }
}
