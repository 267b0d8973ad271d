import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Operation, Resource } from '../../src/api/operation.ts'
import { type OperationName, operations } from '../../src/api/operations.ts'
import { arnOf, createKey, refused, succeeded, succeededEmpty, unknownKeyId } from './expect.ts'
import { account, region, type Reply, startTestService } from './harness.ts'
import { sharedKeyFor, validInput } from './inputs.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service
const key = await createKey(service)
const { KeyId, Arn } = key
succeededEmpty(await call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId }))

type KeyMember = {
  readonly name: OperationName
  readonly member: string
  readonly aliases: boolean
  readonly crossAccount: boolean
}

const keyMembersOf = (name: OperationName, { of, ...rule }: Resource): KeyMember[] => {
  if (of === 'key') return [{ name, ...(rule as Omit<KeyMember, 'name'>) }]
  if (of !== 'ciphertext') return []
  const { key: member } = rule as { readonly key: string }
  return [{ name, member, aliases: true, crossAccount: true }]
}

/** Every member of every operation that names a key, as the rows say. */
const keyMembers = (Object.keys(operations) as OperationName[]).flatMap((name) =>
  (operations[name] as Operation).authorize.flatMap(({ resource }) => keyMembersOf(name, resource)),
)
// ListAliases decides on the account, and filters by a key all the same.
keyMembers.push({ name: 'ListAliases', member: 'KeyId', aliases: false, crossAccount: false })

/** A call that would succeed on a fresh key, but for how the key is named. */
const callWith = async ({ name, member }: KeyMember, identifier: string): Promise<Reply> => {
  const input = await validInput(service, name, await sharedKeyFor(service, name))
  return call(name, { ...input, [member]: identifier })
}

/** The key was found: what follows may refuse its state. */
const found = (reply: Reply, what: string): void =>
  assert(
    reply.status === 200 || reply.type === 'KMSInvalidStateException',
    `${what}: ${reply.text}`,
  )

describe('a key may be named', () => {
  for (const rule of keyMembers) {
    const { name, member, aliases } = rule
    it(`by key id and ARN${aliases ? ', alias and alias ARN' : ', but not by alias,'} in ${member} of ${name}`, async () => {
      const known = await sharedKeyFor(service, name)
      const alias = `alias/of-${known.KeyId}`
      // It is there already if another operation works with the same key.
      await call('CreateAlias', { AliasName: alias, TargetKeyId: known.KeyId })
      for (const identifier of [known.KeyId, known.Arn]) {
        found(await callWith(rule, identifier), `${name} ${identifier}`)
        if (name === 'ScheduleKeyDeletion') await call('CancelKeyDeletion', { KeyId: known.KeyId })
        await call('EnableKey', { KeyId: known.KeyId })
      }
      for (const identifier of [alias, arnOf(alias)]) {
        const reply = await callWith(rule, identifier)
        if (aliases) found(reply, `${name} ${identifier}`)
        else if (identifier.startsWith('arn'))
          refused(reply, 'NotFoundException', `Invalid arn ${identifier}`)
        else refused(reply, 'NotFoundException', `Invalid keyId '${identifier}'`)
      }
    })
  }
})

