/**
 * Writes the tables of docs/compatibility.md that follow from the rows of the operations and of the
 * key specs. `npm test` fails while the page says something else.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withTables } from '../packages/kms/test/tables.ts'

const page = join(import.meta.dirname, '../docs/compatibility.md')
writeFileSync(page, withTables(readFileSync(page, 'utf8')))
