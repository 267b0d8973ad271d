import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type OperationName, operations } from '../../src/api/operations.ts'
import { readDatabase } from './database.ts'
import { createKey, encrypt, refused, succeeded, succeededEmpty } from './expect.ts'
import { type FaultyFiles, faultyFiles } from './faulty-files.ts'
import { auditRecords } from './files.ts'
import { account, type Reply, startTestService, type TestService } from './harness.ts'
import { sharedKeyFor, validInput } from './inputs.ts'

const internal = 'An internal error occurred. The request can be retried.'

const start = async (): Promise<{ service: TestService; files: FaultyFiles }> => {
  const dir = await mkdtemp(join(tmpdir(), 'keyhold-test-'))
  const files = await faultyFiles(join(dir, 'audit'))
  return { service: await startTestService({ dir, auditFiles: files }), files }
}

/** A call of every operation, each of which would succeed. */
const validCalls = async (service: TestService): Promise<(readonly [string, object])[]> => {
  const calls: [string, object][] = []
  for (const name of Object.keys(operations) as OperationName[])
    calls.push([name, await validInput(service, name, await sharedKeyFor(service, name))])
  return calls
}

const recordsOf = (service: TestService, reply: Reply) =>
  auditRecords(service.directory).filter(
    ({ requestID }) => requestID === reply.headers['x-amzn-requestid'],
  )

describe('a service whose audit log fails', () => {
  it('answers nothing any more, is not ready, and works again after a restart', async () => {
    const { service, files } = await start()
    await using _ = service
    const { KeyId } = await createKey(service)
    const CiphertextBlob = await encrypt(service, { KeyId })
    const calls = await validCalls(service)
    files.failWith('sync', 'EIO')
    const lost = await service.call('Decrypt', { CiphertextBlob })
    refused(lost, 'KMSInternalException', internal)
    files.failWith('sync', undefined)
    for (const [operation, input] of [...calls, ['Nothing', {}] as const])
      refused(await service.call(operation, input), 'KMSInternalException', internal)
    const ready = await service.send('GET', '/readyz', {}, '')
    assert.equal(ready.status, 503)
    assert.deepEqual(ready.json['reasons'], ['the audit log cannot be written'])
    assert.equal((await service.send('GET', '/healthz', {}, '')).status, 200)
    assert(
      service.log.lines.some(({ level, event }) => level === 'error' && event === 'request failed'),
    )
    await using again = await service.restart({
      auditFiles: await faultyFiles(service.directory.audit),
    })
    const { KeyMetadata } = succeeded(await again.call('DescribeKey', { KeyId }))
    assert.equal((KeyMetadata as { KeyState: string }).KeyState, 'Enabled')
    assert.equal((await again.send('GET', '/readyz', {}, '')).status, 200)
  })

  it('keeps the record of a change in the change log, and appends it at the next start', async () => {
    const { service, files } = await start()
    await using _ = service
    const { KeyId, Arn } = await createKey(service)
    files.failWith('write', 'EIO')
    const reply = await service.call('DisableKey', { KeyId })
    refused(reply, 'KMSInternalException', internal)
    assert.deepEqual(recordsOf(service, reply), [])
    const [row] = readDatabase(
      service.directory.database,
      'select record from change_log where record is not null order by seq desc limit 1',
    )
    assert.match(String(row?.['record']), /"eventName":"DisableKey"/)
    await service.stop()
    await using again = await service.restart({
      auditFiles: await faultyFiles(service.directory.audit),
    })
    const [record, ...more] = recordsOf(again, reply)
    assert.equal(more.length, 0)
    assert.equal(record?.eventName, 'DisableKey')
    const encrypting = { KeyId, Plaintext: 'AA==' }
    refused(await again.call('Encrypt', encrypting), 'DisabledException', `${Arn} is disabled.`)
    await again.stop()
    await using third = await again.restart({
      auditFiles: await faultyFiles(service.directory.audit),
    })
    assert.equal(recordsOf(third, reply).length, 1)
  })

  it('on a full disk still takes access away, and nothing else', async () => {
    const { service, files } = await start()
    await using _ = service
    const { KeyId } = await createKey(service)
    const grant = async () => {
      const GranteePrincipal = `arn:aws:iam::${account}:root`
      const input = { KeyId, GranteePrincipal, Operations: ['Decrypt'] }
      return { KeyId, GrantId: succeeded(await service.call('CreateGrant', input))['GrantId'] }
    }
    const [one, two] = [await grant(), await grant()]
    files.failWith('write', 'ENOSPC')
    const encrypting = { KeyId, Plaintext: 'AA==' }
    const first = service.call('Encrypt', encrypting)
    refused(await first, 'KMSInternalException', internal)
    files.failWith('write', undefined)
    refused(await service.call('Encrypt', encrypting), 'KMSInternalException', internal)
    refused(await service.call('CreateKey', {}), 'KMSInternalException', internal)
    const ready = await service.send('GET', '/readyz', {}, '')
    assert.deepEqual(
      [ready.status, ready.json['reasons']],
      [503, ['the disk of the audit log is full']],
    )
    for (const [operation, input] of [
      ['RevokeGrant', one],
      ['RetireGrant', two],
      ['DisableKey', { KeyId }],
      // Whoever is not sure of the first answer asks again.
      ['DisableKey', { KeyId }],
    ] as const) {
      const reply = await service.call(operation, input)
      succeededEmpty(reply)
      assert.equal(recordsOf(service, reply).length, 1)
    }
    await service.stop()
    assert(!existsSync(service.directory.checkpoint), 'a checkpoint takes the room of records')
  })
})

