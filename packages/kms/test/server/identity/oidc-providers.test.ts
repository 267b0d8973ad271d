import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { account, startTestService } from '../harness.ts'
import { callIam, done, items, refusedBy } from './query.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const call = (action: string, params: object = {}) => callIam(service, action, { ...params })
const arnOf = (url: string) => `arn:aws:iam::${account}:oidc-provider/${url}`
const thumbprint = 'b'.repeat(40)

describe('OpenID Connect providers', () => {
  const OpenIDConnectProviderArn = arnOf('idp.example.com/realm')

  it('are made from an issuer, read, changed and deleted', async () => {
    const made = done(
      await call('CreateOpenIDConnectProvider', {
        Url: 'https://idp.example.com/realm',
        ClientIDList: ['sts.amazonaws.com'],
        ThumbprintList: [thumbprint],
      }),
    )
    assert.deepEqual(made, { OpenIDConnectProviderArn })
    done(
      await call('AddClientIDToOpenIDConnectProvider', {
        OpenIDConnectProviderArn,
        ClientID: 'ci',
      }),
    )
    done(
      await call('AddClientIDToOpenIDConnectProvider', {
        OpenIDConnectProviderArn,
        ClientID: 'ci',
      }),
    )
    done(
      await call('RemoveClientIDFromOpenIDConnectProvider', {
        OpenIDConnectProviderArn,
        ClientID: 'sts.amazonaws.com',
      }),
    )
    done(
      await call('UpdateOpenIDConnectProviderThumbprint', {
        OpenIDConnectProviderArn,
        ThumbprintList: ['c'.repeat(40)],
      }),
    )
    assert.deepEqual(done(await call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn })), {
      Url: 'idp.example.com/realm',
      ClientIDList: { member: ['ci'] },
      ThumbprintList: { member: ['c'.repeat(40)] },
      CreateDate: '2026-11-24T12:00:00Z',
      Tags: '',
    })
    const list = () => call('ListOpenIDConnectProviders')
    assert.deepEqual(items(done(await list()), 'OpenIDConnectProviderList'), [
      { Arn: OpenIDConnectProviderArn },
    ])
    refusedBy(
      await call('CreateOpenIDConnectProvider', { Url: 'https://idp.example.com/realm' }),
      'EntityAlreadyExistsException',
      'Provider with url https://idp.example.com/realm already exists.',
    )
    done(await call('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn }))
    refusedBy(
      await call('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn }),
      'NoSuchEntityException',
      `OpenId connect Provider ${OpenIDConnectProviderArn} cannot be found.`,
    )
    for (const [action, more] of [
      ['GetOpenIDConnectProvider', {}],
      ['AddClientIDToOpenIDConnectProvider', { ClientID: 'x' }],
      ['RemoveClientIDFromOpenIDConnectProvider', { ClientID: 'x' }],
      ['UpdateOpenIDConnectProviderThumbprint', { ThumbprintList: [thumbprint] }],
    ] as const)
      refusedBy(
        await call(action, { OpenIDConnectProviderArn, ...more }),
        'NoSuchEntityException',
        `OpenIDConnect Provider not found for arn ${OpenIDConnectProviderArn}`,
      )
  })

  it('have to be https issuers without anything beside host, port and path', async () => {
    for (const Url of [
      'idp.example.com',
      'http://idp.example.com',
      'https://user@idp.example.com',
      'https://idp.example.com?a=b',
      'https://idp.example.com#a',
      'https://IDP.example.com',
      'https://idp.example.com:443',
      'https://idp.exämple.com',
      'https://',
    ])
      refusedBy(
        await call('CreateOpenIDConnectProvider', { Url }),
        'ValidationException',
        'Invalid Open ID Connect Provider URL',
      )
    for (const Url of [
      'https://idp.example.com:8443',
      'https://10.0.0.1:6443/a/',
      'https://[::1]:1/x',
    ])
      done(await call('CreateOpenIDConnectProvider', { Url }))
  })

  it('have as many clients and thumbprints as IAM allows', async () => {
    const create = (more: object) =>
      call('CreateOpenIDConnectProvider', { Url: 'https://limits.example.com', ...more })
    refusedBy(
      await create({ ThumbprintList: Array.from({ length: 6 }, () => thumbprint) }),
      'InvalidInputException',
      'Thumbprint list must contain fewer than 5 entries.',
    )
    refusedBy(
      await create({ ClientIDList: Array.from({ length: 101 }, (_, i) => `client-${i}`) }),
      'LimitExceededException',
      'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100',
    )
    refusedBy(
      await create({
        Url: `https://${'a'.repeat(250)}.com`,
        ClientIDList: [''],
        ThumbprintList: ['a'],
      }),
      'ValidationException',
      "3 validation errors detected: Value at 'clientIDList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]; Value at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]; Value at 'url' failed to satisfy constraint: Member must have length less than or equal to 255",
    )
  })
})