describe('a key identifier that names no key', () => {
  const cases: Readonly<Record<string, string>> = {
    key_id: "Invalid keyId 'key_id'",
    '134f2428cec14b25a1ae9048164dba47': "Invalid keyId '134f2428cec14b25a1ae9048164dba47'",
    'mrk-fake-key-id': "Invalid keyId 'mrk-fake-key-id'",
    [KeyId.toUpperCase()]: `Invalid keyId '${KeyId.toUpperCase()}'`,
    [`${KeyId}\n`]: `Invalid keyId '${KeyId}\n'`,
    [unknownKeyId]: `Key '${arnOf(`key/${unknownKeyId}`)}' does not exist`,
    [arnOf(`key/${unknownKeyId}`)]: `Key '${arnOf(`key/${unknownKeyId}`)}' does not exist`,
    [`mrk-${'0'.repeat(32)}`]: `Key '${arnOf(`key/mrk-${'0'.repeat(32)}`)}' does not exist`,
    [arnOf('key/fake')]: "Invalid keyId 'fake'",
    [arnOf(`key/${KeyId}`, 'us-west-2')]: 'Invalid arn us-west-2',
    [arnOf(`key/${KeyId}`, 'nowhere')]: 'Invalid arn nowhere',
    [Arn.replace('arn:aws:', 'arn:aws-cn:')]:
      `Invalid arn ${Arn.replace('arn:aws:', 'arn:aws-cn:')}`,
    [Arn.replace(':kms:', ':s3:')]: `Invalid arn ${Arn.replace(':kms:', ':s3:')}`,
    [Arn.replace(account, '12')]: `Invalid arn ${Arn.replace(account, '12')}`,
    'arn:aws:kms': 'Invalid arn arn:aws:kms',
    [Arn.replace(':key/', ':grant/')]: `Invalid arn ${Arn.replace(':key/', ':grant/')}`,
  }
  for (const rule of keyMembers)
    it(`is refused in AWS words in ${rule.member} of ${rule.name}`, async () => {
      for (const [identifier, message] of Object.entries(cases))
        refused(await callWith(rule, identifier), 'NotFoundException', message)
      if (!rule.aliases) return
      for (const alias of ['alias/none', 'alias/aws/s3', 'alias/ünï', 'alias/'])
        for (const identifier of [alias, arnOf(alias)])
          refused(
            await callWith(rule, identifier),
            'NotFoundException',
            `Alias ${arnOf(alias)} is not found.`,
          )
      refused(
        await callWith(rule, arnOf('alias/app', 'us-west-2')),
        'NotFoundException',
        'Invalid arn us-west-2',
      )
    })
})

describe('a key of another account', () => {
  const foreign = arnOf(`key/${unknownKeyId}`, region, '999999999999')
  it('is not the key of the caller’s account with the same id', async () => {
    for (const identifier of [KeyId, Arn])
      succeeded(await call('DescribeKey', { KeyId: identifier }))
    refused(
      await call('DescribeKey', { KeyId: arnOf(`key/${KeyId}`, region, '999999999999') }),
      'AccessDeniedException',
      / on this resource because the resource does not exist in this Region/,
    )
  })
  for (const rule of keyMembers)
    it(`is not told of to ${rule.name} in ${rule.member}`, async () => {
      const reply = await callWith(rule, foreign)
      // Where AWS takes no key of another account at all, it may say so in either way.
      if (rule.name === 'ListAliases') return refused(reply, 'NotFoundException', /999999999999/)
      const text = / on this resource because the resource does not exist in this Region/
      refused(reply, 'AccessDeniedException', text)
      if (!rule.aliases) return
      const alias = arnOf('alias/app', region, '999999999999')
      refused(await callWith(rule, alias), 'AccessDeniedException', text)
    })
})

describe('a key of another Region', () => {
  it('is not there under its id, nor is an alias under its name', async () => {
    const elsewhere = { region: 'us-east-2' }
    const arn = arnOf(`key/${KeyId}`, 'us-east-2')
    const text = `Key '${arn}' does not exist`
    refused(await call('DescribeKey', { KeyId }, elsewhere), 'NotFoundException', text)
    refused(await call('DescribeKey', { KeyId: arn }, elsewhere), 'NotFoundException', text)
    refused(
      await call('DescribeKey', { KeyId: Arn }, elsewhere),
      'NotFoundException',
      `Invalid arn ${region}`,
    )
    const alias = `Alias ${arnOf('alias/app', 'us-east-2')} is not found.`
    refused(
      await call('DescribeKey', { KeyId: 'alias/app' }, elsewhere),
      'NotFoundException',
      alias,
    )
  })
})
