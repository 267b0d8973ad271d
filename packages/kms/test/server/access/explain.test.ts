import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { arnOf, createKey, refused, succeeded, succeededEmpty, unknownKeyId } from '../expect.ts'
import { auditRecords } from '../files.ts'
import { account, startTestService } from '../harness.ts'
import { allow, newUser } from '../identity/query.ts'
import {
  callKeyhold,
  iamArn,
  keyPolicy,
  newAccount,
  newSession,
  newUserOf,
  otherAccount,
  sessionArn,
} from './scene.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

await newUser(service, 'ann', {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'one',
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: '*',
      Condition: { StringEquals: { 'kms:EncryptionContext:team': 'red' } },
    },
    { Effect: 'Deny', Action: 'kms:DisableKey', Resource: '*' },
  ],
})
await newSession(service, 'app')
const key = await createKey(service, {
  Policy: keyPolicy({
    Sid: 'apps',
    Principal: { AWS: iamArn('role/app') },
    Action: 'kms:Encrypt',
    Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
  }),
})

const explain = async (input: object) =>
  succeeded(await callKeyhold(service, 'ExplainAccess', { KeyId: key.Arn, ...input })) as {
    Allowed: boolean
    Explanation: string
    Statements: readonly Record<string, unknown>[]
  }
const ann = { Principal: iamArn('user/ann'), Action: 'kms:Decrypt' }
const app = { Principal: iamArn('role/app'), Action: 'kms:Encrypt' }

