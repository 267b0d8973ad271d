import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { State } from '../../../src/core/state/state.ts'
import { StoreFailedError } from '../../../src/server/stores/sqlite-messages.ts'
import { openReadOnlyStore } from '../../../src/server/stores/sqlite-read-only.ts'
import { openSqliteStore } from '../../../src/server/stores/sqlite-store.ts'
import { someStateKey } from '../../core/state/state-key.ts'

test('a store that another process writes is read as it is, and written by nobody', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'keyhold-read-only-'))
  after(() => rm(dir, { recursive: true, force: true }))
  const file = join(dir, 'keyhold.db')
  const store = await openSqliteStore(file)
  const writer = await State.open(store, someStateKey())
  await writer.commit(writer.begin().put('key', 'k', 1, { parent: 'p' }))
  const reading = openReadOnlyStore(file)
  await writer.commit(writer.begin().put('key', 'k', 2).put('material', 'm', 1))
  // Rows that vanish from the file vanish while it is open here as well.
  await writer.commit(writer.begin().remove('material', 'm').eraseMaterial())
  assert.deepEqual(await reading.read('key', 'k'), await store.read('key', 'k'))
  assert.deepEqual(await reading.read('material', 'm'), await store.read('material', 'm'))
  const query = { table: 'key', limit: 10 } as const
  assert.deepEqual(await reading.list(query), await store.list(query))
  assert.deepEqual(await reading.changes(1, 10), await store.changes(1, 10))
  assert.deepEqual(await reading.newestChange(), await store.newestChange())
  await assert.rejects(reading.probe(), TypeError)
  const nothing = { writes: [], removals: [], entries: [], erase: false }
  await assert.rejects(reading.commit(nothing), TypeError)
  reading.fail()
  await assert.rejects(reading.read('key', 'k'), StoreFailedError)
  await assert.rejects(reading.newestChange(), StoreFailedError)
  reading.close()
  await store.close()
})
