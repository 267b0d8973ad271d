import { hash } from 'node:crypto'
import type { ChangeEntry, TableName } from '../ports.ts'
import { rowHashSecret, type StateKey } from './mac.ts'
import { SeqTable } from './seq-table.ts'

/** So many that one of them is copied, or grows, in less than a millisecond. */
export const seqTableCount = 256

/**
 * The newest seq of every entity that the verified change log names, removed ones too: an older row
 * and an older end of the log agree with each other, and with this they do not. 20 to 30 bytes for
 * each entity, for as long as the process lives.
 *
 * An entity is known by 64 bits of a hash with a secret, so that nobody can choose two that share
 * them. By chance two of ten million do with a probability of 3 in a million; then the one that was
 * changed first counts as put back, and is refused.
 */
export class NewestSeqs {
  readonly #secret: string
  readonly #tables: readonly SeqTable[]

  /** `tables`: those of another one under the same key; absent: none is known. */
  constructor(stateKey: StateKey, tables: readonly SeqTable[] = emptyTables()) {
    this.#secret = rowHashSecret(stateKey)
    this.#tables = tables
  }

  /** Each with its share of the entities; to be copied before anything is added. */
  get tables(): readonly SeqTable[] {
    return this.#tables
  }

  /** How many entities there are. */
  get count(): number {
    return this.#tables.reduce((sum, { count }) => sum + count, 0)
  }

  /** 0 for an entity that never was written. */
  of(table: TableName, id: string): number {
    const digest = this.#digest(table, id)
    return this.#tableOf(digest).of(wordAt(digest, 0), wordAt(digest, 4))
  }

  /** Takes an entry of the verified log. */
  add({ table, id, seq }: Pick<ChangeEntry, 'table' | 'id' | 'seq'>): void {
    const digest = this.#digest(table, id)
    this.#tableOf(digest).add(wordAt(digest, 0), wordAt(digest, 4), seq)
  }

  #tableOf(digest: string): SeqTable {
    return this.#tables[digest.charCodeAt(0)]!
  }

  /** A character for each byte: of what Node can make of a digest, the fastest to make and to read. */
  #digest(table: TableName, id: string): string {
    return hash('sha256', `${this.#secret}${table}/${id}`, 'binary')
  }
}

const emptyTables = (): readonly SeqTable[] =>
  Array.from({ length: seqTableCount }, () => new SeqTable())

const wordAt = (digest: string, at: number): number =>
  (digest.charCodeAt(at) |
    (digest.charCodeAt(at + 1) << 8) |
    (digest.charCodeAt(at + 2) << 16) |
    (digest.charCodeAt(at + 3) << 24)) >>>
  0
