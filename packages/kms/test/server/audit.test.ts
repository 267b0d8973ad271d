import assert from 'node:assert/strict'
import { join } from 'node:path'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { describe, it } from 'node:test'
import type { Operation } from '../../src/api/operation.ts'
import { type OperationName, operations } from '../../src/api/operations.ts'
import { createKey, succeeded, unknownKeyId } from './expect.ts'
import { faultyFiles } from './faulty-files.ts'
import { type AuditRecord, auditRecords } from './files.ts'
import { account, region, type Reply, startTestService, type TestService } from './harness.ts'
import { createKeyFor, validInput } from './inputs.ts'

/** The one record of a call. */
const recordOf = (service: TestService, reply: Reply): AuditRecord => {
  const id = reply.headers['x-amzn-requestid']
  const found = auditRecords(service.directory).filter(
    ({ requestID, additionalEventData }) =>
      requestID === id && additionalEventData?.outcome !== 'intended',
  )
  assert.equal(found.length, 1, `${found.length} records of ${reply.text}`)
  return found[0] as AuditRecord
}

/** Calls that are refused, each for another reason and at another place of the way. */
const refusedCalls: Readonly<Record<string, (service: TestService) => Promise<Reply>>> = {
  'an unknown operation': ({ call }) => call('Nothing', {}),
  'a call without a target': ({ call }) => call('', {}, { headers: { 'X-Amz-Target': undefined } }),
  'a body that is no JSON': ({ call }) => call('Encrypt', '{'),
  'a body that is no UTF-8': ({ call }) => call('Encrypt', Buffer.from([0x7b, 0xff])),
  'a content type of others': ({ call }) =>
    call('ListKeys', {}, { headers: { 'Content-Type': 'text/plain' } }),
  'a member of the wrong type': ({ call }) => call('Encrypt', { KeyId: 1 }),
  'an invalid input': ({ call }) => call('Encrypt', {}),
  'an unknown key': ({ call }) => call('DescribeKey', { KeyId: unknownKeyId }),
  'a key of another account': ({ call }) =>
    call('DescribeKey', { KeyId: `arn:aws:kms:${region}:999999999999:key/${unknownKeyId}` }),
  'a grant token': ({ call }) =>
    call('Encrypt', { KeyId: unknownKeyId, Plaintext: 'AA==', GrantTokens: ['x'] }),
  'a ciphertext of nobody': ({ call }) => call('Decrypt', { CiphertextBlob: 'AA==' }),
  'a marker made up': ({ call }) => call('ListKeys', { Marker: 'x' }),
  'a change that is refused': ({ call }) =>
    call('CreateKey', { KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }),
}

describe('the audit log', () => {
  it('has one record of every call that succeeds, on disk before the answer', async () => {
    await using service = await startTestService()
    const key = await createKey(service)
    for (const name of Object.keys(operations) as OperationName[]) {
      const input = await validInput(service, name, await createKeyFor(service, name))
      if (name === 'CancelKeyDeletion') succeeded(await service.call('ScheduleKeyDeletion', input))
      const reply = await service.call(name, input)
      succeeded(reply)
      const record = recordOf(service, reply)
      const row: Operation = operations[name]
      assert.equal(record.eventName, name)
      assert.equal(record.errorCode, undefined)
      assert.equal(record.readOnly, !row.changes)
      assert.equal(record.awsRegion, region)
      if (
        row.authorize.some(
          ({ resource }) => !['account', 'newAlias', 'newKey'].includes(resource.of),
        )
      )
        assert.match(String(record.resources?.[0]?.ARN), /^arn:aws:kms:/)
    }
    assert.notEqual(key.KeyId, '')
  })

  it('has one record of every call that is refused, with what was answered', async () => {
    await using service = await startTestService()
    for (const [name, send] of Object.entries(refusedCalls)) {
      const reply = await send(service)
      assert.notEqual(reply.status, 200, name)
      const record = recordOf(service, reply)
      const code = reply.type === 'AccessDeniedException' ? 'AccessDenied' : reply.type
      assert.equal(record.errorCode, code, name)
      assert.equal(record.errorMessage, reply.message, name)
    }
    assert.equal(auditRecords(service.directory).length, Object.keys(refusedCalls).length)
  })

  it('has nothing of a call without a valid signature', async () => {
    await using service = await startTestService()
    const { call, send, credentials } = service
    const wrong = { ...credentials, secretAccessKey: 'wrong' }
    const nobody = { ...wrong, accessKeyId: 'AKIANOBODY' }
    await call('CreateKey', {}, { credentials: wrong })
    await call('CreateKey', {}, { credentials: nobody })
    await call('CreateKey', {}, { region: 'mars-north-1' })
    await send('POST', '/', { 'X-Amz-Target': 'TrentService.CreateKey' }, '{}')
    await send('GET', '/readyz', {}, '')
    assert.deepEqual(auditRecords(service.directory), [])
  })

  it('tells who did what, from where, and what came of it', async () => {
    await using service = await startTestService()
    const input = { Description: 'told', Tags: [{ TagKey: 'a', TagValue: 'b' }] }
    const headers = { 'User-Agent': 'test/1' }
    const reply = await service.call('CreateKey', input, { headers })
    const { KeyMetadata } = succeeded(reply)
    const record = recordOf(service, reply)
    assert.deepEqual(record.userIdentity, {
      type: 'Root',
      principalId: account,
      arn: `arn:aws:iam::${account}:root`,
      accountId: account,
      accessKeyId: service.credentials.accessKeyId,
    })
    assert.deepEqual(record.requestParameters, {
      description: 'told',
      tags: [{ tagKey: 'a', tagValue: 'b' }],
    })
    const response = record.responseElements as { keyMetadata: { keyId: string } }
    assert.equal(response.keyMetadata.keyId, (KeyMetadata as { KeyId: string }).KeyId)
    assert(Number(record.additionalEventData?.changeSeq) > 0)
  })

  it('comes before the answer: nothing leaves while its record is not on disk', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'keyhold-test-'))
    const auditFiles = await faultyFiles(join(dir, 'audit'))
    await using service = await startTestService({ dir, auditFiles })
    const { KeyId } = await createKey(service)
    for (const [operation, input] of [
      ['Encrypt', { KeyId, Plaintext: 'AA==' }],
      ['CreateKey', {}],
      ['DescribeKey', { KeyId: unknownKeyId }],
    ] as const) {
      using held = auditFiles.holdSyncs()
      let answered = false
      const reply = service.call(operation, input).then((arrived) => {
        answered = true
        return arrived
      })
      await auditFiles.heldSync()
      for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
      assert.equal(answered, false)
      held.release()
      recordOf(service, await reply)
    }
  })
})
