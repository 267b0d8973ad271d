import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKey, invalid, refused, succeeded, succeededEmpty } from './expect.ts'
import { dayMs } from './harness.ts'
import { all, off, on, openRotationScene } from './rotation-scene.ts'

const { service, call, status, rotations, enable } = await openRotationScene()

const names = ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand'] as const

describe('operations of rotation', () => {
  it('decode: periods from 90 to 2560 days', async () => {
    const { KeyId } = await createKey(service)
    const asked = (RotationPeriodInDays: number) =>
      call('EnableKeyRotation', { KeyId, RotationPeriodInDays })
    const least = 'have value greater than or equal to 90'
    invalid(await asked(89), " '89'", 'rotationPeriodInDays', least)
    const most = 'have value less than or equal to 2560'
    invalid(await asked(2561), " '2561'", 'rotationPeriodInDays', most)
    for (const days of [90, 2560]) {
      succeededEmpty(await asked(days))
      assert.equal((await status(KeyId))['RotationPeriodInDays'], days)
    }
  })

  for (const name of names)
    it(`refuse: ${name} of a key that is disabled, or awaits its deletion, before all else`, async () => {
      for (const input of [{}, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }]) {
        const { KeyId, Arn } = await createKey(service, input)
        succeededEmpty(await call('DisableKey', { KeyId }))
        refused(await call(name, { KeyId }), 'DisabledException', `${Arn} is disabled.`)
        succeeded(await call('ScheduleKeyDeletion', { KeyId }))
        const text = `${Arn} is pending deletion.`
        refused(await call(name, { KeyId }), 'KMSInvalidStateException', text)
      }
    })

  for (const name of [...names, 'ListKeyRotations'])
    it(`refuse: ${name} of keys that have one material for life, without a word`, async () => {
      for (const input of [
        { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
        { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
      ]) {
        const { KeyId } = await createKey(service, input)
        refused(await call(name, { KeyId }), 'UnsupportedOperationException')
      }
    })

  it('refuse: automatic rotation of imported material', async () => {
    const { KeyId, Arn } = await createKey(service, { Origin: 'EXTERNAL' })
    const text = `${Arn} origin is EXTERNAL which is not valid for this operation.`
    for (const name of ['EnableKeyRotation', 'DisableKeyRotation'])
      refused(await call(name, { KeyId }), 'UnsupportedOperationException', text)
    const pending = await call('RotateKeyOnDemand', { KeyId })
    refused(pending, 'KMSInvalidStateException', `${Arn} is pending import.`)
    assert.deepEqual(await status(KeyId), off(Arn))
    assert.deepEqual(await rotations(KeyId, all), [])
  })

  it('tell of keys that do not rotate that they do not', async () => {
    const { KeyId, Arn } = await createKey(service, {
      KeySpec: 'HMAC_256',
      KeyUsage: 'GENERATE_VERIFY_MAC',
    })
    assert.deepEqual(await status(KeyId), off(Arn))
  })
})

describe('EnableKeyRotation and DisableKeyRotation', () => {
  it('do: switch rotation on, a year from now unless told otherwise, and off', async () => {
    const { KeyId, Arn } = await createKey(service)
    assert.deepEqual(await status(KeyId), off(Arn))
    const fromNow = (days: number) => service.clock.nowMs() + days * dayMs
    await enable(KeyId)
    assert.deepEqual(await status(KeyId), on(Arn, 365, fromNow(365)))
    const asBefore = fromNow(365)
    service.clock.advance(1000)
    await enable(KeyId)
    assert.deepEqual(await status(KeyId), on(Arn, 365, asBefore))
    await enable(KeyId, 100)
    assert.deepEqual(await status(KeyId), on(Arn, 100, fromNow(100)))
    succeededEmpty(await call('DisableKeyRotation', { KeyId }))
    succeededEmpty(await call('DisableKeyRotation', { KeyId }))
    assert.deepEqual(await status(KeyId), off(Arn))
  })

  it('do: keep the status of a disabled key, and hide it while a key awaits its deletion', async () => {
    const { KeyId, Arn } = await createKey(service)
    await enable(KeyId, 90)
    const expected = on(Arn, 90, service.clock.nowMs() + 90 * dayMs)
    succeededEmpty(await call('DisableKey', { KeyId }))
    assert.deepEqual(await status(KeyId), expected)
    succeeded(await call('ScheduleKeyDeletion', { KeyId }))
    assert.deepEqual(await status(KeyId), off(Arn))
    succeeded(await call('CancelKeyDeletion', { KeyId }))
    assert.deepEqual(await status(KeyId), expected)
  })
})
