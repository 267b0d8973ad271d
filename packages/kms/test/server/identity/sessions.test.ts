import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { refused } from '../expect.ts'
import { account, startTestService } from '../harness.ts'
import { allow, at, done, newUser, refusedBy, trust } from './query.ts'
import { arnOfRole, arnOfUser, credentialsOf, sessionScene } from './session-scene.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { iam, sts, newRole, identity } = sessionScene(service)

describe('AssumeRole', () => {
  it('gives credentials that speak for a session of the role, in any Region', async () => {
    const { assume } = await newRole('assumed', { Path: '/a/' })
    refusedBy(await assume(), 'AccessDeniedException')
    const RoleArn = arnOfRole('a/assumed')
    const answer = done(await assume({ RoleArn, RoleSessionName: 'one@example.com' }))
    const credentials = credentialsOf(answer)
    assert.match(credentials.accessKeyId, /^ASIA[A-Z2-7]{16}$/)
    assert.equal(credentials.secretAccessKey.length, 40)
    assert.equal(at(answer, 'Credentials', 'Expiration'), '2026-11-24T13:00:00Z')
    const Arn = `arn:aws:sts::${account}:assumed-role/assumed/one@example.com`
    assert.equal(at(answer, 'AssumedRoleUser', 'Arn'), Arn)
    const who = done(await identity(credentials))
    assert.deepEqual(who, {
      UserId: at(answer, 'AssumedRoleUser', 'AssumedRoleId'),
      Account: account,
      Arn,
    })
    assert.match(at(who, 'UserId'), /^AROA[A-Z2-7]{17}:one@example\.com$/)
    refused(
      await service.call('CreateKey', {}, { credentials }),
      'AccessDeniedException',
      /is not authorized to perform: kms:CreateKey/,
    )
  })

  it('is refused to who is not trusted, whether or not the role exists', async () => {
    await newRole('trusting')
    const credentials = await newUser(service, 'untrusted', allow('sts:AssumeRole'))
    for (const name of ['trusting', 'missing'])
      refusedBy(
        await sts(
          'AssumeRole',
          { RoleArn: arnOfRole(name), RoleSessionName: 'test' },
          { credentials },
        ),
        'AccessDeniedException',
        `User: ${arnOfUser('untrusted')} is not authorized to perform: sts:AssumeRole on resource: ${arnOfRole(name)}`,
      )
    refusedBy(
      await sts('AssumeRole', { RoleArn: arnOfRole('trusting'), RoleSessionName: 'test' }),
      'AccessDeniedException',
      'Roles may not be assumed by root accounts.',
    )
  })

  it('asks for an identity policy where the trust policy names the account', async () => {
    const document = trust(account)
    done(await iam('CreateRole', { RoleName: 'shared', AssumeRolePolicyDocument: document }))
    const params = { RoleArn: arnOfRole('shared'), RoleSessionName: 'test' }
    const without = await newUser(service, 'without')
    const withPolicy = await newUser(service, 'with', allow('sts:AssumeRole', arnOfRole('shared')))
    refusedBy(await sts('AssumeRole', params, { credentials: without }), 'AccessDeniedException')
    done(await sts('AssumeRole', params, { credentials: withPolicy }))
  })

  it('asks for the external id that the trust policy wants', async () => {
    const Condition = { StringEquals: { 'sts:ExternalId': 'secret-id' } }
    const { assume } = await newRole('external', {}, { Condition })
    refusedBy(await assume(), 'AccessDeniedException')
    refusedBy(await assume({ ExternalId: 'other-id' }), 'AccessDeniedException')
    done(await assume({ ExternalId: 'secret-id' }))
  })

  it('lasts as long as was asked for, within the bound of the role', async () => {
    const { assume } = await newRole('lasting', { MaxSessionDuration: 7200 })
    const short = credentialsOf(done(await assume({ DurationSeconds: 900 })))
    done(await assume({ DurationSeconds: 7200 }))
    refusedBy(
      await assume({ DurationSeconds: 7201 }),
      'ValidationException',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
    refusedBy(await assume({ DurationSeconds: 43_201 }), 'ValidationException', /durationSeconds/)
    service.clock.advance(899_000)
    done(await identity(short))
    service.clock.advance(1000)
    const expired = 'The security token included in the request is expired'
    const reply = await identity(short)
    assert.match(reply.text, /<Code>ExpiredToken<\/Code>/)
    assert.equal(reply.status, 403)
    refused(
      await service.call('ListKeys', {}, { credentials: short }),
      'ExpiredTokenException',
      expired,
    )
  })

  it('refuses session names and ARNs that are none', async () => {
    const { assume } = await newRole('named')
    refusedBy(
      await assume({ RoleSessionName: 'Session1:2' }),
      'ValidationException',
      "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    )
    for (const RoleArn of ['nothing-valid-in-here', `arn:aws:iam::${account}:user/named-user`])
      refusedBy(await assume({ RoleArn }), 'ValidationException', `${RoleArn} is invalid`)
    for (const unbuilt of [{ SerialNumber: 'arn:mfa/x' }, { TokenCode: '123456' }])
      refusedBy(await assume(unbuilt), 'UnsupportedOperationException')
  })

  it('takes session policies that are policies, and not too long', async () => {
    const { assume } = await newRole('limited')
    const Policy = JSON.stringify(allow('kms:Encrypt'))
    const answer = done(await assume({ Policy }))
    assert.match(at(answer, 'PackedPolicySize'), /^[1-9]$/)
    refusedBy(
      await assume({ Policy: '{' }),
      'MalformedPolicyDocumentException',
      'Syntax errors in policy.',
    )
    const long = JSON.stringify(allow(`kms:${'x'.repeat(2048)}`))
    refusedBy(await assume({ Policy: long }), 'PackedPolicyTooLargeException')
    const many = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: 'v'.repeat(256) }))
    const tagging = { Action: ['sts:AssumeRole', 'sts:TagSession'] }
    const tagged = await newRole('tagged', {}, tagging)
    refusedBy(
      await tagged.assume({ Tags: many }),
      'PackedPolicyTooLargeException',
      /^Packed policy consumes \d+% of allotted space, please use smaller policy\.$/,
    )
    const arn = `arn:aws:iam::${account}:policy/missing`
    refusedBy(
      await assume({ PolicyArns: [{ arn }] }),
      'ValidationException',
      `Policy ${arn} does not exist or is not attachable.`,
    )
  })

  it('takes tags where they are allowed, and hands on those that are transitive', async () => {
    const untagged = await newRole('no-tags')
    const Tags = [{ Key: 'Team', Value: 'a' }]
    refusedBy(
      await untagged.assume({ Tags }),
      'AccessDeniedException',
      /not authorized to perform: sts:TagSession/,
    )
    const Action = ['sts:AssumeRole', 'sts:TagSession']
    const { assume } = await newRole('tags', {}, { Action })
    refusedBy(
      await assume({ Tags, TransitiveTagKeys: ['other'] }),
      'InvalidParameterValueException',
      'The specified transitive tag key must be included in the requested tags.',
    )
    refusedBy(
      await assume({ Tags: [...Tags, { Key: 'team', Value: 'b' }] }),
      'InvalidParameterValueException',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    )
    const first = credentialsOf(done(await assume({ Tags, TransitiveTagKeys: ['team'] })))
    const second = {
      RoleName: 'chained',
      AssumeRolePolicyDocument: trust(arnOfRole('tags'), {
        Action,
        Condition: { StringEquals: { 'aws:PrincipalTag/team': 'a' } },
      }),
    }
    done(await iam('CreateRole', second))
    const chain = (params: object) =>
      sts(
        'AssumeRole',
        { RoleArn: arnOfRole('chained'), RoleSessionName: 'second', ...params },
        { credentials: first },
      )
    done(await chain({ DurationSeconds: 3600 }))
    refusedBy(
      await chain({ DurationSeconds: 3601 }),
      'ValidationException',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    )
    refusedBy(
      await chain({ Tags: [{ Key: 'TEAM', Value: 'b' }] }),
      'InvalidParameterValueException',
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    )
  })

  it('keeps the source identity that was set first', async () => {
    const Action = ['sts:AssumeRole', 'sts:SetSourceIdentity']
    const { assume } = await newRole('sourced', {}, { Action })
    const answer = done(await assume({ SourceIdentity: 'alice' }))
    assert.equal(at(answer, 'SourceIdentity'), 'alice')
    const document = trust(arnOfRole('sourced'), { Action })
    done(await iam('CreateRole', { RoleName: 'sourced-2', AssumeRolePolicyDocument: document }))
    const params = { RoleArn: arnOfRole('sourced-2'), RoleSessionName: 'test' }
    const as = { credentials: credentialsOf(answer) }
    const inherited = done(await sts('AssumeRole', params, as))
    assert.equal(at(inherited, 'SourceIdentity'), 'alice')
    refusedBy(
      await sts('AssumeRole', { ...params, SourceIdentity: 'mallory' }, as),
      'ValidationException',
    )
  })

  it('is refused to a session with a source identity, where it may not be handed on', async () => {
    const Action = ['sts:AssumeRole', 'sts:SetSourceIdentity']
    const { assume } = await newRole('traced', {}, { Action })
    const traced = done(await assume({ SourceIdentity: 'alice' }))
    const document = trust(arnOfRole('traced'))
    done(await iam('CreateRole', { RoleName: 'untraced', AssumeRolePolicyDocument: document }))
    const params = { RoleArn: arnOfRole('untraced'), RoleSessionName: 'test' }
    refusedBy(
      await sts('AssumeRole', params, { credentials: credentialsOf(traced) }),
      'AccessDeniedException',
      /is not authorized to perform: sts:SetSourceIdentity on resource/,
    )
    done(await sts('AssumeRole', params, { credentials: credentialsOf(done(await assume())) }))
  })
})
