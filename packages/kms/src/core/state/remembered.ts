import type { ChangeEntry } from '../ports.ts'
import { chainStart, type ChainPosition } from './chain.ts'
import type { StateKey } from './mac.ts'
import { NewestSeqs } from './newest-seqs.ts'
import { RememberedIds } from './remembered-ids.ts'

/** What is kept in memory of the change log, as far as it was verified or written here. */
export class Remembered {
  readonly seqs: NewestSeqs
  readonly ids: RememberedIds
  #newest: ChainPosition

  constructor(seqs: NewestSeqs, ids: RememberedIds, newest: ChainPosition) {
    this.seqs = seqs
    this.ids = ids
    this.#newest = newest
  }

  static nothing(stateKey: StateKey): Remembered {
    return new Remembered(new NewestSeqs(stateKey), new RememberedIds(), chainStart)
  }

  /** As far as it goes. */
  get newest(): ChainPosition {
    return this.#newest
  }

  /** Takes a verified entry for the newest one, if it comes after what was that until now. */
  advance(entry: ChangeEntry): void {
    if (entry.seq <= this.#newest.seq) return
    this.seqs.add(entry)
    this.ids.add(entry)
    this.#newest = { seq: entry.seq, link: entry.link }
  }
}
