import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { quotasOf } from '../../src/server/quotas.ts'
import { createKey, refused, succeeded } from './expect.ts'
import { startTestService } from './harness.ts'
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
      /there is no quota keys; there are .*grants-per-key, on-demand-rotations-per-key/,
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
})
