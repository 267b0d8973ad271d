import type { TableName } from '../ports.ts'

/**
 * The database holds something that the service did not put there, or lacks something that it did.
 * Names what is wrong and where, never what it contains.
 */
export class TamperError extends Error {
  readonly table: TableName | 'change_log'
  /** The row's id, or the decimal seq of the entry in the change log. */
  readonly id: string
  constructor(table: TableName | 'change_log', id: string, problem: string) {
    super(`${table} ${JSON.stringify(id)}: ${problem}`)
    this.name = 'TamperError'
    this.table = table
    this.id = id
  }
}
