import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { auditRecords, everyFile } from './files.ts'
import {
  arnOf,
  createKey,
  encrypt,
  type KeyMetadata,
  refused,
  succeeded,
  succeededEmpty,
} from './expect.ts'
import { readDatabase } from './database.ts'
import { account, dayMs, region, startTestService, type TestService } from './harness.ts'
import { said, startTicking } from './ticking.ts'

/** What the log says when keys were destroyed. */
const done = 'keys destroyed'

type Doomed = {
  readonly key: KeyMetadata
  readonly CiphertextBlob: string
  readonly wrapped: string
}

/** A key with an alias and a ciphertext, which is to be deleted after seven days. */
const doomedKey = async (service: TestService): Promise<Doomed> => {
  const key = await createKey(service, { Description: 'doomed' })
  const { KeyId } = key
  succeededEmpty(
    await service.call('CreateAlias', { AliasName: 'alias/doomed', TargetKeyId: KeyId }),
  )
  const CiphertextBlob = await encrypt(service, { KeyId })
  const [row] = readDatabase(
    service.directory.database,
    "select content from secret_entity where tbl = 'material' and parent = ?",
    `${region}/${account}/${KeyId}`,
  )
  const { wrapped } = JSON.parse(String(row?.['content'])) as { wrapped: string }
  const input = { KeyId, PendingWindowInDays: 7 }
  succeeded(await service.call('ScheduleKeyDeletion', input))
  return { key, CiphertextBlob, wrapped }
}

/** The files of the data directory that hold the wrapped material, in the database's spelling. */
const filesWith = (service: TestService, wrapped: string): string[] =>
  everyFile(service.directory.path).filter((file) => readFileSync(file).includes(wrapped))

/** Everything that the outside can see of a key that is gone, whether or not it is destroyed yet. */
const requireGone = async (
  service: TestService,
  { key, CiphertextBlob }: Doomed,
): Promise<void> => {
  const { call } = service
  const { KeyId, Arn } = key
  const missing = `Key '${Arn}' does not exist`
  refused(await call('Decrypt', { CiphertextBlob }), 'InvalidCiphertextException')
  refused(await call('Decrypt', { CiphertextBlob, KeyId }), 'NotFoundException', missing)
  for (const operation of ['DescribeKey', 'CancelKeyDeletion', 'EnableKey', 'GetKeyPolicy'])
    refused(await call(operation, { KeyId }), 'NotFoundException', missing)
  refused(await call('Encrypt', { KeyId, Plaintext: 'AA==' }), 'NotFoundException', missing)
  const noAlias = `Alias ${arnOf('alias/doomed')} is not found.`
  refused(await call('DescribeKey', { KeyId: 'alias/doomed' }), 'NotFoundException', noAlias)
  refused(await call('DeleteAlias', { AliasName: 'alias/doomed' }), 'NotFoundException', noAlias)
}

const requireDestroyed = async (service: TestService, doomed: Doomed): Promise<void> => {
  await requireGone(service, doomed)
  assert.deepEqual(filesWith(service, doomed.wrapped), [])
  const { KeyId, Arn } = doomed.key
  const keys = succeeded(await service.call('ListKeys', {}))['Keys'] as { KeyId: string }[]
  assert.equal(
    keys.some((key) => key.KeyId === KeyId),
    false,
  )
  assert.deepEqual(succeeded(await service.call('ListAliases', {}))['Aliases'], [])
  const events = auditRecords(service.directory).filter(
    ({ eventName }) => eventName === 'DeleteKey',
  )
  assert.equal(events.length, 1)
  const { eventType, serviceEventDetails, resources, userIdentity } = events[0] ?? {}
  assert.equal(eventType, 'AwsServiceEvent')
  assert.deepEqual(serviceEventDetails, { keyId: KeyId })
  assert.deepEqual(resources, [{ accountId: account, type: 'AWS::KMS::Key', ARN: Arn }])
  assert.deepEqual(userIdentity, { accountId: account, invokedBy: 'AWS Internal' })
}

