import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { type AuditRecord, auditRecords } from '../files.ts'
import { account, type Reply, startTestService } from '../harness.ts'
import { FakeProvider, issuer } from './provider.ts'
import { allow, at, callIam, callSts, done, formOf, newUser, refusedBy, trust } from './query.ts'

const provider = new FakeProvider()
const service = await startTestService({ fetch: provider.fetch })
after(() => service[Symbol.asyncDispose]())

const recordOf = (reply: Reply): AuditRecord & Record<string, unknown> => {
  const id = reply.headers['x-amzn-requestid']
  const found = auditRecords(service.directory).filter(({ requestID }) => requestID === id)
  assert.equal(found.length, 1, reply.text)
  return found[0] as AuditRecord & Record<string, unknown>
}

describe('the record of a call of IAM', () => {
  it('says who did what, as CloudTrail does', async () => {
    const Tags = [{ Key: 'k', Value: 'v' }]
    const record = recordOf(await callIam(service, 'CreateUser', { UserName: 'alice', Tags }))
    assert.deepEqual(
      [record['eventSource'], record.eventName, record.awsRegion, record.readOnly],
      ['iam.amazonaws.com', 'CreateUser', 'us-east-1', false],
    )
    assert.deepEqual(record.requestParameters, {
      userName: 'alice',
      tags: [{ key: 'k', value: 'v' }],
    })
    const { user } = record['responseElements'] as { readonly user: Record<string, unknown> }
    assert.equal(user['arn'], `arn:aws:iam::${account}:user/alice`)
    assert.equal(user['createDate'], '2026-11-24T12:00:00Z')
    // IAM is in one Region, whichever the request was signed for.
    const elsewhere = { region: 'eu-central-1' }
    const read = recordOf(await callIam(service, 'GetUser', { UserName: 'alice' }, elsewhere))
    assert.deepEqual(
      [read.readOnly, read['responseElements'], read.awsRegion],
      [true, null, 'us-east-1'],
    )
  })

  it('names the fault by its shape', async () => {
    const reply = await callIam(service, 'GetUser', { UserName: 'nobody' })
    const record = recordOf(reply)
    assert.equal(record.errorCode, 'NoSuchEntityException')
    assert.equal(record['errorMessage'], 'The user with name nobody cannot be found.')
  })

  it('tells the id of a new access key, and never its secret', async () => {
    done(await callIam(service, 'CreateUser', { UserName: 'keyed' }))
    const reply = await callIam(service, 'CreateAccessKey', { UserName: 'keyed' })
    const key = done(reply)
    assert.deepEqual(recordOf(reply)['responseElements'], {
      accessKey: {
        userName: 'keyed',
        accessKeyId: at(key, 'AccessKey', 'AccessKeyId'),
        status: 'Active',
        createDate: '2026-11-24T12:00:00Z',
      },
    })
    const secret = at(key, 'AccessKey', 'SecretAccessKey')
    assert.equal(JSON.stringify(auditRecords(service.directory)).includes(secret), false)
  })

  it('is written for what nobody knows, as well', async () => {
    const unknown = await callIam(service, 'Nothing')
    refusedBy(unknown, 'UnknownOperationException')
    assert.equal(recordOf(unknown).eventName, 'Nothing')
  })
})

