import assert from 'node:assert/strict'
import { copyFile, rm } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { editDatabase, readDatabase } from './database.ts'
import {
  createKey,
  encrypt,
  type KeyMetadata,
  refused,
  succeeded,
  succeededEmpty,
} from './expect.ts'
import {
  account,
  dayMs,
  region,
  type Reply,
  startTestService,
  type TestService,
} from './harness.ts'

const internal = 'An internal error occurred. The request can be retried.'

/** A service with two keys, one of them disabled, an alias, and a row as it was before. */
type Scene = {
  readonly service: TestService
  readonly good: KeyMetadata
  readonly goodBlob: string
  readonly bad: KeyMetadata
  readonly badBlob: string
  readonly rowBefore: Readonly<Record<string, unknown>>
}

const rowId = ({ KeyId }: KeyMetadata): string => `${region}/${account}/${KeyId}`
const aliasId = `${region}/${account}/alias/app`

const setScene = async (): Promise<Scene> => {
  const service = await startTestService()
  const [good, bad] = [await createKey(service), await createKey(service)]
  const goodBlob = await encrypt(service, { KeyId: good.KeyId })
  const badBlob = await encrypt(service, { KeyId: bad.KeyId })
  succeededEmpty(
    await service.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: bad.KeyId }),
  )
  const sql = "select * from entity where tbl = 'key' and id = ?"
  const [rowBefore = {}] = readDatabase(service.directory.database, sql, rowId(bad))
  succeededEmpty(await service.call('DisableKey', { KeyId: bad.KeyId }))
  return { service, good, goodBlob, bad, badBlob, rowBefore }
}

/** An edit behind the service's back, and a call that must not fall for it. */
type Attack = {
  readonly edit: (scene: Scene) => number
  readonly call: (scene: Scene) => readonly [operation: string, input: object]
  /** What the log has to name. */
  readonly tells: RegExp
}

const keyRow = "tbl = 'key' and id = ?"
const attacks: Readonly<Record<string, Attack>> = {
  'a disabled key enabled': {
    edit: ({ service, bad }) =>
      editDatabase(
        service.directory.database,
        `update entity set content = replace(content, '"Disabled"', '"Enabled"') where ${keyRow}`,
        rowId(bad),
      ),
    call: ({ bad }) => ['Encrypt', { KeyId: bad.KeyId, Plaintext: 'AA==' }],
    tells: /^key .*the row is not authentic$/,
  },
  'an older row put back': {
    edit: ({ service, bad, rowBefore }) =>
      editDatabase(
        service.directory.database,
        `update entity set content = ?, seq = ?, mac = ? where ${keyRow}`,
        String(rowBefore['content']),
        Number(rowBefore['seq']),
        rowBefore['mac'] as Uint8Array,
        rowId(bad),
      ),
    call: ({ badBlob }) => ['Decrypt', { CiphertextBlob: badBlob }],
    tells: /^key .*the row is not the newest one$/,
  },
  'a row deleted': {
    edit: ({ service, bad }) =>
      editDatabase(service.directory.database, `delete from entity where ${keyRow}`, rowId(bad)),
    call: ({ bad }) => ['DescribeKey', { KeyId: bad.KeyId }],
    tells: /^key .*the row is missing, and no removal is recorded$/,
  },
  "another key's row in its place": {
    edit: ({ service, good, bad }) =>
      editDatabase(
        service.directory.database,
        `update entity set (content, seq, mac) =
         (select content, seq, mac from entity where ${keyRow}) where ${keyRow}`,
        rowId(good),
        rowId(bad),
      ),
    call: ({ bad }) => ['Encrypt', { KeyId: bad.KeyId, Plaintext: 'AA==' }],
    tells: /^key .*the row is not authentic$/,
  },
  'an alias pointed at another key': {
    edit: ({ service, good, bad }) =>
      editDatabase(
        service.directory.database,
        `update entity set content = replace(content, ?, ?), parent = ? where tbl = 'alias'`,
        bad.KeyId,
        good.KeyId,
        rowId(good),
      ),
    call: () => ['Encrypt', { KeyId: 'alias/app', Plaintext: 'AA==' }],
    tells: /^alias .*the row is not authentic$/,
  },
  'an alias deleted': {
    edit: ({ service }) =>
      editDatabase(
        service.directory.database,
        "delete from entity where tbl = 'alias' and id = ?",
        aliasId,
      ),
    call: ({ good }) => ['CreateAlias', { AliasName: 'alias/app', TargetKeyId: good.KeyId }],
    tells: /^alias .*the row is missing/,
  },
  'a key policy edited': {
    edit: ({ service, bad }) =>
      editDatabase(
        service.directory.database,
        `update entity set content = replace(content, 'root', 'user') where tbl = 'key_policy' and id = ?`,
        rowId(bad),
      ),
    call: ({ bad }) => ['GetKeyPolicy', { KeyId: bad.KeyId }],
    tells: /^key_policy .*the row is not authentic$/,
  },
}

