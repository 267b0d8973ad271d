import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { createKey, refused, succeededEmpty } from '../expect.ts'
import { startTestService } from '../harness.ts'
import { allow, callIam, done, newUser } from '../identity/query.ts'
import { callsAs } from './scene.ts'

type Case = {
  readonly operator: string
  /** A value of the condition that the call fits, and one that it does not. */
  readonly values: readonly [fits: unknown, not: unknown]
  readonly operation?: string
  readonly input?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** A condition key, with a call that has a value for it. The call is Encrypt if none is named. */
export type ConditionCase = readonly [key: string, Case]

/**
 * A service for all tests of a file, with a user who has a tag, and a key that has a tag and two
 * aliases.
 */
export const openConditionScene = async () => {
  const service = await startTestService()
  after(() => service[Symbol.asyncDispose]())
  const { call } = service

  const ann = callsAs(service, await newUser(service, 'ann'))
  done(
    await callIam(service, 'TagUser', { UserName: 'ann', Tags: [{ Key: 'Team', Value: 'red' }] }),
  )
  const key = await createKey(service, { Tags: [{ TagKey: 'Stage', TagValue: 'test' }] })
  const { KeyId } = key
  for (const AliasName of ['alias/one', 'alias/two'])
    succeededEmpty(await call('CreateAlias', { AliasName, TargetKeyId: KeyId }))
  const now = (addMs: number) => new Date(service.clock.nowMs() + addMs).toISOString()
  const encrypting = { KeyId, Plaintext: 'AA==' }

  const mayIf = async (operation: string, Condition: object): Promise<void> => {
    const action =
      operation === 'ReEncrypt' ? ['kms:ReEncryptFrom', 'kms:ReEncryptTo'] : `kms:${operation}`
    const document = allow(action, '*', { Condition })
    const tags = { Effect: 'Allow', Action: 'kms:TagResource', Resource: '*' }
    const extra = operation === 'CreateKey' ? [tags] : []
    done(
      await callIam(service, 'PutUserPolicy', {
        UserName: 'ann',
        PolicyName: 'own',
        PolicyDocument: JSON.stringify({
          ...document,
          Statement: [...document.Statement, ...extra],
        }),
      }),
    )
  }

  /** Tests that each of the conditions lets its call pass if it fits, and only then. */
  const decides = (cases: readonly ConditionCase[]): void => {
    for (const [
      name,
      { operator, values, operation = 'Encrypt', input = encrypting, headers = {} },
    ] of cases)
      it(`on ${name} decides ${operation} by what the call has`, async () => {
        const [fits, not] = values
        await mayIf(operation, { [operator]: { [name]: not } })
        const reply = await ann(operation, input, { headers })
        refused(reply, 'AccessDeniedException', /no identity-based policy allows/)
        await mayIf(operation, { [operator]: { [name]: fits } })
        assert.equal((await ann(operation, input, { headers })).status, 200)
      })
  }

  return { service, call, ann, KeyId, now, encrypting, decides }
}
