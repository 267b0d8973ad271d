import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signRequest } from '../../src/client/sign.ts'
import { succeeded } from './expect.ts'
import { account, startTestService, type TestService } from './harness.ts'
import { callIam, done, newUser } from './identity/query.ts'

const devCredential = {
  accessKeyId: 'AKIATESTSUITE2222222',
  secretAccessKey: 'fixed/secret+access+key+of+a+test+suite+',
}

const read = () => Promise.resolve(devCredential)

/** The access key id of the root of an account that is made for it. */
const rootOfNewAccount = async (service: TestService): Promise<string> => {
  const body = '{"Name":"team"}'
  const headers = signRequest({
    method: 'POST',
    url: new URL(service.endpoint),
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': 'Keyhold.CreateAccount',
    },
    body: Buffer.from(body),
    credentials: service.credentials,
    region: 'us-east-1',
    service: 'keyhold',
    nowMs: service.clock.nowMs(),
  })
  const made = succeeded(await service.send('POST', '/', headers, body))
  return (made['RootCredential'] as { readonly AccessKeyId: string }).AccessKeyId
}

describe('the development credential', () => {
  it('is an access key of the root like any other', async () => {
    await using service = await startTestService({ devCredential: read })
    const listed = done(
      await callIam(service, 'ListAccessKeys', {}, { credentials: devCredential }),
    )
    assert.match(JSON.stringify(listed), /AKIATESTSUITE2222222/)
    const { log } = service
    const [line] = log.lines.filter(({ event }) => event === 'development credential')
    assert.deepEqual([line?.level, line?.fields['account']], ['warn', account])
  })

  it('stays when a start names none, and is active again when a start names it', async () => {
    const first = await startTestService({ devCredential: read })
    await using second = await first.restart({ devCredential: undefined })
    succeeded(await second.call('ListKeys', {}, { credentials: devCredential }))
    const { accessKeyId } = devCredential
    done(await callIam(second, 'UpdateAccessKey', { AccessKeyId: accessKeyId, Status: 'Inactive' }))
    assert.equal((await second.call('ListKeys', {}, { credentials: devCredential })).status, 400)
    const third = await second.restart({ devCredential: read })
    succeeded(await third.call('ListKeys', {}, { credentials: devCredential }))
    assert(third.log.lines.some(({ fields }) => fields['outcome'] === 'made active'))
    await third.stop()
  })

  it('is refused with the id of a user or of another account, whose secret stays', async () => {
    await using service = await startTestService()
    const user = await newUser(service, 'ada')
    const other = await rootOfNewAccount(service)
    for (const accessKeyId of [user.accessKeyId, other])
      await assert.rejects(
        service.restart({
          devCredential: () => Promise.resolve({ ...devCredential, accessKeyId }),
        }),
        /belongs to somebody else than the root of account 111122223333/,
      )
    const again = await service.restart()
    const whoAmI = await callIam(again, 'GetUser', {}, { credentials: user })
    assert.equal(whoAmI.status, 403)
    await again.stop()
  })
})
