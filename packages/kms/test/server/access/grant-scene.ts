import { after } from 'node:test'
import { createKey, succeeded, succeededEmpty } from '../expect.ts'
import { startTestService } from '../harness.ts'
import { newUser } from '../identity/query.ts'
import { callsAs, iamArn, newSession, notAllowed } from './scene.ts'

/** What CreateGrant answers. */
export type Made = { readonly GrantId: string; readonly GrantToken: string }

export const noPrincipal = (arn: string): string =>
  `ARN does not refer to a valid principal: ${arn}`

/**
 * A service for all tests of a file, with a key, two users and a session of a role that may do
 * nothing but what grants let them; and calls about the grants on the key.
 */
export const openGrantScene = async () => {
  const service = await startTestService()
  after(() => service[Symbol.asyncDispose]())
  const { call } = service

  const ann = callsAs(service, await newUser(service, 'ann'))
  const bea = callsAs(service, await newUser(service, 'bea'))
  const role = callsAs(service, await newSession(service, 'app'))
  const { KeyId, Arn } = await createKey(service)
  const toAnn = { KeyId, GranteePrincipal: iamArn('user/ann'), Operations: ['Encrypt'] }
  const plaintext = { KeyId, Plaintext: 'AA==' }

  const create = async (input: object): Promise<Made> =>
    succeeded(await call('CreateGrant', input)) as Made
  const entries = async (input: object, operation = 'ListGrants') =>
    succeeded(await call(operation, input))['Grants'] as readonly Record<string, unknown>[]
  const revoke = async (GrantId: string, key = KeyId): Promise<void> =>
    succeededEmpty(await call('RevokeGrant', { KeyId: key, GrantId }))
  const denied = notAllowed(iamArn('user/ann'), 'kms:Encrypt', `resource: ${Arn}`)
  return {
    service,
    call,
    ann,
    bea,
    role,
    KeyId,
    Arn,
    toAnn,
    plaintext,
    create,
    entries,
    revoke,
    denied,
  }
}
