import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { SchemaGuard } from '../../../src/server/stores/schema-guard.ts'
import { committer } from '../../../src/server/stores/sqlite-commit.ts'
import { migrate } from '../../../src/server/stores/sqlite-schema.ts'
import { removing, someRow, writing } from './contract.ts'
import { sqlitePlace } from './places.ts'

const inFile = (file: string, sql: string): void => {
  const db = new DatabaseSync(file)
  try {
    // In its defensive mode, SQLite lets nobody set the count of structural changes.
    db.enableDefensive(false)
    db.exec(sql)
  } finally {
    db.close()
  }
}

const index = 'entity_by_due on entity (tbl, due_at_ms, id)'
/** What someone else did to the structure, and what the refusal names. */
const edits: Readonly<Record<string, readonly [sql: string, tells: RegExp]>> = {
  'a trigger': [
    `create trigger t before update on entity begin select raise(ignore); end`,
    /trigger "t" on "entity" does not belong there/,
  ],
  'a view': ['create view v as select * from entity', /view "v" on "v" does not belong there/],
  'another table': ['create table other (x)', /table "other" .*does not belong there/],
  'an index dropped': ['drop index entity_by_due', /index "entity_by_due" on "entity" is missing/],
  'an index changed': [
    `drop index entity_by_due; create index ${index} where due_at_ms > 5`,
    /index "entity_by_due" on "entity" is another one/,
  ],
  'a column added': [
    'alter table change_log add column x text',
    /table "change_log" on "change_log" is another one/,
  ],
  'a table dropped': ['drop table secret_entity', /"secret_entity" is missing/],
  'the version set back': ['pragma user_version = 0', /does not belong there/],
}

describe('the structure of the database', () => {
  for (const [name, [sql, tells]] of Object.entries(edits)) {
    test(`${name}: the file is refused, and left as it is`, async () => {
      await using place = await sqlitePlace()
      await (await place.open()).close()
      inFile(place.file, sql)
      const before = readFileSync(place.file)
      await assert.rejects(place.open(), tells)
      assert.deepEqual(readFileSync(place.file), before)
    })
  }

  test('a trigger added while the store is open ends it with the next commit', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    await store.commit(writing(someRow(1, 'a')))
    inFile(place.file, 'create trigger t before update on entity begin select raise(ignore); end')
    const stopped = { name: 'StoreFailedError', message: /changed the structure/ }
    await assert.rejects(store.commit(writing(someRow(2, 'a'))), stopped)
    await assert.rejects(store.read('key', 'a'), stopped)
    await assert.rejects(store.probe(), stopped)
    await store.close()
  })

  test('a trigger added while the store is open ends it with the next probe', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    inFile(place.file, 'create trigger t after insert on entity begin select 1; end')
    await assert.rejects(store.probe(), { name: 'StoreFailedError' })
    await assert.rejects(store.commit(writing(someRow(1, 'a'))), { name: 'StoreFailedError' })
    await store.close()
  })

  test('an added trigger that covers its traces takes no part, and is found when it is in the way', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    await store.commit(writing(someRow(1, 'a'), someRow(2, 'm', { table: 'material' })))
    // With the count of changes set back, the open connections do not see it.
    const reader = new DatabaseSync(place.file)
    const count = Number(reader.prepare('pragma schema_version').get()?.['schema_version'])
    reader.close()
    inFile(
      place.file,
      `create trigger t before update on entity begin select raise(ignore); end;
       pragma schema_version = ${count}`,
    )
    await store.commit(writing(someRow(3, 'a')))
    assert.equal((await store.read('key', 'a')).row?.seq, 3)
    await assert.rejects(store.commit(removing(4, 'material', 'm', true)), {
      name: 'StoreFailedError',
      message: /trigger "t" on "entity" does not belong there/,
    })
    await store.close()
    await assert.rejects(place.open(), /trigger "t"/)
  })

  test('erasing commits, which rebuild a table, do not count as a change by someone else', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    await store.commit(writing(someRow(1, 'm', { table: 'material' })))
    await store.commit(removing(2, 'material', 'm', true))
    await store.commit(writing(someRow(3, 'm', { table: 'material' })))
    await store.commit(removing(4, 'material', 'm', true))
    await store.probe()
    await store.close()
    await (await place.open()).close()
  })
})

/** Triggers of the connection itself, which no file shows. */
const disobedience: Readonly<Record<string, string>> = {
  'a row is not written': 'before insert on main.entity begin select raise(ignore); end',
  'a row is not replaced': 'before update on main.entity begin select raise(ignore); end',
  'an entry is not written': 'before insert on main.change_log begin select raise(ignore); end',
  'a row is edited once written': `after update on main.entity
    begin update entity set due_at_ms = 7 where id = new.id; end`,
  'a row vanishes once written':
    'after update on main.entity begin delete from entity where id = new.id; end',
  'an entry is edited once written': `after insert on main.change_log
    begin update change_log set record = 'x' where seq = new.seq; end`,
  'an entry vanishes once the next one is written': `after insert on main.change_log
    when new.seq > 3 begin delete from change_log where seq = new.seq - 1; end`,
  'a row is not removed': 'before delete on main.entity begin select raise(ignore); end',
  'a row comes back once removed': `after delete on main.entity
    begin insert into entity values (old.tbl, old.id, null, null, old.seq, old.content, old.mac); end`,
}

describe('a database that does not do as it is told', () => {
  for (const [name, trigger] of Object.entries(disobedience)) {
    test(`${name}: the commit fails for good, and nothing of it stays`, async () => {
      await using place = await sqlitePlace()
      const db = new DatabaseSync(place.file, { enableForeignKeyConstraints: false })
      try {
        migrate(db, place.file)
        const commit = committer(db, new SchemaGuard(db, place.file))
        commit(writing(someRow(1, 'a'), someRow(2, 'gone')))
        const tables = ['entity', 'change_log']
        const content = () => tables.map((table) => db.prepare(`select * from ${table}`).all())
        const before = content()
        db.exec(`create temp trigger t ${trigger}`)
        const removal = removing(5, 'key', 'gone')
        const writes = writing(someRow(3, 'a'), someRow(4, 'b'))
        const both = {
          ...removal,
          writes: writes.writes,
          entries: [...writes.entries, ...removal.entries],
        }
        assert.throws(() => commit(both), { name: 'StoreFailedError' })
        assert.deepEqual(content(), before)
      } finally {
        db.close()
      }
    })
  }
})