describe('a key that is disabled while its use waits for its record', () => {
  for (const operation of ['Encrypt', 'Decrypt', 'GenerateDataKey'] as const)
    it(`answers ${operation} no more, and the audit log says that the outcome was withheld`, async () => {
      const { service, files } = await start()
      await using _ = service
      const { KeyId, Arn } = await createKey(service)
      const other = await createKey(service)
      const CiphertextBlob = await encrypt(service, { KeyId })
      const input = {
        Encrypt: { KeyId, Plaintext: 'AA==' },
        Decrypt: { CiphertextBlob },
        GenerateDataKey: { KeyId, KeySpec: 'AES_256' },
      }[operation]
      using held = files.holdSyncs()
      const pending = service.call(operation, input)
      await files.heldSync()
      const disabling = service.call('DisableKey', { KeyId })
      await committed(service, 'DisableKey')
      // Changes run one after the other: when a later one is there, the first has taken effect.
      const later = service.call('UpdateKeyDescription', { KeyId: other.KeyId, Description: 'x' })
      await committed(service, 'UpdateKeyDescription')
      held.release()
      succeededEmpty(await disabling)
      succeededEmpty(await later)
      const reply = await pending
      refused(reply, 'DisabledException', `${Arn} is disabled.`)
      const [done, withheld, ...more] = recordsOf(service, reply)
      assert.equal(more.length, 0)
      assert.equal(done?.errorCode, undefined)
      assert.equal(withheld?.errorCode, 'DisabledException')
      assert.equal(withheld?.additionalEventData?.outcome, 'withheld')
    })

  it('does not disturb the use of other keys', async () => {
    const { service, files } = await start()
    await using _ = service
    const [one, two] = [await createKey(service), await createKey(service)]
    using held = files.holdSyncs()
    const pending = service.call('Encrypt', { KeyId: one.KeyId, Plaintext: 'AA==' })
    await files.heldSync()
    const disabling = service.call('DisableKey', { KeyId: two.KeyId })
    await committed(service, 'DisableKey')
    held.release()
    succeededEmpty(await disabling)
    const reply = await pending
    succeeded(reply)
    assert.equal(recordsOf(service, reply).length, 1)
  })
})

/** Waits until the database has the change. */
const committed = async (service: TestService, operation: string): Promise<void> => {
  const sql = 'select 1 from change_log where instr(record, \'"eventName":"\' || ? || \'"\') > 0'
  while (readDatabase(service.directory.database, sql, operation).length === 0)
    await new Promise(setImmediate)
}
