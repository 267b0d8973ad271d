import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Operation } from '../../src/api/operation.ts'
import { type OperationName, operations } from '../../src/api/operations.ts'
import { invalid, refused, succeeded } from './expect.ts'
import { startTestService } from './harness.ts'
import { sharedKeyFor, validInput } from './inputs.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

describe('operations', () => {
  it('that nobody knows are unknown', async () => {
    for (const name of [
      '',
      'encrypt',
      'En crypt',
      'GetKey',
      'constructor',
      '__proto__',
      'x'.repeat(2000),
    ])
      refused(await call(name, {}), 'UnknownOperationException')
    for (const target of [undefined, 'Encrypt', 'AWSKMS.Encrypt', 'trentservice.Encrypt'])
      refused(
        await call('', {}, { headers: { 'X-Amz-Target': target } }),
        'UnknownOperationException',
      )
  })

  it('refuse every other content type, and do without one', async () => {
    for (const type of [
      'application/json',
      'application/x-amz-json-1.0',
      'text/plain',
      'application/cbor',
      '',
    ])
      refused(
        await call('ListKeys', {}, { headers: { 'Content-Type': type } }),
        'SerializationException',
        'The content type has to be application/x-amz-json-1.1.',
      )
    succeeded(await call('ListKeys', {}, { headers: { 'Content-Type': undefined } }))
  })
})

describe('grant tokens', () => {
  const takesTokens = (Object.keys(operations) as OperationName[]).filter((name) =>
    Object.hasOwn((operations[name] as Operation).input, 'GrantTokens'),
  )
  for (const name of takesTokens)
    it(`are refused by ${name} if they are none; no tokens at all are not`, async () => {
      const input = await validInput(service, name, await sharedKeyFor(service, name))
      const withTokens = (GrantTokens: unknown) => call(name, { ...input, GrantTokens })
      const text = 'A grant token is not valid.'
      refused(await withTokens(['token']), 'InvalidGrantTokenException', text)
      succeeded(await withTokens([]))
      const path = 'grantTokens.1.member'
      invalid(await withTokens(['']), '', path, 'have length greater than or equal to 1')
      const secret = 'secret-token '.repeat(700)
      const reply = await withTokens([secret])
      invalid(reply, '', path, 'have length less than or equal to 8192')
      assert.equal(reply.text.includes('secret-token'), false)
    })
})

describe('requests without a valid signature', () => {
  const credentials = { accessKeyId: service.credentials.accessKeyId, secretAccessKey: 'wrong' }
  it('are refused, whatever they ask', async () => {
    const mismatch = /^The request signature we calculated does not match/
    refused(await call('ListKeys', {}, { credentials }), 'InvalidSignatureException', mismatch)
    const nobody = { ...credentials, accessKeyId: 'AKIANOBODY' }
    const text = 'The security token included in the request is invalid.'
    refused(
      await call('ListKeys', {}, { credentials: nobody }),
      'UnrecognizedClientException',
      text,
    )
    const unsigned = await service.send(
      'POST',
      '/',
      { 'X-Amz-Target': 'TrentService.ListKeys' },
      '{}',
    )
    assert.equal(unsigned.status, 400)
    assert.equal(unsigned.type, 'MissingAuthenticationTokenException')
  })

  it('are refused for Regions that do not exist', async () => {
    const reply = await call('ListKeys', {}, { region: 'mars-north-1' })
    refused(reply, 'InvalidSignatureException', 'Credential should be scoped to a valid region.')
  })
})
