import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import type { Store } from '../../../src/core/ports.ts'
import { State } from '../../../src/core/state/state.ts'
import type { TamperError } from '../../../src/core/state/tamper-error.ts'
import { sqlitePlace, type SqlitePlace } from '../../server/stores/places.ts'
import { someStateKey } from './state-key.ts'

const stateKey = someStateKey()

type Scene = {
  readonly place: SqlitePlace
  readonly store: Store
  readonly state: State
  /** What `onTamper` was told, as `table id`. */
  readonly told: string[]
  /** SQL on the file, from a connection that the service knows nothing of. */
  readonly tamper: (sql: string) => void
}

/** A database with a disabled key that once was enabled, a live one, an alias, and a removed one. */
const withScene = async (work: (scene: Scene) => Promise<void>): Promise<void> => {
  await using place = await sqlitePlace()
  const store = await place.open()
  const told: string[] = []
  const onTamper = ({ table, id }: TamperError): void => void told.push(`${table} ${id}`)
  const state = await State.open(store, stateKey, { onTamper })
  const tamper = (sql: string): void => {
    const db = new DatabaseSync(place.file, { enableForeignKeyConstraints: false })
    db.exec(`attach '${place.file}.kept' as kept`)
    db.exec(sql)
    db.close()
  }
  await state.commit(
    state
      .begin()
      .put('cluster', 'c', { id: 'c' })
      .put('key', 'k1', { enabled: true }, { dueAtMs: 5 })
      .put('key', 'k2', { enabled: true })
      .put('alias', 'alias/a', { target: 'k1' }, { parent: 'k1' })
      .put('alias', 'alias/gone', { target: 'k2' }),
  )
  // What an attacker keeps in order to put it back later.
  tamper(`create table kept.kept_entity as select * from entity;
          create table kept.kept_log as select * from change_log`)
  await state.commit(state.begin().put('key', 'k1', { enabled: false }, { dueAtMs: 9 }))
  await state.commit(state.begin().remove('alias', 'alias/gone'), '{"event":"DeleteAlias"}')
  await work({ place, store, state, told, tamper })
}

const tampered = (table: string, id: string) => ({ name: 'TamperError', table, id })

/** What was done to the row `k1` shows when it is read and when it is listed. */
const rowAttacks: Readonly<Record<string, string>> = {
  'edited content': `update entity set content = '{"enabled":true}' where id = 'k1'`,
  'an edited due time': `update entity set due_at_ms = 10 where id = 'k1'`,
  'a due time taken away': `update entity set due_at_ms = null where id = 'k1'`,
  'an added parent': `update entity set parent = '' where id = 'k1'`,
  'the ids of two rows exchanged': `update entity set id = 'k3' where id = 'k1';
    update entity set id = 'k1' where id = 'k2'; update entity set id = 'k2' where id = 'k3'`,
  'an older row put back, with its seq and MAC': `delete from entity where id = 'k1';
    insert into entity select * from kept_entity where id = 'k1'`,
  'an older row put back, and its entry edited to agree': `delete from entity where id = 'k1';
    insert into entity select * from kept_entity where id = 'k1';
    update change_log set row_mac = (select row_mac from kept_log where id = 'k1')
      where seq = 6`,
  'an older row put back under the newest seq': `delete from entity where id = 'k1';
    insert into entity select tbl, id, parent, due_at_ms, 6, content, mac from kept_entity
      where id = 'k1'`,
  'an edited seq': `update entity set seq = 7 where id = 'k1'`,
  'an edited MAC': `update entity set mac = zeroblob(36) where id = 'k1'`,
  'a MAC cut short': `update entity set mac = x'' where id = 'k1'`,
  "another row's content, seq and MAC": `update entity set (content, seq, mac, due_at_ms) =
    (select content, seq, mac, due_at_ms from entity where id = 'k2') where id = 'k1'`,
  'a forged entry about it': `insert into change_log select 8, tbl, id, row_mac, record, link
    from change_log where seq = 6`,
}