describe('a key whose waiting period ends', () => {
  it('is destroyed: its material is in no file, and its aliases are gone', async (t) => {
    const { service, tick } = await startTicking(t, done)
    const kept = await createKey(service)
    const CiphertextBlob = await encrypt(service, { KeyId: kept.KeyId })
    const doomed = await doomedKey(service)
    assert.notDeepEqual(filesWith(service, doomed.wrapped), [])
    service.clock.advance(7 * dayMs)
    await tick()
    await requireDestroyed(service, doomed)
    succeeded(await service.call('Decrypt', { CiphertextBlob }))
    await service.stop()
    assert.deepEqual(filesWith(service, doomed.wrapped), [])
    await using again = await service.restart()
    await requireDestroyed(again, doomed)
  })

  it('takes its grants along, and leaves those of others', async (t) => {
    const { service, tick } = await startTicking(t, done)
    const GranteePrincipal = `arn:aws:iam::${account}:root`
    const grantOn = async (KeyId: string): Promise<void> => {
      const Operations = ['Decrypt']
      const input = { KeyId, GranteePrincipal, RetiringPrincipal: GranteePrincipal, Operations }
      succeeded(await service.call('CreateGrant', input))
    }
    const kept = await createKey(service)
    const doomed = await createKey(service)
    for (const { KeyId } of [kept, doomed, doomed, doomed]) await grantOn(KeyId)
    const input = { KeyId: doomed.KeyId, PendingWindowInDays: 7 }
    succeeded(await service.call('ScheduleKeyDeletion', input))
    service.clock.advance(7 * dayMs)
    await tick()
    const sql = 'select tbl, id from entity where tbl in (?, ?) order by tbl'
    const rows = readDatabase(service.directory.database, sql, 'grant', 'grant_retiring')
    const ids = rows.map(({ id }) => String(id).replace(/\/[0-9a-f]{64}$/, ''))
    assert.deepEqual(ids, Array(2).fill(`${region}/${account}/${kept.KeyId}`))
    const listed = succeeded(
      await service.call('ListRetirableGrants', { RetiringPrincipal: GranteePrincipal }),
    )
    assert.equal((listed['Grants'] as unknown[]).length, 1)
  })

  it('cannot be used any more from that instant, though it is not destroyed yet', async (t) => {
    const { service, tick } = await startTicking(t, done)
    const doomed = await doomedKey(service)
    service.clock.advance(7 * dayMs - 1)
    const { KeyMetadata } = succeeded(
      await service.call('DescribeKey', { KeyId: doomed.key.KeyId }),
    )
    assert.equal((KeyMetadata as KeyMetadata).KeyState, 'PendingDeletion')
    service.clock.advance(1)
    await requireGone(service, doomed)
    assert.notDeepEqual(filesWith(service, doomed.wrapped), [])
    // Its alias is free again, and goes to the new key for good.
    const { KeyId } = await createKey(service)
    succeededEmpty(
      await service.call('CreateAlias', { AliasName: 'alias/doomed', TargetKeyId: KeyId }),
    )
    await tick()
    assert.deepEqual(filesWith(service, doomed.wrapped), [])
    succeeded(await service.call('DescribeKey', { KeyId: 'alias/doomed' }))
  })

  it('is destroyed at the next start, if the service was down', async () => {
    await using service = await startTestService()
    const doomed = await doomedKey(service)
    await service.stop()
    service.clock.advance(8 * dayMs)
    await using again = await service.restart()
    await said(again, done)
    await requireDestroyed(again, doomed)
  })
})

describe('CancelKeyDeletion', () => {
  it('in time keeps the key, which works again when it is enabled', async () => {
    await using service = await startTestService()
    const { key, CiphertextBlob } = await doomedKey(service)
    const { KeyId } = key
    service.clock.advance(7 * dayMs - 1)
    succeeded(await service.call('CancelKeyDeletion', { KeyId }))
    service.clock.advance(100 * dayMs)
    await using again = await service.restart()
    refused(
      await again.call('Decrypt', { CiphertextBlob }),
      'DisabledException',
      `${key.Arn} is disabled.`,
    )
    succeededEmpty(await again.call('EnableKey', { KeyId: key.KeyId }))
    succeeded(await again.call('Decrypt', { CiphertextBlob }))
    const { KeyMetadata } = succeeded(await again.call('DescribeKey', { KeyId: 'alias/doomed' }))
    assert.equal((KeyMetadata as KeyMetadata).KeyId, KeyId)
  })
})
