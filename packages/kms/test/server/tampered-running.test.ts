import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { editDatabase, readDatabase } from './database.ts'
import { refused, succeededEmpty } from './expect.ts'
import { internal, rowId, type Scene, setScene } from './tampering-scene.ts'

/** Puts the disabled key's row back as it was while it was enabled. */
const putBack = ({ service, bad, rowBefore }: Scene): number =>
  editDatabase(
    service.directory.database,
    "update entity set content = ?, seq = ?, mac = ? where tbl = 'key' and id = ?",
    String(rowBefore['content']),
    Number(rowBefore['seq']),
    rowBefore['mac'] as Uint8Array,
    rowId(bad),
  )

const trigger = `create trigger t before update on entity
  when new.content like '%"Disabled"%' begin select raise(ignore); end`

describe('a running service', () => {
  for (const [name, forget] of Object.entries({
    'the entry that came after it dropped':
      "delete from change_log where record like '%DisableKey%'",
    'the end of the log dropped':
      "delete from change_log where seq >= (select seq from change_log where record like '%DisableKey%')",
  }))
    it(`refuses an older row put back with ${name}, once and again`, async () => {
      const scene = await setScene()
      await using _ = scene.service
      const { service, badBlob } = scene
      assert.equal(putBack(scene), 1)
      assert.equal(editDatabase(service.directory.database, forget), 1)
      for (let n = 0; n < 2; n += 1) {
        const reply = await service.call('Decrypt', { CiphertextBlob: badBlob })
        refused(reply, 'KMSInternalException', internal)
      }
      assert(service.log.lines.some(({ event }) => event === 'tampering found'))
    })

  it('acknowledges no change once a trigger was put into its database', async () => {
    const { service, good } = await setScene()
    await using _ = service
    editDatabase(service.directory.database, trigger)
    for (const operation of ['DisableKey', 'EnableKey']) {
      const reply = await service.call(operation, { KeyId: good.KeyId })
      refused(reply, 'KMSInternalException', internal)
    }
  })

  it('does not start with a trigger in its database, and does again without it', async () => {
    const { service, good } = await setScene()
    await using _ = service
    await service.stop()
    editDatabase(service.directory.database, trigger)
    await assert.rejects(
      async () => (await service.restart()).stop(),
      /trigger "t" on "entity" does not belong there/,
    )
    editDatabase(service.directory.database, 'drop trigger t')
    await using again = await service.restart()
    succeededEmpty(await again.call('DisableKey', { KeyId: good.KeyId }))
    const sql =
      "select 1 from entity where tbl = 'key' and id = ? and content like '%\"Disabled\"%'"
    assert.equal(readDatabase(service.directory.database, sql, rowId(good)).length, 1)
  })
})