describe('the identity in a record', () => {
  it('of a user is the user', async () => {
    const credentials = await newUser(service, 'bob')
    const record = recordOf(await callSts(service, 'GetCallerIdentity', {}, { credentials }))
    const { principalId, ...identity } = record['userIdentity'] as Record<string, unknown>
    assert.match(String(principalId), /^AIDA/)
    assert.deepEqual(identity, {
      type: 'IAMUser',
      arn: `arn:aws:iam::${account}:user/bob`,
      accountId: account,
      accessKeyId: credentials.accessKeyId,
      userName: 'bob',
    })
  })

  it('of a session is the session, with the role behind it', async () => {
    const user = await newUser(service, 'carol')
    const statement = { Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'] }
    const AssumeRolePolicyDocument = trust(`arn:aws:iam::${account}:user/carol`, statement)
    done(
      await callIam(service, 'CreateRole', {
        RoleName: 'r',
        AssumeRolePolicyDocument,
        Path: '/p/',
      }),
    )
    const reply = await callSts(
      service,
      'AssumeRole',
      {
        RoleArn: `arn:aws:iam::${account}:role/p/r`,
        RoleSessionName: 'session-1',
        SourceIdentity: 'carol',
        Policy: JSON.stringify(allow('*')),
      },
      { credentials: user, region: 'eu-central-1' },
    )
    const answer = done(reply)
    const credentials = {
      accessKeyId: at(answer, 'Credentials', 'AccessKeyId'),
      secretAccessKey: at(answer, 'Credentials', 'SecretAccessKey'),
      sessionToken: at(answer, 'Credentials', 'SessionToken'),
    }
    const opened = recordOf(reply)
    assert.deepEqual(
      [opened['eventSource'], opened.awsRegion],
      ['sts.amazonaws.com', 'eu-central-1'],
    )
    assert.deepEqual(opened.resources, [
      { accountId: account, type: 'AWS::IAM::Role', ARN: `arn:aws:iam::${account}:role/p/r` },
    ])
    const elements = opened['responseElements'] as Record<string, unknown>
    assert.deepEqual(elements['credentials'], {
      accessKeyId: credentials.accessKeyId,
      expiration: '2026-11-24T13:00:00Z',
    })
    const used = await callSts(service, 'GetCallerIdentity', {}, { credentials })
    const identity = recordOf(used)['userIdentity'] as Record<string, unknown>
    const roleId = String(identity['principalId']).split(':')[0]
    assert.match(String(roleId), /^AROA/)
    assert.deepEqual(identity, {
      type: 'AssumedRole',
      principalId: `${roleId}:session-1`,
      arn: `arn:aws:sts::${account}:assumed-role/r/session-1`,
      accountId: account,
      accessKeyId: credentials.accessKeyId,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: roleId,
          arn: `arn:aws:iam::${account}:role/p/r`,
          accountId: account,
          userName: 'r',
        },
        attributes: { creationDate: '2026-11-24T12:00:00Z', mfaAuthenticated: 'false' },
        sourceIdentity: 'carol',
      },
    })
    const log = JSON.stringify(auditRecords(service.directory))
    for (const secret of [credentials.secretAccessKey, credentials.sessionToken])
      assert.equal(log.includes(secret), false)
  })

  it('of a web identity is its subject at its provider', async () => {
    const arn = `arn:aws:iam::${account}:oidc-provider/idp.example.com/realm`
    const Url = issuer
    done(await callIam(service, 'CreateOpenIDConnectProvider', { Url, ClientIDList: ['aud'] }))
    const AssumeRolePolicyDocument = trust(
      { Federated: arn },
      { Action: 'sts:AssumeRoleWithWebIdentity' },
    )
    done(await callIam(service, 'CreateRole', { RoleName: 'web', AssumeRolePolicyDocument }))
    const exp = service.clock.nowMs() / 1000 + 60
    const token = provider.token({ iss: issuer, sub: 'subject', aud: 'aud', exp })
    const body = formOf('sts', 'AssumeRoleWithWebIdentity', {
      RoleArn: `arn:aws:iam::${account}:role/web`,
      RoleSessionName: 'session-1',
      WebIdentityToken: token,
    })
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const reply = await service.send('POST', '/', headers, body)
    done(reply)
    const record = recordOf(reply)
    assert.deepEqual(record['userIdentity'], {
      type: 'WebIdentityUser',
      principalId: 'idp.example.com/realm:aud:subject',
      userName: 'subject',
      identityProvider: arn,
    })
    assert.equal(record['recipientAccountId'], account)
    const log = JSON.stringify(auditRecords(service.directory))
    for (const part of token.split('.')) assert.equal(log.includes(part), false)
  })
})
