import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { trackedOperations } from '../../src/api/tracked-operations.ts'
import { readDatabase } from './database.ts'
import { arnOf, createKey, encrypt, refused, succeeded, unknownKeyId } from './expect.ts'
import { auditRecords } from './files.ts'
import { type Answer, dayMs, type Reply, startTestService } from './harness.ts'
import { createKeyFor, validInput } from './inputs.ts'
import {
  callsAs,
  iamArn,
  keyPolicy,
  newAccount,
  newUserOf,
  notAllowed,
  notShared,
  otherAccount,
} from './access/scene.ts'
import { allow } from './identity/query.ts'
import { said } from './ticking.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call, clock } = service

const lastUsage = async (KeyId: string, by = service): Promise<Answer> =>
  succeeded(await by.call('GetKeyLastUsage', { KeyId }))

/** What GetKeyLastUsage has to say after this call, by the record that the call left. */
const usageOf = (reply: Reply, operation: string): object => {
  const requestId = reply.headers['x-amzn-requestid']
  const record = auditRecords(service.directory).find(({ requestID }) => requestID === requestId)
  return {
    Operation: operation,
    Timestamp: Math.floor(clock.nowMs() / 1000),
    CloudTrailEventId: record?.eventID,
    KmsRequestId: requestId,
  }
}

describe('GetKeyLastUsage', () => {
  it('decodes: a key id or a key ARN, and no alias', async () => {
    const { KeyId, Arn } = await createKey(service)
    assert.deepEqual(await lastUsage(Arn), await lastUsage(KeyId))
    await call('CreateAlias', { AliasName: 'alias/used', TargetKeyId: KeyId })
    const byAlias = await call('GetKeyLastUsage', { KeyId: 'alias/used' })
    refused(byAlias, 'NotFoundException', "Invalid keyId 'alias/used'")
  })

  it('refuses: keys that do not exist, or are elsewhere', async () => {
    const missing = `Key '${arnOf(`key/${unknownKeyId}`)}' does not exist`
    const unknown = await call('GetKeyLastUsage', { KeyId: unknownKeyId })
    refused(unknown, 'NotFoundException', missing)
    const { Arn } = await createKey(service)
    const elsewhere = await call('GetKeyLastUsage', { KeyId: Arn }, { region: 'us-east-1' })
    refused(elsewhere, 'NotFoundException', 'Invalid arn eu-central-1')
  })

  it('refuses: another account, whatever the key policy says, and whom no policy allows it', async () => {
    const root = await newAccount(service)
    const { KeyId, Arn } = await createKey(service, {
      Policy: keyPolicy({ Principal: { AWS: otherAccount } }),
    })
    const action = 'kms:GetKeyLastUsage'
    const foreign = await callsAs(service, root)('GetKeyLastUsage', { KeyId: Arn })
    const userArn = iamArn('root', otherAccount)
    refused(foreign, 'AccessDeniedException', notShared(userArn, action))
    const ben = callsAs(service, await newUserOf(service, service.credentials, 'ben'))
    const denied = await ben('GetKeyLastUsage', { KeyId })
    const text = notAllowed(iamArn('user/ben'), action, `resource: ${Arn}`)
    refused(denied, 'AccessDeniedException', text)
  })

  it('does: tells of a key that was never used since when that is known', async () => {
    const key = await createKey(service)
    assert.deepEqual(await lastUsage(key.KeyId), {
      KeyId: key.KeyId,
      KeyLastUsage: {},
      TrackingStartDate: key['CreationDate'],
      KeyCreationDate: key['CreationDate'],
    })
  })

  for (const operation of trackedOperations)
    it(`does: names ${operation}, its record in the audit log, its request and its second`, async () => {
      clock.advance(1234)
      const key = await createKeyFor(service, operation)
      const input = await validInput(service, operation, key)
      clock.advance(5678)
      const reply = await call(operation, input)
      succeeded(reply)
      assert.deepEqual((await lastUsage(key.KeyId))['KeyLastUsage'], usageOf(reply, operation))
    })

  it('does: tells of both keys of a ReEncrypt', async () => {
    const [from, to] = [await createKey(service), await createKey(service)]
    const CiphertextBlob = await encrypt(service, { KeyId: from.KeyId })
    const reply = await call('ReEncrypt', { CiphertextBlob, DestinationKeyId: to.KeyId })
    for (const { KeyId } of [from, to])
      assert.deepEqual((await lastUsage(KeyId))['KeyLastUsage'], usageOf(reply, 'ReEncrypt'))
  })

  it('does: counts nothing that failed, that was a dry run, or that is no cryptography', async () => {
    const { KeyId } = await createKey(service)
    const CiphertextBlob = await encrypt(service, { KeyId })
    const { KeyLastUsage } = await lastUsage(KeyId)
    clock.advance(60_000)
    for (const [operation, input] of [
      ['Decrypt', { CiphertextBlob, EncryptionContext: { wrong: 'one' } }],
      ['Decrypt', { CiphertextBlob, DryRun: true }],
      ['Encrypt', { KeyId, Plaintext: 'AA==', DryRun: true }],
      ['DescribeKey', { KeyId }],
      ['UpdateKeyDescription', { KeyId, Description: 'x' }],
      ['GetKeyLastUsage', { KeyId }],
    ] as const)
      await call(operation, input)
    assert.deepEqual((await lastUsage(KeyId))['KeyLastUsage'], KeyLastUsage)
  })

  it('does: counts what another account does with the key', async () => {
    const root = await newAccount(service, '777788889999')
    const policy = allow('kms:*')
    const cal = callsAs(service, await newUserOf(service, root, 'cal', policy))
    const { KeyId, Arn } = await createKey(service, {
      Policy: keyPolicy({ Principal: { AWS: '777788889999' } }),
    })
    const reply = await cal('Encrypt', { KeyId: Arn, Plaintext: 'AA==' })
    succeeded(reply)
    assert.deepEqual((await lastUsage(KeyId))['KeyLastUsage'], usageOf(reply, 'Encrypt'))
  })
})

