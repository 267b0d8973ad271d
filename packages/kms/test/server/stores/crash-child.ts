import { openSqliteStore } from '../../../src/server/stores/sqlite-store.ts'
import { someRow, writing } from './contract.ts'

// Commits without end and says after each one that it was acknowledged; made to be killed.
const store = await openSqliteStore(process.argv[2] ?? '')
let seq = (await store.newestChange())?.seq ?? 0
for (;;) {
  seq += 1
  await store.commit(writing(someRow(seq, String(seq).padStart(9, '0'))))
  process.stdout.write(`${seq}\n`)
}
