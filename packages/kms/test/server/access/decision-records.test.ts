import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createKey, succeeded } from '../expect.ts'
import { auditRecords } from '../files.ts'
import { startTestService } from '../harness.ts'
import { allow, newUser } from '../identity/query.ts'
import { callsAs, iamArn, keyPolicy } from './scene.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

describe('the audit record of a decision', () => {
  const recordOf = (requestId: unknown) =>
    auditRecords(service.directory).find(({ requestID }) => requestID === requestId)

  it('says why it was denied, which the answer does not', async () => {
    const bea = callsAs(service, await newUser(service, 'bea', allow('kms:DisableKey')))
    const Policy = keyPolicy({
      Sid: 'no disabling',
      Effect: 'Deny',
      Principal: { AWS: iamArn('user/bea') },
      Action: 'kms:DisableKey',
    })
    const guarded = await createKey(service, { Policy })
    for (const [operation, reason] of [
      ['DisableKey', 'Denied: statement 1 (no disabling) of the key policy denies it.'],
      [
        'EnableKey',
        'Denied: no identity policy allows it (statement 0 (root) of the key policy would let one count).',
      ],
    ] as const) {
      const reply = await bea(operation, { KeyId: guarded.KeyId })
      assert.equal(reply.type, 'AccessDeniedException')
      assert.deepEqual(Object.keys(reply.json), ['__type', 'message'])
      assert.equal(reply.text.includes('no disabling'), false)
      const record = recordOf(reply.headers['x-amzn-requestid'])
      assert.equal(record?.additionalEventData?.denialReason, reason)
      assert.deepEqual(
        record?.resources?.map(({ ARN }) => ARN),
        [guarded.Arn],
      )
    }
  })

  it('names the grants that it took', async () => {
    const cid = callsAs(service, await newUser(service, 'cid'))
    const Operations = ['Encrypt', 'ReEncryptFrom', 'ReEncryptTo', 'RetireGrant']
    const grantOn = async (id: string): Promise<string> => {
      const input = { KeyId: id, GranteePrincipal: iamArn('user/cid'), Operations }
      return String(succeeded(await call('CreateGrant', input))['GrantId'])
    }
    const [from, to] = [await createKey(service), await createKey(service)]
    const [one, two] = [await grantOn(from.KeyId), await grantOn(to.KeyId)]
    const idsOf = (reply: { headers: { readonly [name: string]: unknown } }) =>
      recordOf(reply.headers['x-amzn-requestid'])?.additionalEventData?.grantIds
    const sealed = await cid('Encrypt', { KeyId: from.KeyId, Plaintext: 'AA==' })
    assert.deepEqual(idsOf(sealed), [one])
    const blob = succeeded(sealed)['CiphertextBlob']
    const moved = await cid('ReEncrypt', { CiphertextBlob: blob, DestinationKeyId: to.KeyId })
    assert.deepEqual(idsOf(moved), [one, two])
    assert.equal(moved.text.includes(one), false)
    assert.deepEqual(idsOf(await cid('RetireGrant', { KeyId: to.KeyId, GrantId: two })), [two])
    assert.equal(idsOf(await call('Encrypt', { KeyId: from.KeyId, Plaintext: 'AA==' })), undefined)
  })
})
