import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { auditRecords } from '../files.ts'
import { account, startTestService } from '../harness.ts'
import { FakeProvider, issuer, type TokenOptions } from './provider.ts'
import { at, callIam, callSts, done, formOf, refusedBy, trust } from './query.ts'

const provider = new FakeProvider()
const service = await startTestService({ fetch: provider.fetch })
after(() => service[Symbol.asyncDispose]())

const providerArn = `arn:aws:iam::${account}:oidc-provider/idp.example.com/realm`
const RoleArn = `arn:aws:iam::${account}:role/pods`
const iam = (action: string, params: object) => callIam(service, action, { ...params })
done(
  await iam('CreateOpenIDConnectProvider', {
    Url: issuer,
    ClientIDList: ['sts.amazonaws.com', 'other'],
  }),
)
done(
  await iam('CreateRole', {
    RoleName: 'pods',
    AssumeRolePolicyDocument: trust(
      { Federated: providerArn },
      {
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { 'idp.example.com/realm:aud': 'sts.amazonaws.com' },
          StringLike: { 'idp.example.com/realm:sub': 'system:serviceaccount:prod:*' },
        },
      },
    ),
  }),
)

const nowSeconds = () => Math.floor(service.clock.nowMs() / 1000)
const claims = () => ({
  iss: issuer,
  sub: 'system:serviceaccount:prod:app',
  aud: ['sts.amazonaws.com'],
  exp: nowSeconds() + 600,
  iat: nowSeconds(),
})

