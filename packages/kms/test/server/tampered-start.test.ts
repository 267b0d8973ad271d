import assert from 'node:assert/strict'
import { copyFile, rm } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { editDatabase, readDatabase } from './database.ts'
import { refused, succeeded, succeededEmpty } from './expect.ts'
import type { TestService } from './harness.ts'
import { internal, setScene } from './tampering-scene.ts'

/** Refused; one that succeeds after all is stopped, so that the test can end. */
const requireRefused = (service: TestService, tells: RegExp): Promise<void> =>
  assert.rejects(async () => (await service.restart()).stop(), tells)

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
      "update secret_entity set content = replace(content, 'wrapped', 'Wrapped') where tbl = 'access_key'",
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
      await requireRefused(service, tells)
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
    await requireRefused(service, /the database has been rolled back to an older state/)
    await requireRefused(service, /the database has been rolled back to an older state/)
  })

  it('without its database is refused, and makes no new one, while the audit log is there', async () => {
    const { service } = await setScene()
    await using _ = service
    await service.stop()
    await rm(service.directory.database)
    for (let n = 0; n < 2; n += 1)
      await requireRefused(service, /newest change in the database is 0: .*replaced/)
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
    await requireRefused(service, /does not fit the chain/)
  })
})
