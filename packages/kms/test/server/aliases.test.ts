import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import {
  arnOf,
  createKey,
  invalid,
  refused,
  succeeded,
  succeededEmpty,
  unknownKeyId,
} from './expect.ts'
import { startTestService } from './harness.ts'

const service = await startTestService()
after(() => service[Symbol.asyncDispose]())
const { call } = service

const aliasesOf = async (KeyId: string) =>
  succeeded(await call('ListAliases', { KeyId }))['Aliases'] as Record<string, unknown>[]

describe('CreateAlias', () => {
  it('does: gives a key a name, by key id and by key ARN', async () => {
    const { KeyId, Arn } = await createKey(service)
    const now = service.clock.nowMs() / 1000
    succeededEmpty(await call('CreateAlias', { AliasName: 'alias/by-id', TargetKeyId: KeyId }))
    succeededEmpty(await call('CreateAlias', { AliasName: 'alias/by/arn_2', TargetKeyId: Arn }))
    assert.deepEqual(
      await aliasesOf(Arn),
      [
        ['alias/by-id', now],
        ['alias/by/arn_2', now],
      ].map(([AliasName]) => ({
        AliasName,
        AliasArn: arnOf(String(AliasName)),
        TargetKeyId: KeyId,
        CreationDate: now,
        LastUpdatedDate: now,
      })),
    )
  })

  it('refuses: names that are none, reserved or taken, and targets that are no key', async () => {
    const { KeyId } = await createKey(service)
    const create = (AliasName: string, TargetKeyId = KeyId) =>
      call('CreateAlias', { AliasName, TargetKeyId })
    const prefix =
      'Alias must start with the prefix "alias/". Please see ' +
      'https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html'
    for (const name of ['app', 'Alias/app', 'aliasapp'])
      refused(await create(name), 'ValidationException', prefix)
    for (const name of ['alias/', 'alias/a:b'])
      refused(await create(name), 'InvalidAliasNameException', /invalid characters/)
    for (const name of ['alias/aws/s3', 'alias/aws', 'alias/AWS/x'])
      refused(await create(name), 'NotAuthorizedException')
    invalid(
      await create('alias/with space'),
      " 'alias/with space'",
      'aliasName',
      'satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$',
    )
    succeededEmpty(await create('alias/taken'))
    refused(
      await create('alias/taken'),
      'AlreadyExistsException',
      `An alias with the name ${arnOf('alias/taken')} already exists`,
    )
    refused(
      await create('alias/x', 'alias/taken'),
      'NotFoundException',
      "Invalid keyId 'alias/taken'",
    )
    refused(
      await create('alias/x', unknownKeyId),
      'NotFoundException',
      `Key '${arnOf(`key/${unknownKeyId}`)}' does not exist`,
    )
  })

  it('refuses: the 51st alias of a key', async () => {
    const { KeyId, Arn } = await createKey(service)
    for (let n = 1; n <= 50; n += 1)
      succeededEmpty(await call('CreateAlias', { AliasName: `alias/n-${n}`, TargetKeyId: KeyId }))
    refused(
      await call('CreateAlias', { AliasName: 'alias/n-51', TargetKeyId: KeyId }),
      'LimitExceededException',
      new RegExp(Arn),
    )
    assert.equal((await aliasesOf(KeyId)).length, 50)
    const other = await createKey(service)
    succeededEmpty(await call('CreateAlias', { AliasName: 'alias/n-51', TargetKeyId: other.KeyId }))
    refused(
      await call('UpdateAlias', { AliasName: 'alias/n-51', TargetKeyId: KeyId }),
      'LimitExceededException',
      new RegExp(Arn),
    )
  })
})

describe('UpdateAlias', () => {
  it('does: points the alias at another key, at once', async () => {
    const [old, fresh] = [await createKey(service), await createKey(service)]
    succeededEmpty(await call('CreateAlias', { AliasName: 'alias/moves', TargetKeyId: old.KeyId }))
    const made = service.clock.nowMs() / 1000
    service.clock.advance(5000)
    const update = { AliasName: 'alias/moves', TargetKeyId: fresh.Arn }
    succeededEmpty(await call('UpdateAlias', update))
    succeededEmpty(await call('UpdateAlias', update))
    const encrypted = await call('Encrypt', { KeyId: 'alias/moves', Plaintext: 'AA==' })
    assert.equal(succeeded(encrypted)['KeyId'], fresh.Arn)
    assert.deepEqual(await aliasesOf(old.KeyId), [])
    const [alias] = await aliasesOf(fresh.KeyId)
    assert.deepEqual([alias?.['CreationDate'], alias?.['LastUpdatedDate']], [made, made + 5])
  })

  it('refuses: aliases that do not exist, and keys that do not', async () => {
    const { KeyId } = await createKey(service)
    const missing = `Alias ${arnOf('alias/missing')} is not found.`
    refused(
      await call('UpdateAlias', { AliasName: 'alias/missing', TargetKeyId: KeyId }),
      'NotFoundException',
      missing,
    )
    refused(await call('DeleteAlias', { AliasName: 'alias/missing' }), 'NotFoundException', missing)
    succeededEmpty(await call('CreateAlias', { AliasName: 'alias/stays', TargetKeyId: KeyId }))
    refused(
      await call('UpdateAlias', { AliasName: 'alias/stays', TargetKeyId: unknownKeyId }),
      'NotFoundException',
      /does not exist$/,
    )
    assert.equal((await aliasesOf(KeyId)).length, 1)
  })
})

describe('DeleteAlias', () => {
  it('does: removes the name and leaves the key', async () => {
    const { KeyId } = await createKey(service)
    succeededEmpty(await call('CreateAlias', { AliasName: 'alias/goes', TargetKeyId: KeyId }))
    succeededEmpty(await call('DeleteAlias', { AliasName: 'alias/goes' }))
    refused(
      await call('DescribeKey', { KeyId: 'alias/goes' }),
      'NotFoundException',
      `Alias ${arnOf('alias/goes')} is not found.`,
    )
    succeeded(await call('DescribeKey', { KeyId }))
    succeededEmpty(await call('CreateAlias', { AliasName: 'alias/goes', TargetKeyId: KeyId }))
  })
})

describe('ListAliases', () => {
  it('refuses: a filter that is no key of the account', async () => {
    refused(
      await call('ListAliases', { KeyId: 'alias/x' }),
      'NotFoundException',
      "Invalid keyId 'alias/x'",
    )
    refused(
      await call('ListAliases', { KeyId: unknownKeyId }),
      'NotFoundException',
      /does not exist$/,
    )
  })

  it('does: keeps Regions apart', async () => {
    const options = { region: 'ap-south-1' }
    const { KeyId } = await createKey(service, {}, options)
    succeededEmpty(
      await call('CreateAlias', { AliasName: 'alias/taken', TargetKeyId: KeyId }, options),
    )
    const aliases = succeeded(await call('ListAliases', {}, options))['Aliases'] as unknown[]
    assert.equal(aliases.length, 1)
  })
})
