import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Authorization, Operation } from '../../../src/api/operation.ts'
import { type OperationName, operations } from '../../../src/api/operations.ts'
import { arnOf, createKey, encrypt, refused, succeeded, unknownKeyId } from '../expect.ts'
import { account, region, type Reply, startTestService } from '../harness.ts'
import { allow, callIam, done, newUser } from '../identity/query.ts'
import { createKeyFor, validInput } from '../inputs.ts'
import {
  callsAs,
  iamArn,
  newAccount,
  newSession,
  newUserOf,
  notAllowed,
  notShared,
  otherAccount,
  sessionArn,
} from './scene.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service
const names = Object.keys(operations) as OperationName[]
const rowOf = (name: OperationName): Operation => operations[name]

const nobody = callsAs(service, await newUser(service, 'nobody'))
const session = callsAs(service, await newSession(service, 'idle'))
const partial = callsAs(service, await newUser(service, 'partial'))
const foreignRoot = await newAccount(service)
const guest = callsAs(service, await newUserOf(service, foreignRoot, 'guest', allow('*')))
const guestArn = iamArn('user/guest', otherAccount)

/** One decision that an operation needs: the action, its resource, and how a refusal calls that. */
type Wanted = { readonly action: string; readonly arn: string; readonly what: string }

const ciphertextText = 'the resource associated with this ciphertext'
const named = (action: string, arn: string): Wanted => ({ action, arn, what: `resource: ${arn}` })

/** What a row's entry asks, of an input that is about one key alone. */
const wantedBy = (
  { action, resource }: Authorization,
  input: Record<string, unknown>,
  keyArn: string,
): readonly Wanted[] => {
  switch (resource.of) {
    case 'account':
      return [named(action, '*')]
    case 'newKey':
      return [named(action, arnOf('key/*'))]
    case 'key':
      return [named(action, keyArn)]
    case 'replica': {
      const there = arnOf('key/*', String(input[resource.region]))
      return [named(action, resource.as === 'account' ? '*' : there)]
    }
    case 'related':
      return [named(action, keyArn.replace(region, String(input[resource.region])))]
    case 'ciphertext':
      return [{ action, arn: keyArn, what: ciphertextText }]
    case 'newAlias':
      return [named(action, arnOf(String(input[resource.member])))]
    case 'alias':
      return [named(action, arnOf(String(input[resource.member]))), named(action, keyArn)]
    case 'grant':
      return [named(action, keyArn)]
    default:
      throw new Error(`nothing is known of ${resource.of}`)
  }
}

const wantedOf = (
  name: OperationName,
  input: Record<string, unknown>,
  keyArn: string,
): readonly Wanted[] => {
  const asked = rowOf(name).authorize.filter(
    ({ onlyWith }) => onlyWith === undefined || input[onlyWith] !== undefined,
  )
  const all = asked.flatMap((each) => wantedBy(each, input, keyArn))
  return all.filter(
    ({ action, arn }, at) =>
      all.findIndex((one) => one.action === action && one.arn === arn) === at,
  )
}

/** A key in a state that lets the operation succeed, and an input about it. */
const ready = async (name: OperationName) => {
  const key = await createKeyFor(service, name)
  const input = await validInput(service, name, key)
  const tagged = name === 'CreateKey' ? { ...input, Tags: [{ TagKey: 'a', TagValue: 'b' }] } : input
  if (name === 'CancelKeyDeletion') succeeded(await call('ScheduleKeyDeletion', input))
  return { key, input: tagged }
}

const policyOf = (wanted: readonly Wanted[]) => ({
  Version: '2012-10-17',
  Statement: wanted.map(({ action, arn }) => ({ Effect: 'Allow', Action: action, Resource: arn })),
})

const setPolicy = async (wanted: readonly Wanted[]): Promise<void> => {
  const input = { UserName: 'partial', PolicyName: 'own' }
  if (wanted.length === 0) {
    await callIam(service, 'DeleteUserPolicy', input)
    return
  }
  const PolicyDocument = JSON.stringify(policyOf(wanted))
  done(await callIam(service, 'PutUserPolicy', { ...input, PolicyDocument }))
}

describe('a caller of the account without any permission', () => {
  for (const name of names)
    it(`is refused ${name} in AWS’s words, and learns no more`, async () => {
      const { key, input } = await ready(name)
      const [first] = wantedOf(name, input, key.Arn)
      for (const [by, arn] of [
        [nobody, iamArn('user/nobody')],
        [session, sessionArn('idle', 'test')],
      ] as const) {
        const reply = await by(name, input)
        const text = notAllowed(arn, first?.action ?? '', first?.what ?? '')
        refused(reply, 'AccessDeniedException', text)
      }
    })
})