/** The one request that nobody signs. */
const send = (body: string, headers: object = {}) =>
  service.send(
    'POST',
    '/',
    { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body,
  )
const assume = (WebIdentityToken: string, more: object = {}) =>
  send(
    formOf('sts', 'AssumeRoleWithWebIdentity', {
      RoleArn,
      RoleSessionName: 'pod-1',
      WebIdentityToken,
      ...more,
    }),
  )
const assumeWith = (changed: object, options?: TokenOptions) =>
  assume(provider.token({ ...claims(), ...changed }, options))

describe('AssumeRoleWithWebIdentity', () => {
  it('opens a session for the token of a provider that the role trusts', async () => {
    const answer = done(await assumeWith({}))
    assert.equal(at(answer, 'SubjectFromWebIdentityToken'), 'system:serviceaccount:prod:app')
    assert.equal(at(answer, 'Audience'), 'sts.amazonaws.com')
    assert.equal(at(answer, 'Provider'), providerArn)
    const credentials = {
      accessKeyId: at(answer, 'Credentials', 'AccessKeyId'),
      secretAccessKey: at(answer, 'Credentials', 'SecretAccessKey'),
      sessionToken: at(answer, 'Credentials', 'SessionToken'),
    }
    const who = done(await callSts(service, 'GetCallerIdentity', {}, { credentials }))
    assert.equal(who['Arn'], `arn:aws:sts::${account}:assumed-role/pods/pod-1`)
  })

  it('takes ECDSA signatures, and an audience that stands alone or in azp', async () => {
    done(await assumeWith({}, { header: { alg: 'ES256', kid: 'ec' } }))
    done(await assumeWith({ aud: 'sts.amazonaws.com' }))
    done(await assumeWith({ aud: 'unknown', azp: 'sts.amazonaws.com' }))
  })

  it('is refused where the conditions of the trust policy do not hold', async () => {
    const text = 'Not authorized to perform sts:AssumeRoleWithWebIdentity'
    for (const changed of [{ sub: 'system:serviceaccount:test:app' }, { aud: 'other' }])
      refusedBy(await assumeWith(changed), 'AccessDeniedException', text)
    const RoleName = 'signed-only'
    const AssumeRolePolicyDocument = trust('*')
    done(await iam('CreateRole', { RoleName, AssumeRolePolicyDocument }))
    for (const name of [RoleName, 'missing']) {
      const other = { RoleArn: `arn:aws:iam::${account}:role/${name}` }
      refusedBy(await assume(provider.token(claims()), other), 'AccessDeniedException', text)
    }
  })

  it('is refused for tokens that are not signed as they have to be', async () => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const token = provider.token(claims())
    const [head = '', body = '', signature = ''] = token.split('.')
    const tampered = Buffer.from(JSON.stringify({ ...claims(), sub: 'x' })).toString('base64url')
    const refusals: readonly string[] = [
      provider.token(claims(), { key: stranger }),
      provider.token(claims(), { header: { alg: 'none' }, signature: '' }),
      provider.token(claims(), { header: { alg: 'none' } }),
      provider.token(claims(), { header: { alg: 'HS256' } }),
      provider.token(claims(), { header: { alg: 'ES256' } }),
      provider.token(claims(), { header: { kid: 'ec' } }),
      provider.token(claims(), { header: { kid: 7 } }),
      provider.token(claims(), { header: { crit: ['b64'] } }),
      provider.token(claims(), { header: { b64: false } }),
      `${head}.${tampered}.${signature}`,
      `${head}.${body}`,
      `${head}.${body}.`,
      `${head}.${body}.${signature}.x`,
      `${head}.${body}.${signature}=`,
      `${head}.${body}.${signature.slice(0, -2)}`,
      'not a token',
      `${Buffer.from('[]').toString('base64url')}.${body}.${signature}`,
      `${Buffer.from('{"alg":"RS256","alg":"RS256"}').toString('base64url')}.${body}.${signature}`,
    ]
    for (const text of refusals) refusedBy(await assume(text), 'InvalidIdentityTokenException')
  })

  it('is refused for claims that are missing, wrong or out of their time', async () => {
    const invalid = 'InvalidIdentityTokenException'
    for (const claim of ['iss', 'sub', 'aud', 'exp'])
      refusedBy(
        await assumeWith({ [claim]: undefined }),
        invalid,
        `Missing a required claim: ${claim}`,
      )
    refusedBy(await assumeWith({ aud: 'unknown' }), invalid, 'Incorrect token audience')
    refusedBy(await assumeWith({ azp: 'unknown' }), invalid, 'Incorrect token audience')
    for (const iss of [
      'https://idp.example.com',
      'https://other.example.com/realm',
      'idp.example.com/realm',
    ])
      refusedBy(
        await assumeWith({ iss }),
        invalid,
        `No OpenIDConnect provider found in your account for ${iss}`,
      )
    refusedBy(await assumeWith({ nbf: nowSeconds() + 301 }), invalid, 'The token is not valid yet.')
    done(await assumeWith({ nbf: nowSeconds() + 300 }))
    refusedBy(
      await assumeWith({ exp: nowSeconds() }),
      'ExpiredTokenException',
      `Token expired: current date/time ${nowSeconds()} must be before the expiration date/time${nowSeconds()}`,
    )
    for (const changed of [{ exp: '1' }, { sub: 7 }, { aud: [] }, { sub: 'x'.repeat(256) }])
      refusedBy(await assumeWith(changed), invalid)
    refusedBy(
      await assumeWith({ 'https://aws.amazon.com/tags': {} }),
      invalid,
      'The claim https://aws.amazon.com/tags is not supported.',
    )
  })

  it('is the one operation that needs no signature', async () => {
    for (const action of ['GetCallerIdentity', 'AssumeRole', 'GetSessionToken', ''])
      refusedBy(
        await send(formOf('sts', action, {})),
        'MissingAuthenticationTokenException',
        'Request is missing Authentication Token',
      )
    refusedBy(await send('Action'), 'MissingAuthenticationTokenException')
    const long = formOf('sts', 'AssumeRoleWithWebIdentity', { RoleArn: 'x'.repeat(60_000) })
    refusedBy(await send(long), 'MissingAuthenticationTokenException')
    const signed = { 'X-Amz-Target': 'TrentService.ListKeys' }
    assert.equal((await send('{}', signed)).type, 'MissingAuthenticationTokenException')
  })

  it('leaves no record where the token is not valid', async () => {
    const before = auditRecords(service.directory).length
    refusedBy(await assumeWith({ aud: 'unknown' }), 'InvalidIdentityTokenException')
    refusedBy(
      await send(formOf('sts', 'GetCallerIdentity', {})),
      'MissingAuthenticationTokenException',
    )
    assert.equal(auditRecords(service.directory).length, before)
    done(await assumeWith({}))
    assert.equal(auditRecords(service.directory).length, before + 1)
  })
})

