import type { DatabaseSync } from 'node:sqlite'
import { StoreFailedError } from './sqlite-messages.ts'
import { pragma, requireSchema } from './sqlite-schema.ts'

/**
 * Sees to it that a connection works on the structure that was verified when it was opened. SQLite
 * counts changes of the structure in the file, and reads it anew only when the count has changed: as
 * long as it has not, nothing that was added takes part in what the connection does.
 */
export class SchemaGuard {
  readonly #db: DatabaseSync
  readonly #file: string
  #version: number

  /** Throws unless the structure is what this program makes. */
  constructor(db: DatabaseSync, file: string) {
    this.#db = db
    this.#file = file
    // The count comes first: a change between the two is seen by one of them.
    this.#version = pragma(db, 'schema_version')
    requireSchema(db, file)
  }

  /** Throws `StoreFailedError` if someone else changed the structure. Call it in a transaction. */
  requireUnchanged(): void {
    if (pragma(this.#db, 'schema_version') === this.#version) return
    throw new StoreFailedError('someone else has changed the structure of the database')
  }

  /**
   * For a transaction that changes the structure itself: verifies all of it, and returns the count
   * to `accept` when the transaction has been committed. Throws `StoreFailedError`.
   */
  inspect(): number {
    try {
      requireSchema(this.#db, this.#file)
    } catch (error) {
      throw new StoreFailedError(error instanceof Error ? error.message : String(error))
    }
    return pragma(this.#db, 'schema_version')
  }

  accept(version: number): void {
    this.#version = version
  }
}