describe('tampering with the database', () => {
  for (const [name, sql] of Object.entries(rowAttacks)) {
    test(`${name}: the row is refused, and the callback told once`, () =>
      withScene(async ({ state, told, tamper }) => {
        tamper(sql)
        await assert.rejects(state.read('key', 'k1'), tampered('key', 'k1'))
        await assert.rejects(state.list({ table: 'key', limit: 9 }), tampered('key', 'k1'))
        await assert.rejects(state.read('key', 'k1'), tampered('key', 'k1'))
        assert.deepEqual(told, ['key k1'])
      }))
  }

  for (const [name, sql] of Object.entries(rowAttacks)) {
    test(`${name}: found by a whole verification, and told once`, () =>
      withScene(async ({ state, told, tamper }) => {
        tamper(sql)
        await assert.rejects(state.verify(), tampered('key', 'k1'))
        await assert.rejects(state.verify(), tampered('key', 'k1'))
        assert.deepEqual(told, ['key k1'])
      }))
  }

  test('a row is found missing where a copy of it lies in the wrong place', () =>
    withScene(async ({ state, tamper }) => {
      tamper(`insert into secret_entity select * from entity where id = 'k2';
              delete from entity where id = 'k2'`)
      await assert.rejects(state.verify(), tampered('key', 'k2'))
    }))

  const added = (id: string): string =>
    `insert into entity select tbl, ${id}, parent, due_at_ms, seq, content, mac from entity
     where id = 'k2';`

  for (const id of ["''", "'new'", "'zzz'"]) {
    test(`a row that nobody made is found by a whole verification: ${id}`, () =>
      withScene(async ({ state, tamper }) => {
        tamper(added(id))
        await assert.rejects(state.verify(), tampered('key', id.slice(1, -1)))
      }))
  }

  test('a row whose id is no text is found by a whole verification', () =>
    withScene(async ({ state, tamper }) => {
      tamper(added(`cast(x'ff' as text)`))
      await assert.rejects(state.verify(), tampered('key', '\ufffd'))
    }))

  test('ids that are no text keep no page coming again, and hide nothing', () =>
    withScene(async ({ state, store, told, tamper }) => {
      const hex = Array.from({ length: 200 }, (_, n) => (0xff0000 + n).toString(16))
      tamper(hex.map((id) => added(`cast(x'${id}' as text)`)).join(''))
      tamper(`delete from entity where id = 'k2'`)
      await assert.rejects(state.verify(), { name: 'TamperError', table: 'key' })
      assert.equal(told.length, 1)
      tamper(`update entity set tbl = 'cluster' where id > 'zzz'`)
      await assert.rejects(State.open(store, stateKey), { name: 'TamperError', table: 'cluster' })
    }))

  test('a re-pointed alias is refused', () =>
    withScene(async ({ state, tamper }) => {
      tamper(`update entity set content = '{"target":"k2"}' where id = 'alias/a'`)
      await assert.rejects(state.read('alias', 'alias/a'), tampered('alias', 'alias/a'))
    }))

  test('an alias re-pointed by its parent is refused where it is listed', () =>
    withScene(async ({ state, tamper }) => {
      tamper(`update entity set parent = 'k2' where id = 'alias/a'`)
      const query = { table: 'alias', parent: 'k2', limit: 9 } as const
      await assert.rejects(state.list(query), tampered('alias', 'alias/a'))
    }))

  test('an error never quotes what the row holds', () =>
    withScene(async ({ state, tamper }) => {
      tamper(`update entity set content = '{"secret":"xyzzy"}' where id = 'k1'`)
      const error = await state.read('key', 'k1').catch((caught: unknown) => caught)
      assert.ok(error instanceof Error)
      assert.equal(`${error.message} ${error.stack}`.includes('xyzzy'), false)
    }))

  test('a deleted row is refused when it is read, and found by a whole verification', () =>
    withScene(async ({ state, tamper }) => {
      tamper(`delete from entity where id = 'k2'`)
      await assert.rejects(state.read('key', 'k2'), tampered('key', 'k2'))
      assert.equal((await state.list({ table: 'key', limit: 9 })).length, 1, 'a list cannot know')
      await assert.rejects(state.verify(), tampered('key', 'k2'))
    }))

  test('a deleted row with a forged removal in the log is refused', () =>
    withScene(async ({ state, tamper }) => {
      tamper(`delete from entity where id = 'k2';
              insert into change_log select 8, 'key', 'k2', row_mac, null, link
                from change_log where seq = 7`)
      await assert.rejects(state.read('key', 'k2'), tampered('key', 'k2'))
      tamper(`update change_log set row_mac = x'' where seq = 8`)
      await assert.rejects(state.read('key', 'k2'), tampered('key', 'k2'))
    }))

  test('a removed row put back is refused', () =>
    withScene(async ({ state, tamper }) => {
      tamper(`insert into entity select * from kept_entity where id = 'alias/gone'`)
      await assert.rejects(state.read('alias', 'alias/gone'), tampered('alias', 'alias/gone'))
    }))

  test('a row that the log knows nothing of is refused', () =>
    withScene(async ({ state, tamper }) => {
      tamper(`insert into entity select tbl, 'new', parent, due_at_ms, seq, content, mac
              from entity where id = 'k2'`)
      await assert.rejects(state.read('key', 'new'), tampered('key', 'new'))
    }))

  test('an older row put back with its newest entry gone is refused wherever it is met', () =>
    withScene(async ({ state, store, told, tamper }) => {
      tamper(`delete from entity where id = 'k1';
              insert into entity select * from kept_entity where id = 'k1';
              delete from change_log where seq = 6`)
      // The row and the newest entry left for it agree: what was known of it before does not.
      await assert.rejects(state.read('key', 'k1'), tampered('key', 'k1'))
      await assert.rejects(state.list({ table: 'key', limit: 9 }), tampered('key', 'k1'))
      assert.deepEqual((await state.read('key', 'k2'))?.value, { enabled: true })
      await assert.rejects(state.verify(), tampered('key', 'k1'))
      assert.deepEqual(told, ['key k1'])
      await assert.rejects(State.open(store, stateKey), tampered('change_log', '6'))
    }))

  test('a row gone with all its entries is refused', () =>
    withScene(async ({ state, tamper }) => {
      tamper(`delete from entity where id = 'k2'; delete from change_log where id = 'k2'`)
      await assert.rejects(state.read('key', 'k2'), tampered('key', 'k2'))
    }))

  test('a removed row put back with the entry of its removal gone is refused', () =>
    withScene(async ({ state, tamper }) => {
      tamper(`insert into entity select * from kept_entity where id = 'alias/gone';
              delete from change_log where seq = 7`)
      await assert.rejects(state.read('alias', 'alias/gone'), tampered('alias', 'alias/gone'))
      const query = { table: 'alias', limit: 9 } as const
      await assert.rejects(state.list(query), tampered('alias', 'alias/gone'))
    }))

  test('what was known before a start is known after it', () =>
    withScene(async ({ store, tamper }) => {
      const again = await State.open(store, stateKey)
      tamper(`insert into entity select * from kept_entity where id = 'alias/gone';
              delete from change_log where seq = 7`)
      await assert.rejects(again.read('alias', 'alias/gone'), tampered('alias', 'alias/gone'))
    }))

  const logAttacks: Readonly<Record<string, [sql: string, seq: string]>> = {
    'an edited record': [`update change_log set record = '{"event":"x"}' where seq = 7`, '7'],
    'a record taken away': [`update change_log set record = null where seq = 7`, '7'],
    'an empty record added': [`update change_log set record = '' where seq = 2`, '2'],
    'an entry moved to another row': [`update change_log set id = 'k9' where seq = 6`, '6'],
    'a forged entry appended': [
      `insert into change_log select 8, tbl, id, row_mac, record, link from change_log
       where seq = 7`,
      '8',
    ],
    'the first entry gone': ['delete from change_log where seq = 1', '1'],
    'an entry before the first': [
      `insert into change_log select 0, tbl, id, row_mac, record, link from change_log
       where seq = 1;
       update change_log set seq = -1 where seq = 1`,
      '1',
    ],
  }
  for (const [name, [sql, seq]] of Object.entries(logAttacks)) {
    test(`${name}: the log is refused at the next start`, () =>
      withScene(async ({ state, store, tamper }) => {
        tamper(sql)
        await assert.rejects(State.open(store, stateKey), tampered('change_log', seq))
        // By the row, where the entry was the newest one about it.
        await assert.rejects(state.verify(), { name: 'TamperError' })
      }))
  }

  test('the rows that lead to the state key are verified when the state is opened', async () => {
    const attacks = [
      `update entity set content = '{}' where tbl = 'cluster'`,
      `delete from entity where tbl = 'cluster'`,
      `insert into secret_entity select 'seal_slot', id, parent, due_at_ms, seq, content, mac
       from entity where tbl = 'cluster'`,
    ]
    for (const sql of attacks) {
      await withScene(async ({ store, tamper }) => {
        tamper(sql)
        await assert.rejects(State.open(store, stateKey), { name: 'TamperError', id: 'c' })
      })
    }
  })

  const rollBack = `delete from entity; insert into entity select * from kept_entity;
    delete from change_log where seq > 5`

  test('a database rolled back under a running service is found by it', () =>
    withScene(async ({ state, tamper }) => {
      tamper(rollBack)
      await assert.rejects(state.read('key', 'k1'), tampered('key', 'k1'))
      await assert.rejects(state.verify(), tampered('key', 'k1'))
      const change = () => state.commit(state.begin().put('key', 'k3', 1))
      await assert.rejects(change(), { name: 'ConflictError' })
      await assert.rejects(change(), tampered('change_log', '6'))
    }))

  test('a whole database rolled back while nobody looked is found with an anchor only', () =>
    withScene(async ({ state, store, tamper }) => {
      const anchor = state.newest
      tamper(rollBack)
      const unaware = await State.open(store, stateKey)
      assert.deepEqual((await unaware.read('key', 'k1'))?.value, { enabled: true })
      await assert.rejects(State.open(store, stateKey, { anchor }), tampered('change_log', '6'))
      // Nor does it help to write as many changes again.
      for (const id of ['x', 'y', 'z']) await unaware.commit(unaware.begin().put('key', id, 1))
      await assert.rejects(State.open(store, stateKey, { anchor }), tampered('change_log', '7'))
    }))

  test('an untouched database passes all of it', () =>
    withScene(async ({ state, store, told }) => {
      await state.verify()
      await State.open(store, stateKey, { anchor: state.newest })
      assert.deepEqual(told, [])
    }))
})