describe('the last use of a key', () => {
  it('is known after a restart, and costs no write before', async () => {
    await using own = await startTestService()
    const { KeyId } = await createKey(own)
    await encrypt(own, { KeyId })
    const before = await lastUsage(KeyId, own)
    const changes = () => auditRecords(own.directory).at(-1)?.additionalEventData?.changeSeq ?? 0
    await createKey(own)
    const seq = changes()
    for (let n = 0; n < 20; n += 1) await encrypt(own, { KeyId })
    await createKey(own)
    assert.equal(changes() - seq, 3)
    const { KeyLastUsage } = await lastUsage(KeyId, own)
    assert.notDeepEqual(KeyLastUsage, before['KeyLastUsage'])
    await using again = await own.restart()
    assert.deepEqual((await lastUsage(KeyId, again))['KeyLastUsage'], KeyLastUsage)
    assert.equal(
      again.log.lines.some(({ event }) => event === 'last uses of keys recovered'),
      false,
    )
  })

  it('is known after a crash, from the audit log', async (t) => {
    await using own = await startTestService()
    const { KeyId } = await createKey(own)
    const CiphertextBlob = await encrypt(own, { KeyId })
    succeeded(await own.call('Decrypt', { CiphertextBlob }))
    const { KeyLastUsage } = await lastUsage(KeyId, own)
    // What a process that ends at this moment leaves behind.
    const dir = await mkdtemp(join(tmpdir(), 'keyhold-crashed-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    await cp(own.directory.path, dir, { recursive: true })
    await own.stop()
    const { clock: time, sealKey, credentials } = own
    await using again = await startTestService({ clock: time, sealKey, credentials, dir })
    assert.deepEqual((await lastUsage(KeyId, again))['KeyLastUsage'], KeyLastUsage)
    const recovered = again.log.lines.find(({ event }) => event === 'last uses of keys recovered')
    assert.deepEqual(recovered?.fields, { keys: 1 })
  })

  it('is forgotten with the key', async () => {
    await using first = await startTestService()
    const [kept, doomed] = [await createKey(first), await createKey(first)]
    for (const { KeyId } of [kept, doomed]) await encrypt(first, { KeyId })
    const input = { KeyId: doomed.KeyId, PendingWindowInDays: 7 }
    succeeded(await first.call('ScheduleKeyDeletion', input))
    const rows = () =>
      readDatabase(first.directory.database, "select id from entity where tbl = 'key_use'").map(
        ({ id }) => String(id).split('/').at(-1),
      )
    await using second = await first.restart()
    assert.deepEqual(new Set(rows()), new Set([kept.KeyId, doomed.KeyId, 'saved']))
    await second.stop()
    first.clock.advance(7 * dayMs)
    await using third = await second.restart()
    await said(third, 'keys destroyed')
    await third.stop()
    assert.deepEqual(new Set(rows()), new Set([kept.KeyId, 'saved']))
  })

  it('is what a policy can ask before it lets a key be disabled or deleted', async () => {
    const Condition = { NumericLessThan: { 'kms:TrailingDaysWithoutKeyUsage': '2' } }
    const guard = { Effect: 'Deny', Action: ['kms:DisableKey', 'kms:ScheduleKeyDeletion'] }
    const Policy = keyPolicy({ ...guard, Principal: { AWS: '*' }, Condition })
    const { KeyId } = await createKey(service, { Policy })
    const denied = async (): Promise<boolean> => {
      const reply = await call('DisableKey', { KeyId })
      if (reply.status === 200) return false
      assert.match(reply.message ?? '', /kms:DisableKey .* with an explicit deny/)
      return true
    }
    clock.advance(2 * dayMs - 1)
    // Of a key that never was used the days count from its creation.
    assert.equal(await denied(), true)
    await encrypt(service, { KeyId })
    clock.advance(2 * dayMs - 2000)
    assert.equal(await denied(), true)
    clock.advance(3000)
    assert.equal(await denied(), false)
    assert.equal((await call('EnableKey', { KeyId })).status, 200)
    const later = await service.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
    assert.equal(later.status, 200)
  })
})
