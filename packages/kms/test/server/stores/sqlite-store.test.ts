import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import type { Row } from '../../../src/core/ports.ts'
import { openSqliteStore } from '../../../src/server/stores/sqlite-store.ts'
import { removing, someRow, writing } from './contract.ts'
import { sqlitePlace, temporaryDirectory } from './places.ts'

const inFile = <T>(file: string, work: (db: DatabaseSync) => T): T => {
  const db = new DatabaseSync(file)
  try {
    return work(db)
  } finally {
    db.close()
  }
}

const versionOf = (file: string): number =>
  inFile(file, (db) => Number(db.prepare('pragma user_version').get()?.['user_version']))

const big = (seq: number): Row => someRow(seq, `id${seq}`, { content: 'x'.repeat(20_000) })

/** One of the sequences after which secure_delete alone leaves copies of deleted rows behind. */
const leakySeed = 1

/** Integers below `limit`, the same ones for the same seed (a linear congruential generator). */
const draws = (seed: number) => {
  let state = seed
  return (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

describe('the SQLite store', () => {
  test('makes its files readable by nobody else', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    await store.commit(writing(someRow(1, 'a')))
    const names = readdirSync(place.directory)
    assert.ok(names.includes('keyhold.db-wal'))
    for (const name of names) {
      assert.equal(statSync(join(place.directory, name)).mode & 0o777, 0o600, name)
    }
    await store.close()
  })

  test('leaves nothing beside the database file when it is closed', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    await store.commit(writing(someRow(1, 'a')))
    await store.close()
    assert.deepEqual(readdirSync(place.directory), ['keyhold.db'])
  })

  test('refuses a file of a newer version, naming both versions, and leaves it as it is', async () => {
    await using place = await sqlitePlace()
    await (await place.open()).close()
    const own = versionOf(place.file)
    inFile(place.file, (db) => db.exec(`pragma user_version = ${own + 1}`))
    const before = readFileSync(place.file)
    const words = new RegExp(`version ${own + 1}, .* versions up to ${own}\\b`)
    await assert.rejects(place.open(), words)
    assert.deepEqual(readFileSync(place.file), before)
  })

  test('opens a file of the first version with all that it holds, and marks it as newer', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    await store.commit(writing(someRow(1, 'a')))
    await store.close()
    const own = versionOf(place.file)
    inFile(place.file, (db) =>
      db.exec("update meta set value = '1' where name = 'format'; pragma user_version = 1"),
    )
    const again = await place.open()
    assert.equal((await again.read('key', 'a')).row?.seq, 1)
    await again.close()
    assert.equal(versionOf(place.file), own)
    inFile(place.file, (db) => {
      assert.equal(db.prepare('select value from meta').get()?.['value'], String(own))
    })
  })

  test('moves the custom key stores of an older file to where erasing reaches them', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    await store.commit(writing({ ...someRow(1, 'a'), table: 'key_store' }))
    await store.close()
    inFile(place.file, (db) =>
      db.exec(`
        insert into entity select * from secret_entity;
        delete from secret_entity;
        update meta set value = '3' where name = 'format';
        pragma user_version = 3`),
    )
    const again = await place.open()
    assert.equal((await again.read('key_store', 'a')).row?.seq, 1)
    await again.close()
    inFile(place.file, (db) => {
      assert.deepEqual(db.prepare('select * from entity').all(), [])
    })
  })

  test("refuses another application's database and leaves it as it is", async () => {
    await using place = await sqlitePlace()
    inFile(place.file, (db) => db.exec('create table other (x)'))
    const before = readFileSync(place.file)
    await assert.rejects(place.open(), /another application's SQLite database/)
    assert.deepEqual(readFileSync(place.file), before)
  })

  test('refuses a file that is no database', async () => {
    await using place = await sqlitePlace()
    writeFileSync(place.file, 'not a database, but long enough to look at'.repeat(50))
    await assert.rejects(place.open(), /cannot be read as a SQLite database/)
  })

  test('goes on with the empty file that an interrupted first start leaves', async () => {
    await using place = await sqlitePlace()
    writeFileSync(place.file, '')
    const store = await place.open()
    await store.commit(writing(someRow(1, 'a')))
    await store.close()
  })

  test('erased rows are in no file any more', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    const draw = draws(leakySeed)
    let seq = 0
    // Sizes from a few bytes to some pages, in no order: pages split, merge and overflow.
    for (let round = 0; round < 40; round++) {
      const rows = Array.from({ length: 40 }, () => {
        seq += 1
        const size = draw(20) === 0 ? draw(9000) : draw(400)
        const content = `#${seq}#${'.'.repeat(size)}#${seq}#`
        return someRow(seq, String(draw(2 ** 31)), { table: 'material', content })
      })
      await store.commit(writing(...rows))
    }
    const rows = (await store.list({ table: 'material', limit: 10_000 })).flatMap(
      ({ row }) => row ?? [],
    )
    const erased = rows.filter(() => draw(2) === 0)
    const commits = erased.map(({ id }) => removing(++seq, 'material', id, true))
    await store.commit({
      writes: [],
      removals: commits.flatMap(({ removals }) => removals),
      entries: commits.flatMap(({ entries }) => entries),
      erase: true,
    })
    const files = ['', '-wal', '-shm'].map((suffix) => place.file + suffix)
    const bytes = Buffer.concat(
      files.filter((file) => existsSync(file)).map((f) => readFileSync(f)),
    )
    const found = (row: Row) => bytes.includes(`#${row.seq}#`)
    assert.deepEqual(erased.filter(found), [])
    assert.deepEqual(
      rows.filter(found).map(({ id }) => id),
      (await store.list({ table: 'material', limit: 10_000 })).map(({ row }) => row?.id),
    )
    await store.close()
  })

  test('material that was replaced is in no file either', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    const first = someRow(1, 'a', { table: 'material', content: '"first wrap"' })
    await store.commit(writing(first))
    const second = someRow(2, 'a', { table: 'material', content: '"second wrap"' })
    await store.commit({ ...writing(second), erase: true })
    const bytes = Buffer.concat([readFileSync(place.file), readFileSync(`${place.file}-wal`)])
    assert.equal(bytes.indexOf('first wrap'), -1)
    assert.notEqual(bytes.indexOf('second wrap'), -1)
    await store.close()
  })

  test('a full database refuses the commit, changes nothing, and works again with room', async () => {
    await using place = await sqlitePlace()
    const store = await place.open({ pagesMax: 40 })
    let seq = 0
    await assert.rejects(async () => {
      for (;;) {
        await store.commit(writing(big(seq + 1)))
        seq += 1
      }
    }, /full/)
    assert.ok(seq > 1)
    await assert.rejects(store.probe(), /full/)
    assert.equal((await store.newestChange())?.seq, seq)
    assert.equal((await store.list({ table: 'key', limit: 100 })).length, seq)
    await store.commit(removing(seq + 1, 'key', 'id1'))
    await store.commit(writing({ ...big(seq + 2), id: 'after' }))
    await store.close()
  })

  test('after an I/O error it refuses everything, and opened again it has what it acknowledged', async () => {
    await using place = await sqlitePlace()
    // The shell's limit (blocks of 512 bytes) makes a write beyond it fail: Node ignores SIGXFSZ.
    const script = join(import.meta.dirname, 'io-error-child.ts')
    const child = spawn('sh', [
      '-c',
      `ulimit -f 400; exec "$0" "$@"`,
      process.execPath,
      script,
      place.file,
    ])
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    await once(child, 'close')
    const { acknowledged, errors } = JSON.parse(out) as { acknowledged: number; errors: string[] }
    assert.deepEqual(
      errors,
      Array.from({ length: 4 }, () => 'StoreFailedError'),
    )
    const store = await place.open()
    assert.ok(((await store.newestChange())?.seq ?? 0) >= acknowledged)
    assert.ok(acknowledged > 0)
    await store.close()
  })

  test('the newest change that was acknowledged before a kill is there afterwards', async () => {
    await using place = await sqlitePlace()
    const script = join(import.meta.dirname, 'crash-child.ts')
    let acknowledged = 0
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, [script, place.file])
      const until = acknowledged + 1 + Math.floor(Math.random() * 60)
      let unread = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const lines = (unread + text).split('\n')
        unread = lines.pop() ?? ''
        acknowledged = Math.max(acknowledged, ...lines.map(Number))
        if (acknowledged >= until) child.kill('SIGKILL')
      })
      const [, signal] = (await once(child, 'close')) as [number | null, string | null]
      assert.equal(signal, 'SIGKILL')
      const store = await place.open()
      const newest = (await store.newestChange())?.seq ?? 0
      assert.ok(newest >= acknowledged, `${newest} of ${acknowledged}`)
      const rows = await store.list({ table: 'key', limit: 100_000 })
      assert.deepEqual(
        rows.map(({ row }) => row?.seq),
        Array.from({ length: newest }, (_, at) => at + 1),
      )
      await store.close()
    }
  })

  test('two stores cannot both write: the slower one conflicts', async () => {
    await using place = await sqlitePlace()
    const [one, other] = [await place.open(), await place.open()]
    await one.commit(writing(someRow(1, 'a')))
    await assert.rejects(other.commit(writing(someRow(1, 'b'))), { name: 'ConflictError' })
    await one.close()
    await other.close()
  })

  test('does not open where there is no directory', async () => {
    await using directory = await temporaryDirectory()
    await assert.rejects(openSqliteStore(join(directory.path, 'none', 'keyhold.db')), {
      code: 'ENOENT',
    })
  })
})