describe('a caller with all permissions but one', () => {
  for (const name of names)
    it(`is refused ${name} for want of that one, and may call it with all`, async () => {
      const { key, input } = await ready(name)
      const wanted = wantedOf(name, input, key.Arn)
      assert(wanted.length > 0)
      for (const [at, { action, what }] of wanted.entries()) {
        await setPolicy(wanted.toSpliced(at, 1))
        refused(
          await partial(name, input),
          'AccessDeniedException',
          notAllowed(iamArn('user/partial'), action, what),
        )
      }
      await setPolicy(wanted)
      assert.equal((await partial(name, input)).status, 200)
    })

  for (const name of names)
    it(`is refused ${name} if a policy denies it that one`, async () => {
      const { key, input } = await ready(name)
      for (const { action, arn, what } of wantedOf(name, input, key.Arn)) {
        const document = {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'kms:*', Resource: '*' },
            { Effect: 'Deny', Action: action, Resource: arn },
          ],
        }
        done(
          await callIam(service, 'PutUserPolicy', {
            UserName: 'partial',
            PolicyName: 'own',
            PolicyDocument: JSON.stringify(document),
          }),
        )
        refused(
          await partial(name, input),
          'AccessDeniedException',
          `User: ${iamArn('user/partial')} is not authorized to perform: ${action} on ${what} ` +
            'with an explicit deny in an identity-based policy',
        )
      }
    })
})

/** The members of an input by which a caller of another account names the key, or could. */
const keyMembersOf = (name: OperationName): readonly string[] =>
  rowOf(name).authorize.flatMap(({ resource }) => {
    if (resource.of === 'key') return [resource.member]
    return resource.of === 'grant' ? [resource.key] : []
  })

const sameRefusal = (one: Reply, other: Reply): void => {
  assert.equal(one.type, other.type)
  assert.equal(one.message, other.message)
  assert.equal(one.status, other.status)
}

describe('a caller of another account, whose own policies allow everything', () => {
  for (const name of names) {
    const members = keyMembersOf(name)
    const ofKey = rowOf(name).authorize.filter(({ resource }) => resource.of === 'key')
    if (members.length === 0) continue
    it(`learns by ${name} nothing of a key that is not shared`, async () => {
      const { key, input } = await ready(name)
      // The other account's own part of the call is one that succeeds.
      const own = await guestInput(name, input)
      const about = (keyId: string) => ({
        ...own,
        ...Object.fromEntries(members.map((member) => [member, keyId])),
      })
      const action = (ofKey[0] ?? rowOf(name).authorize[0])?.action ?? ''
      const reply = await guest(name, about(key.Arn))
      refused(reply, 'AccessDeniedException', notShared(guestArn, action))
      sameRefusal(reply, await guest(name, about(arnOf(`key/${unknownKeyId}`))))
      if (!takesAliases(name)) return
      const AliasName = `alias/of-${name}`
      await call('CreateAlias', { AliasName, TargetKeyId: key.KeyId })
      sameRefusal(reply, await guest(name, about(arnOf(AliasName))))
      sameRefusal(reply, await guest(name, about(arnOf('alias/none'))))
    })
  }

  for (const name of ['Decrypt', 'ReEncrypt'] as const)
    it(`learns by ${name} nothing of the key behind a ciphertext`, async () => {
      const key = await createKey(service)
      const CiphertextBlob = await encrypt(service, { KeyId: key.KeyId })
      const [first] = rowOf(name).authorize
      const own = name === 'ReEncrypt' ? { DestinationKeyId: await guestKey() } : {}
      const text = notShared(guestArn, first?.action ?? '', ciphertextText)
      refused(await guest(name, { ...own, CiphertextBlob }), 'AccessDeniedException', text)
    })

  it('may not retire a grant that it has the token of', async () => {
    const { KeyId } = await createKey(service)
    const input = { KeyId, GranteePrincipal: iamArn('root'), Operations: ['RetireGrant'] }
    const { GrantToken } = succeeded(await call('CreateGrant', input))
    refused(
      await guest('RetireGrant', { GrantToken }),
      'AccessDeniedException',
      notShared(guestArn, 'kms:RetireGrant'),
    )
  })

  it('sees and changes its own account alone', async () => {
    const key = await createKey(service)
    await call('CreateAlias', { AliasName: 'alias/private', TargetKeyId: key.KeyId })
    const seen = [
      await guest('ListKeys', {}),
      await guest('ListAliases', {}),
      await guest('ListRetirableGrants', { RetiringPrincipal: iamArn('root', otherAccount) }),
    ]
    for (const reply of seen) {
      succeeded(reply)
      assert.equal(reply.text.includes(account), false)
    }
    refused(
      await guest('DeleteAlias', { AliasName: 'alias/private' }),
      'NotFoundException',
      `Alias ${arnOf('alias/private', undefined, otherAccount)} is not found.`,
    )
    refused(
      await guest('ListAliases', { KeyId: key.Arn }),
      'NotFoundException',
      `Invalid arn ${account}`,
    )
  })
})

const takesAliases = (name: OperationName): boolean =>
  rowOf(name).authorize.some(({ resource }) => resource.of === 'key' && resource.aliases)

const guestKey = async (): Promise<string> => {
  const made = succeeded(await guest('CreateKey', {}))['KeyMetadata'] as { KeyId: string }
  return made.KeyId
}

/** What the input names beside the key, replaced by something that the other account has. */
const guestInput = async (
  name: OperationName,
  input: Record<string, unknown>,
): Promise<Record<string, unknown>> => {
  const own = await guestKey()
  if (name === 'ReEncrypt') {
    const { CiphertextBlob } = succeeded(await guest('Encrypt', { KeyId: own, Plaintext: 'AA==' }))
    return { ...input, CiphertextBlob }
  }
  if (name !== 'UpdateAlias') return input
  const AliasName = 'alias/guest'
  await guest('CreateAlias', { AliasName, TargetKeyId: own })
  return { ...input, AliasName }
}
