import type { ChangeEntry, TableName } from '../ports.ts'

/**
 * The newest seq of every entity that the verified change log names, removed ones too: an older row
 * and an older end of the log agree with each other, and with this they do not. About 110 bytes
 * for each entity, for as long as the process lives.
 */
export class NewestSeqs {
  readonly #tables = new Map<TableName, Map<string, number>>()

  /** 0 for an entity that never was written. */
  of(table: TableName, id: string): number {
    return this.#tables.get(table)?.get(id) ?? 0
  }

  /** Takes an entry that follows all those before it. */
  add({ table, id, seq }: Pick<ChangeEntry, 'table' | 'id' | 'seq'>): void {
    let seqs = this.#tables.get(table)
    if (seqs === undefined) this.#tables.set(table, (seqs = new Map()))
    seqs.set(id, seq)
  }

  /** All of one table as they are now, in a map of the caller's own. */
  copyOf(table: TableName): Map<string, number> {
    return new Map(this.#tables.get(table))
  }
}