const requireRefused = async (scene: Scene, { call, tells }: Attack, service: TestService) => {
  const [operation, input] = call(scene)
  refused(await service.call(operation, input), 'KMSInternalException', internal)
  const told = service.log.lines.filter(({ event }) => event === 'tampering found')
  assert.deepEqual(
    told.map(({ level }) => level),
    ['error'],
  )
  assert.match(String(told[0]?.fields['reason']), tells)
}

const requireOthersWork = async ({ goodBlob, good }: Scene, service: TestService) => {
  succeeded(await service.call('Decrypt', { CiphertextBlob: goodBlob }))
  succeeded(await service.call('Encrypt', { KeyId: good.KeyId, Plaintext: 'AA==' }))
  succeededEmpty(
    await service.call('UpdateKeyDescription', { KeyId: good.KeyId, Description: 'x' }),
  )
}

for (const [name, attack] of Object.entries(attacks))
  describe(name, () => {
    it('while the service is stopped is found out, and other keys keep working', async () => {
      const scene = await setScene()
      await using _ = scene.service
      await scene.service.stop()
      assert.equal(attack.edit(scene), 1)
      await using again = await scene.service.restart()
      await requireRefused(scene, attack, again)
      await requireOthersWork(scene, again)
    })

    it('while the service runs is found out, or changes nothing', async () => {
      const scene = await setScene()
      await using _ = scene.service
      const { service, bad } = scene
      assert.equal(attack.edit(scene), 1)
      const [operation, input] = attack.call(scene)
      const reply = await service.call(operation, input)
      // What the service holds in memory is as it was: then its own answer is the right one.
      if (reply.type !== 'KMSInternalException') requireUntouched(reply, bad)
      else assert(service.log.lines.some(({ event }) => event === 'tampering found'))
      await requireOthersWork(scene, service)
    })
  })

const requireUntouched = (reply: Reply, { Arn }: KeyMetadata): void =>
  refused(reply, 'DisabledException', `${Arn} is disabled.`)

describe('material', () => {
  it('of another key under a key is found out', async () => {
    const scene = await setScene()
    await using _ = scene.service
    const { service, good, bad, goodBlob } = scene
    succeededEmpty(await service.call('EnableKey', { KeyId: bad.KeyId }))
    await service.stop()
    const changed = editDatabase(
      service.directory.database,
      `update secret_entity set (content, seq, mac) = (select content, seq, mac from secret_entity
       where tbl = 'material' and parent = ?) where tbl = 'material' and parent = ?`,
      rowId(good),
      rowId(bad),
    )
    assert.equal(changed, 1)
    await using again = await service.restart()
    const encrypting = { KeyId: bad.KeyId, Plaintext: 'AA==' }
    refused(await again.call('Encrypt', encrypting), 'KMSInternalException', internal)
    succeeded(await again.call('Decrypt', { CiphertextBlob: goodBlob }))
  })
})

