import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { editDatabase, readDatabase } from './database.ts'
import { createKey, encrypt, type KeyMetadata, succeeded } from './expect.ts'
import { dayMs, startTestService, type TestService } from './harness.ts'
import { rowId } from './tampering-scene.ts'

const materialIds = (service: TestService, parent: string): string[] =>
  readDatabase(
    service.directory.database,
    "select id from secret_entity where tbl = 'material' and parent = ?",
    parent,
  ).map((row) => String(row['id']))

const moveMaterial = (service: TestService, from: KeyMetadata, to: string): number =>
  editDatabase(
    service.directory.database,
    "update secret_entity set parent = ? where tbl = 'material' and parent = ?",
    to,
    rowId(from),
  )

const destroyedWhileDown = async (service: TestService, edit: () => void): Promise<TestService> => {
  await service.stop()
  edit()
  service.clock.advance(8 * dayMs)
  const again = await service.restart()
  while (!again.log.lines.some(({ event }) => event === 'keys destroyed'))
    await new Promise(setImmediate)
  return again
}

describe('a key that falls due', () => {
  it("does not take along another key's material that was moved under it", async () => {
    await using service = await startTestService()
    const doomed = await createKey(service)
    const victim = await createKey(service)
    const CiphertextBlob = await encrypt(service, { KeyId: victim.KeyId })
    succeeded(
      await service.call('ScheduleKeyDeletion', { KeyId: doomed.KeyId, PendingWindowInDays: 7 }),
    )
    const again = await destroyedWhileDown(service, () => {
      assert.equal(moveMaterial(service, victim, rowId(doomed)), 1)
    })
    assert.equal(materialIds(again, rowId(doomed)).length, 1)
    await again.stop()
    assert.equal(moveMaterial(again, doomed, rowId(victim)), 1)
    const last = await again.restart()
    succeeded(await last.call('Decrypt', { CiphertextBlob }))
    await last.stop()
  })

  it('loses its own material, though that was moved away', async () => {
    await using service = await startTestService()
    const doomed = await createKey(service)
    const other = await createKey(service)
    const [own = ''] = materialIds(service, rowId(doomed))
    succeeded(
      await service.call('ScheduleKeyDeletion', { KeyId: doomed.KeyId, PendingWindowInDays: 7 }),
    )
    const again = await destroyedWhileDown(service, () => {
      assert.equal(moveMaterial(service, doomed, rowId(other)), 1)
    })
    assert(!materialIds(again, rowId(other)).includes(own))
    await again.stop()
  })
})