describe('the keys of a provider', () => {
  const rsa = { ...provider.rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa' }
  const replacement = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const renewed = { ...replacement.publicKey.export({ format: 'jwk' }), kid: 'renewed' }
  const withRenewed = () =>
    assumeWith({}, { header: { kid: 'renewed' }, key: replacement.privateKey })

  it('are fetched once, and again for a key that is new, but not at once', async () => {
    done(await assumeWith({}))
    const before = provider.fetched.length
    await Promise.all([assumeWith({}), assumeWith({}), assumeWith({})])
    assert.equal(provider.fetched.length, before)
    provider.publish(rsa, renewed)
    service.clock.advance(29_000)
    for (let n = 0; n < 3; n += 1)
      refusedBy(await withRenewed(), 'InvalidIdentityTokenException', /^Couldn't retrieve/)
    assert.equal(provider.fetched.length, before)
    service.clock.advance(1000)
    for (const reply of await Promise.all([withRenewed(), withRenewed()])) done(reply)
    assert.equal(provider.fetched.length, before + 2)
  })

  it('count for an hour while the provider cannot be reached', async () => {
    provider.isDown = true
    service.clock.advance(3_500_000)
    done(await assumeWith({}))
    service.clock.advance(200_000)
    refusedBy(await assumeWith({}), 'IDPCommunicationErrorException', /^Couldn't retrieve/)
    provider.isDown = false
    service.clock.advance(10_000)
    done(await assumeWith({}))
  })

  it('are asked for once in ten seconds while the provider cannot be reached', async () => {
    provider.isDown = true
    service.clock.advance(600_000)
    const before = provider.fetched.length
    for (let n = 0; n < 3; n += 1) done(await assumeWith({}))
    assert.equal(provider.fetched.length, before + 1)
    service.clock.advance(10_000)
    done(await assumeWith({}))
    assert.equal(provider.fetched.length, before + 2)
    provider.isDown = false
    service.clock.advance(10_000)
    done(await assumeWith({}))
  })

  it('are not fetched again for each token with another spelling of the issuer', async () => {
    const before = provider.fetched.length
    for (let n = 0; n < 3; n += 1)
      refusedBy(await assumeWith({ iss: `${issuer}/` }), 'IDPCommunicationErrorException')
    assert.equal(provider.fetched.length, before + 1)
  })

  it('that a provider has withdrawn count no more once they were fetched anew', async () => {
    provider.publish(renewed)
    service.clock.advance(600_000)
    refusedBy(await assumeWith({}), 'InvalidIdentityTokenException')
    provider.publish(rsa)
    service.clock.advance(600_000)
    done(await assumeWith({}))
  })

  it('that are too short, for encryption or of another kind verify nothing', async () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const other = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const jwk = { ...short.publicKey.export({ format: 'jwk' }), kid: 'short' }
    const curve = { ...other.publicKey.export({ format: 'jwk' }), kid: 'p384' }
    const encryption = { ...rsa, kid: 'enc', use: 'enc' }
    provider.publish(jwk, curve, encryption, { kty: 'oct', k: 'AAAA', kid: 'oct' }, 'nonsense', rsa)
    service.clock.advance(600_000)
    done(await assumeWith({}))
    for (const [header, key] of [
      [{ kid: 'short' }, short.privateKey],
      [{ kid: 'p384', alg: 'ES256' }, other.privateKey],
      [{ kid: 'enc' }, provider.rsa.privateKey],
      [{ kid: 'oct' }, provider.rsa.privateKey],
    ] as const) {
      service.clock.advance(30_000)
      refusedBy(await assumeWith({}, { header, key }), 'InvalidIdentityTokenException')
    }
  })

  it('come from the issuer that the configuration names, over https', async () => {
    const url = `${issuer}/.well-known/openid-configuration`
    const good = provider.documents.get(url) as object
    for (const changed of [
      { issuer: 'https://other.example.com' },
      { jwks_uri: 'http://keys.example.com/jwks' },
      { jwks_uri: undefined },
    ]) {
      service.clock.advance(3_700_000)
      provider.documents.set(url, { ...good, ...changed })
      refusedBy(await assumeWith({}), 'IDPCommunicationErrorException')
    }
    provider.documents.set(url, good)
    service.clock.advance(10_000)
    done(await assumeWith({}))
  })
})