describe('ExplainAccess', () => {
  it('names the statements that allow it, on either side', async () => {
    const answer = await explain({ ...ann, EncryptionContext: { Team: 'red' } })
    assert.deepEqual(answer, {
      Allowed: true,
      Explanation:
        'Allowed by statement 0 (root) of the key policy, which leaves it to the account, and by ' +
        'statement 0 (one) of the identity policy own.',
      Statements: [
        { Policy: 'key', Index: 0, Sid: 'root', Effect: 'Allow', Applies: true },
        { Policy: 'identity own', Index: 0, Sid: 'one', Effect: 'Allow', Applies: true },
      ],
    })
  })

  it('says which condition does not hold, and what there would have had to be', async () => {
    const answer = await explain({ ...ann, EncryptionContext: { team: 'blue' } })
    assert.equal(answer.Allowed, false)
    assert.equal(
      answer.Explanation,
      'Denied: no identity policy allows it (statement 0 (root) of the key policy would let one count).',
    )
    assert.equal(
      answer.Statements[1]?.['Reason'],
      'its condition StringEquals kms:EncryptionContext:team "red" does not hold: it is "blue"',
    )
  })

  it('names the statement that denies it', async () => {
    const answer = await explain({ ...ann, Action: 'kms:DisableKey' })
    assert.equal(answer.Allowed, false)
    assert.equal(answer.Explanation, 'Denied: statement 1 of the identity policy own denies it.')
  })

  it('takes values of condition keys from the request, and others for absent', async () => {
    assert.equal((await explain(app)).Allowed, false)
    const ConditionValues = { 'AWS:sourceIP': '10.1.2.3' }
    const answer = await explain({ ...app, ConditionValues })
    assert.equal(answer.Allowed, true)
    assert.match(answer.Explanation, /^Allowed by statement 1 \(apps\) of the key policy/)
    const session = { ...app, Principal: sessionArn('app', 'test'), ConditionValues }
    assert.equal((await explain(session)).Allowed, true)
  })

  it('names the grant that allows it', async () => {
    const fresh = await createKey(service)
    const input = {
      KeyId: fresh.KeyId,
      GranteePrincipal: ann.Principal,
      Operations: ['Encrypt'],
    }
    const { GrantId } = succeeded(await call('CreateGrant', input))
    const asked = { ...ann, Action: 'kms:Encrypt', KeyId: fresh.Arn }
    assert.equal((await explain(asked)).Explanation, `Allowed by grant ${String(GrantId)}.`)
    succeededEmpty(await call('RevokeGrant', { KeyId: fresh.KeyId, GrantId }))
    assert.equal((await explain(asked)).Allowed, false)
  })

  it('finds a key by its id or alias in a Region, and needs none for operations without one', async () => {
    succeededEmpty(await call('CreateAlias', { AliasName: 'alias/told', TargetKeyId: key.KeyId }))
    const context = { EncryptionContext: { team: 'red' }, Region: 'eu-central-1' }
    for (const KeyId of [key.KeyId, 'alias/told', arnOf('alias/told')])
      assert.equal((await explain({ ...ann, ...context, KeyId })).Allowed, true)
    const none = { KeyId: undefined, Action: 'kms:ListKeys' }
    assert.equal((await explain({ ...ann, ...none })).Allowed, false)
    const root = await explain({ Principal: iamArn('root'), ...none })
    assert.equal(root.Explanation, 'Allowed by being the root of the account.')
  })

  it('refuses: what does not exist, and actions that no operation asks for', async () => {
    const reply = (input: object) =>
      callKeyhold(service, 'ExplainAccess', { ...ann, KeyId: key.Arn, ...input })
    const nobody = iamArn('user/nobody')
    refused(
      await reply({ Principal: nobody }),
      'NotFoundException',
      `There is no principal ${nobody}.`,
    )
    const unknown = arnOf(`key/${unknownKeyId}`)
    refused(await reply({ KeyId: unknown }), 'NotFoundException', `Key '${unknown}' does not exist`)
    refused(
      await reply({ Action: 'kms:Decrpyt' }),
      'ValidationException',
      'No operation asks for the action kms:Decrpyt.',
    )
    refused(
      await reply({ Action: 'kms:RetireGrant' }),
      'ValidationException',
      'kms:RetireGrant is decided by each grant itself.',
    )
    refused(await reply({ Action: 's3:GetObject' }), 'ValidationException', /'action'/)
  })

  it('refuses: an action without the key that it is about, and a key that it is not about', async () => {
    const reply = (input: object) => callKeyhold(service, 'ExplainAccess', { ...ann, ...input })
    for (const Action of ['kms:Decrypt', 'kms:ReEncryptTo', 'kms:CreateAlias', 'kms:DeleteAlias'])
      refused(
        await reply({ Action }),
        'ValidationException',
        `The action ${Action} is about a key, which KeyId has to name.`,
      )
    for (const Action of ['kms:ListKeys', 'kms:CreateKey'])
      refused(
        await reply({ Action, KeyId: key.Arn }),
        'ValidationException',
        `The action ${Action} is about no key that exists: leave out KeyId.`,
      )
    for (const KeyId of [key.Arn, undefined])
      succeeded(await reply({ Action: 'kms:TagResource', KeyId }))
  })

  it('calls the principal as a call in the Region would', async () => {
    const region = 'us-gov-west-1'
    const abroad = succeeded(await call('CreateKey', {}, { region }))
    const { Arn } = abroad['KeyMetadata'] as { readonly Arn: string }
    const Policy = keyPolicy({
      Principal: '*',
      Action: 'kms:Decrypt',
      Condition: {
        ArnEquals: { 'aws:PrincipalArn': iamArn('user/ann').replace('aws', 'aws-us-gov') },
      },
    })
    succeededEmpty(await call('PutKeyPolicy', { KeyId: Arn, Policy }, { region }))
    assert.equal((await explain({ ...ann, KeyId: Arn })).Allowed, true)
  })

  it('is for whom a policy lets, of the account whose policies it shows', async () => {
    const input = { ...ann, KeyId: key.Arn }
    const nobody = await newUser(service, 'nobody')
    refused(
      await callKeyhold(service, 'ExplainAccess', input, nobody),
      'AccessDeniedException',
      /no identity-based policy allows the keyhold:ExplainAccess action$/,
    )
    const auditor = await newUser(service, 'auditor', allow('keyhold:ExplainAccess'))
    succeeded(await callKeyhold(service, 'ExplainAccess', input, auditor))
    const foreign = await newAccount(service)
    await newUserOf(service, foreign, 'guest')
    const guest = { ...ann, Principal: iamArn('user/guest', otherAccount) }
    for (const about of [input, { ...guest, KeyId: key.Arn }, { ...ann, KeyId: undefined }])
      refused(
        await callKeyhold(service, 'ExplainAccess', about, foreign),
        'AccessDeniedException',
        /keyhold:ExplainAccess/,
      )
    const own = { ...guest, Action: 'kms:ListKeys' }
    succeeded(await callKeyhold(service, 'ExplainAccess', own, foreign))
    // The first account runs the service.
    succeeded(await callKeyhold(service, 'ExplainAccess', { ...guest, KeyId: key.Arn }))
  })

  it('is recorded as what it is: a question', async () => {
    const reply = await callKeyhold(service, 'ExplainAccess', { ...ann, KeyId: key.Arn })
    const record = auditRecords(service.directory).find(
      ({ requestID }) => requestID === reply.headers['x-amzn-requestid'],
    )
    assert.equal(record?.eventName, 'ExplainAccess')
    assert.equal(record?.errorCode, undefined)
    assert.equal(record?.additionalEventData, undefined)
    assert.equal(JSON.stringify(record?.requestParameters).includes(account), true)
  })
})
