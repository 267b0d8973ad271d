import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { editDatabase, readDatabase } from './database.ts'
import { type KeyMetadata, refused, succeeded, succeededEmpty } from './expect.ts'
import { dayMs, type Reply, type TestService } from './harness.ts'
import { aliasId, internal, rowId, type Scene, setScene } from './tampering-scene.ts'

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