describe('the date of a deletion', () => {
  it('moved forward destroys nothing', async () => {
    const scene = await setScene()
    await using _ = scene.service
    const { service, bad, badBlob } = scene
    succeeded(await service.call('ScheduleKeyDeletion', { KeyId: bad.KeyId }))
    await service.stop()
    const sql = `update entity set due_at_ms = 1, content = replace(content, '"deletionAtMs":1', '"deletionAtMs":') where ${keyRow}`
    assert.equal(editDatabase(service.directory.database, sql, rowId(bad)), 1)
    await using again = await service.restart()
    while (!again.log.lines.some(({ event }) => event === 'deletion failed'))
      await new Promise(setImmediate)
    const reply = await again.call('Decrypt', { CiphertextBlob: badBlob })
    refused(reply, 'KMSInternalException', internal)
    const material = "select 1 from secret_entity where tbl = 'material' and parent = ?"
    assert.equal(readDatabase(service.directory.database, material, rowId(bad)).length, 1)
    await requireOthersWork(scene, again)
  })

  it('of one key does not keep another one from its end', async () => {
    const scene = await setScene()
    await using _ = scene.service
    const { service, good, bad } = scene
    for (const { KeyId } of [good, bad])
      succeeded(await service.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }))
    await service.stop()
    const sql = `update entity set due_at_ms = 1 where ${keyRow}`
    assert.equal(editDatabase(service.directory.database, sql, rowId(bad)), 1)
    service.clock.advance(8 * dayMs)
    await using again = await service.restart()
    while (!again.log.lines.some(({ event }) => event === 'deletion failed'))
      await new Promise(setImmediate)
    const material = "select 1 from secret_entity where tbl = 'material' and parent = ?"
    assert.equal(readDatabase(service.directory.database, material, rowId(good)).length, 0)
  })
})

describe('a start', () => {
  const edits: Readonly<Record<string, readonly [sql: string, tells: RegExp]>> = {
    'with an entry of the change log missing': [
      'delete from change_log where seq = 7',
      /change_log "7": the entry is missing/,
    ],
    'with the newest entries of the change log missing': [
      'delete from change_log where seq > 9',
      /newest change in the database is 9: the database has been rolled back/,
    ],
    'with an audit record in the change log edited': [
      "update change_log set record = replace(record, 'CreateKey', 'ListKeys') where record is not null",
      /the entry does not fit the chain/,
    ],
    'with an edited access key': [
      "update secret_entity set content = replace(content, 'root', 'boot') where tbl = 'access_key'",
      /access_key .*the row is not authentic/,
    ],
    'with an edited seal slot': [
      "update secret_entity set content = replace(content, 'createdAtMs', 'createdAtMS') where tbl = 'seal_slot'",
      /seal_slot .*the row is not authentic/,
    ],
    'with another cluster id': [
      "update entity set content = replace(content, '-', '0') where tbl = 'cluster'",
      /no seal slot opens/,
    ],
    'without its account': ["delete from entity where tbl = 'account'", /account/],
  }
  for (const [name, [sql, tells]] of Object.entries(edits))
    it(`${name} is refused`, async () => {
      const { service } = await setScene()
      await using _ = service
      await service.stop()
      assert(editDatabase(service.directory.database, sql) > 0)
      await assert.rejects(service.restart(), tells)
    })

  it('with an older copy of the whole database is refused, while the audit log is the newer one', async () => {
    const { service, good } = await setScene()
    await using _ = service
    await service.stop()
    const { database } = service.directory
    await copyFile(database, `${database}.old`)
    const again = await service.restart()
    succeededEmpty(await again.call('DisableKey', { KeyId: good.KeyId }))
    await again.stop()
    await copyFile(`${database}.old`, database)
    await assert.rejects(service.restart(), /the database has been rolled back to an older state/)
    await assert.rejects(service.restart(), /the database has been rolled back to an older state/)
  })

  it('without its database is refused, and makes no new one, while the audit log is there', async () => {
    const { service } = await setScene()
    await using _ = service
    await service.stop()
    await rm(service.directory.database)
    for (let n = 0; n < 2; n += 1)
      await assert.rejects(service.restart(), /newest change in the database is 0: .*replaced/)
    const { database } = service.directory
    assert.equal(readDatabase(database, 'select count(*) as n from change_log')[0]?.['n'], 0)
  })
})

describe('a change log that someone else writes to', () => {
  it('takes no more changes of the service, which answers none', async () => {
    const scene = await setScene()
    await using _ = scene.service
    const { service, good, goodBlob } = scene
    editDatabase(
      service.directory.database,
      `insert into change_log select max(seq) + 1, 'key', 'x', x'00', null, x'00' from change_log`,
    )
    const change = { KeyId: good.KeyId, Description: 'x' }
    refused(await service.call('UpdateKeyDescription', change), 'KMSInternalException', internal)
    refused(await service.call('UpdateKeyDescription', change), 'KMSInternalException', internal)
    assert(service.log.lines.some(({ event }) => event === 'tampering found'))
    succeeded(await service.call('Decrypt', { CiphertextBlob: goodBlob }))
    await service.stop()
    await assert.rejects(service.restart(), /does not fit the chain/)
  })
})
