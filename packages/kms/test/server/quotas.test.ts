import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { quotasOf } from '../../src/server/quotas.ts'
import { createKey, refused, succeeded, succeededEmpty } from './expect.ts'
import { dayMs, startTestService } from './harness.ts'
import { validInput } from './inputs.ts'
import { newStoreInput } from './key-stores/inputs.ts'

describe('quotas', () => {
  it('are those of AWS but for what the operator sets', () => {
    assert.deepEqual(quotasOf(), {})
    const given = new Map([
      ['on-demand-rotations-per-key', 3],
      ['grants-per-key', 7],
    ])
    assert.deepEqual(quotasOf(given), { onDemandRotationsPerKey: 3, grantsPerKey: 7 })
  })

  it('that there are not are refused, with the names of all', () => {
    assert.throws(
      () => quotasOf(new Map([['keys', 3]])),
      /there is no quota keys; there are .*grants-per-key, keys-per-region, on-demand/,
    )
  })

  it('bind those who make grants and custom key stores', async () => {
    await using service = await startTestService({
      quotas: { grantsPerKey: 1, customKeyStoresPerRegion: 1 },
    })
    const { KeyId, Arn } = await createKey(service)
    const grant = await validInput(service, 'CreateGrant', { KeyId })
    succeeded(await service.call('CreateGrant', grant))
    const text = `The key ${Arn} has 1 grants, which is the limit.`
    refused(await service.call('CreateGrant', grant), 'LimitExceededException', text)
    const store = await validInput(service, 'CreateCustomKeyStore', { KeyId })
    succeeded(await service.call('CreateCustomKeyStore', store))
    refused(
      await service.call('CreateCustomKeyStore', await newStoreInput(service)),
      'LimitExceededException',
      'The account has 1 custom key stores in this Region, which is the limit.',
    )
  })

  it('bind those who make keys, replicas and aliases, until there is room again', async () => {
    await using service = await startTestService({
      quotas: { keysPerRegion: 2, aliasesPerKey: 1 },
    })
    const text = 'The account has 2 keys in this Region, which is the limit.'
    const primary = await createKey(service, { MultiRegion: true })
    const other = await createKey(service)
    refused(await service.call('CreateKey', {}), 'LimitExceededException', text)
    const elsewhere = 'eu-west-1'
    for (let made = 0; made < 2; made += 1) await createKey(service, {}, { region: elsewhere })
    const replica = { KeyId: primary.KeyId, ReplicaRegion: elsewhere }
    refused(await service.call('ReplicateKey', replica), 'LimitExceededException', text)
    const alias = (name: string) =>
      service.call('CreateAlias', { AliasName: `alias/${name}`, TargetKeyId: other.KeyId })
    succeededEmpty(await alias('one'))
    refused(
      await alias('two'),
      'LimitExceededException',
      `The key ${other.Arn} has 1 aliases, which is the limit.`,
    )
    succeeded(
      await service.call('ScheduleKeyDeletion', { KeyId: other.KeyId, PendingWindowInDays: 7 }),
    )
    refused(await service.call('CreateKey', {}), 'LimitExceededException', text)
    service.clock.advance(8 * dayMs)
    await using later = await service.restart()
    await createKey(later)
    refused(await later.call('CreateKey', {}), 'LimitExceededException', text)
  })
})
