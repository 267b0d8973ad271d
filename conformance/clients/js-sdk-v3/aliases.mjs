import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as kms from '@aws-sdk/client-kms'
import { account, unknownKeyId } from '../setting.mjs'
import { call, client, newKey, refuses, region, unknownKey } from './client.mjs'

describe('AWS SDK for JavaScript v3: aliases', () => {
  test('an alias is made, moved, listed and deleted, and names its key meanwhile', async () => {
    const one = await newKey()
    const two = await newKey()
    const AliasName = 'alias/v3/app'
    assert.deepEqual(await call('CreateAlias', { AliasName, TargetKeyId: one.KeyId }), {})
    const AliasArn = `arn:aws:kms:${region}:${account}:${AliasName}`
    for (const KeyId of [AliasName, AliasArn])
      assert.equal((await call('DescribeKey', { KeyId })).KeyMetadata.KeyId, one.KeyId)
    await refuses(
      'CreateAlias',
      { AliasName, TargetKeyId: two.KeyId },
      'AlreadyExistsException',
      `An alias with the name ${AliasArn} already exists`,
    )
    assert.deepEqual(await call('UpdateAlias', { AliasName, TargetKeyId: two.Arn }), {})
    const { Aliases, Truncated } = await call('ListAliases', { KeyId: two.KeyId })
    assert.equal(Truncated, false)
    const [{ CreationDate, LastUpdatedDate }] = Aliases
    assert.ok(LastUpdatedDate >= CreationDate)
    assert.deepEqual(Aliases, [
      { AliasName, AliasArn, TargetKeyId: two.KeyId, CreationDate, LastUpdatedDate },
    ])
    assert.deepEqual(await call('DeleteAlias', { AliasName }), {})
    const gone = `Alias ${AliasArn} is not found.`
    await refuses('DeleteAlias', { AliasName }, 'NotFoundException', gone)
    await refuses('UpdateAlias', { AliasName, TargetKeyId: one.KeyId }, 'NotFoundException', gone)
    await refuses('ListAliases', { KeyId: unknownKeyId }, 'NotFoundException', unknownKey)
  })

  test('ListAliases walks every page', async () => {
    const { KeyId } = await newKey()
    const names = ['alias/page/a', 'alias/page/b', 'alias/page/c']
    for (const AliasName of names) await call('CreateAlias', { AliasName, TargetKeyId: KeyId })
    const seen = []
    for await (const page of kms.paginateListAliases({ client, pageSize: 1 }, { KeyId }))
      seen.push(...page.Aliases.map((alias) => alias.AliasName))
    assert.deepEqual(
      seen.toSorted((a, b) => (a < b ? -1 : 1)),
      names,
    )
  })

  test('CreateAlias wants a name that AWS would take, and a key', async () => {
    const { KeyId } = await newKey()
    await refuses(
      'CreateAlias',
      { AliasName: 'app', TargetKeyId: KeyId },
      'ValidationException',
      'Alias must start with the prefix "alias/". Please see ' +
        'https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
    await refuses(
      'CreateAlias',
      { AliasName: 'alias/a b', TargetKeyId: KeyId },
      'ValidationException',
      /Value 'alias\/a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
    )
    await refuses(
      'CreateAlias',
      { AliasName: 'alias/aws/mine', TargetKeyId: KeyId },
      'NotAuthorizedException',
      /./,
    )
    await refuses(
      'CreateAlias',
      { AliasName: 'alias/x', TargetKeyId: unknownKeyId },
      'NotFoundException',
      unknownKey,
    )
  })
})
