import { openSqliteStore } from '../../../src/server/stores/sqlite-store.ts'
import { someRow, writing } from './contract.ts'

// Commits until the disk gives an error, then says how everything that follows ends.
const store = await openSqliteStore(process.argv[2] ?? '')
const errors: string[] = []
const failing = async (work: Promise<unknown>): Promise<void> => {
  await work.catch((error: unknown) => errors.push(error instanceof Error ? error.name : ''))
}
let acknowledged = 0
while (errors.length === 0) {
  const seq = acknowledged + 1
  await failing(store.commit(writing(someRow(seq, `${seq}`, { content: 'x'.repeat(9000) }))))
  if (errors.length === 0) acknowledged = seq
}
await failing(store.commit(writing(someRow(acknowledged + 1, 'small'))))
await failing(store.read('key', '1'))
await failing(store.probe())
await store.close()
process.stdout.write(JSON.stringify({ acknowledged, errors }))
