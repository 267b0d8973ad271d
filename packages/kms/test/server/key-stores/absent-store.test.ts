import assert from 'node:assert/strict'
import { after, afterEach, describe, it } from 'node:test'
import {
  base64,
  createKey,
  encrypt,
  type KeyMetadata,
  refused,
  succeeded,
  succeededEmpty,
} from '../expect.ts'
import { auditRecords } from '../files.ts'
import { dayMs } from '../harness.ts'
import { said } from '../ticking.ts'
import { notConnected, startKeyScene } from './key-scene.ts'
import {
  connectStore,
  createStore,
  externalStore,
  startScene,
  tokenStore,
  untilState,
} from './scene.ts'

const keyScene = await startKeyScene()
after(() => keyScene.scene[Symbol.asyncDispose]())
afterEach(keyScene.heal)
const { scene, call, external, token, externalKey, tokenKey, whileDisconnected } = keyScene

describe('a key whose store is not connected', () => {
  it('is Unavailable, and what it was again afterwards', async () => {
    const stateOf = async (KeyId: string) =>
      (succeeded(await call('DescribeKey', { KeyId }))['KeyMetadata'] as KeyMetadata).KeyState
    for (const [make, id, text] of [
      [externalKey, external, () => notConnected],
      [tokenKey, token, (arn: string) => `${arn} is unavailable.`],
    ] as const) {
      const { KeyId, Arn } = await createKey(scene.service, make())
      const other = await createKey(scene.service, make())
      const leaving = await createKey(scene.service, make())
      const CiphertextBlob = await encrypt(scene.service, { KeyId })
      succeededEmpty(await call('DisableKey', { KeyId: other.KeyId }))
      succeeded(await call('ScheduleKeyDeletion', { KeyId: leaving.KeyId }))
      await whileDisconnected(id, async () => {
        for (const [name, input] of [
          ['Encrypt', { KeyId, Plaintext: 'AA==' }],
          ['Decrypt', { CiphertextBlob }],
          ['ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }],
          ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
        ] as const)
          refused(await call(name, input), 'KMSInvalidStateException', text(Arn))
        assert.equal(await stateOf(KeyId), 'Unavailable')
        assert.equal(await stateOf(other.KeyId), 'Unavailable')
        assert.equal(await stateOf(leaving.KeyId), 'PendingDeletion')
        // That it never rotates comes first.
        for (const name of ['EnableKeyRotation', 'RotateKeyOnDemand', 'GetKeyRotationStatus'])
          refused(
            await call(name, { KeyId }),
            'UnsupportedOperationException',
            /is not valid for this operation/,
          )
        // It can be managed all the same.
        succeededEmpty(await call('DisableKey', { KeyId }))
        succeededEmpty(await call('EnableKey', { KeyId: other.KeyId }))
        succeededEmpty(await call('TagResource', { KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }))
        refused(
          await call('CancelKeyDeletion', { KeyId }),
          'KMSInvalidStateException',
          `${Arn} is not pending deletion.`,
        )
      })
      assert.equal(await stateOf(KeyId), 'Disabled')
      assert.equal(await stateOf(other.KeyId), 'Enabled')
    }
  })

  it('may be disconnected while it is used: then what it did is withheld', async () => {
    const { token: hsm, service } = scene
    const { KeyId, Arn } = await createKey(service, tokenKey())
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    hsm.beforeWork = () => {
      begun.resolve()
      return goOn.promise
    }
    const used = call('Encrypt', { KeyId, Plaintext: 'AA==' })
    await begun.promise
    succeeded(await call('DisconnectCustomKeyStore', { CustomKeyStoreId: token }))
    hsm.beforeWork = () => Promise.resolve()
    goOn.resolve()
    refused(await used, 'KMSInvalidStateException', `${Arn} is unavailable.`)
    const outcomes = auditRecords(service.directory)
      .filter(({ eventName }) => eventName === 'Encrypt')
      .map(({ additionalEventData }) => additionalEventData?.outcome)
    assert.deepEqual(outcomes.slice(-3), ['intended', undefined, 'withheld'])
    await untilState(scene, token, 'DISCONNECTED')
    await connectStore(scene, token)
  })

  it('gives no answer once it is disconnected, and repeats nothing', async () => {
    const { proxy, service } = scene
    const { KeyId } = await createKey(service, externalKey())
    const asked = proxy.requests.length
    proxy.instead = async () => {
      proxy.instead = () => undefined
      succeeded(await call('DisconnectCustomKeyStore', { CustomKeyStoreId: external }))
      return undefined
    }
    refused(
      await call('Encrypt', { KeyId, Plaintext: 'AA==' }),
      'KMSInvalidStateException',
      /not connected/,
    )
    assert.equal(proxy.requests.length, asked + 1)
    await untilState(scene, external, 'DISCONNECTED')
    await connectStore(scene, external)
  })

  it('ends what is under way when the credential is exchanged', async () => {
    const { proxy, service } = scene
    const { KeyId } = await createKey(service, externalKey())
    const { XksProxyAuthenticationCredential } = proxy.settings()
    const update = { CustomKeyStoreId: external, XksProxyAuthenticationCredential }
    proxy.instead = async () => {
      proxy.instead = () => undefined
      succeeded(await call('UpdateCustomKeyStore', update))
      return undefined
    }
    succeeded(await call('Encrypt', { KeyId, Plaintext: 'AA==' }))
  })
})

describe('a custom key store with keys', () => {
  it('is not deleted before the last of them is gone, and its token forgets its key', async () => {
    await using own = await startScene()
    const { service } = own
    const made = [
      [await createStore(own, externalStore(own)), { XksKeyId: 'external-1' }],
      [await createStore(own, tokenStore(own)), {}],
    ] as const
    for (const [id, input] of made) {
      await connectStore(own, id)
      const Origin = 'XksKeyId' in input ? 'EXTERNAL_KEY_STORE' : 'AWS_CLOUDHSM'
      const { KeyId } = await createKey(service, { Origin, CustomKeyStoreId: id, ...input })
      succeeded(await service.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }))
    }
    const [[externalId], [tokenId]] = made
    succeeded(await service.call('DisconnectCustomKeyStore', { CustomKeyStoreId: externalId }))
    await untilState(own, externalId, 'DISCONNECTED')
    refused(
      await service.call('DeleteCustomKeyStore', { CustomKeyStoreId: externalId }),
      'CustomKeyStoreHasCMKsException',
      `The custom key store ${externalId} contains KMS keys.`,
    )
    assert.equal(own.token.keys.size, 1)
    service.clock.advance(8 * dayMs)
    await using again = await service.restart()
    await said(again, 'keys destroyed')
    assert.equal(own.token.keys.size, 0)
    succeeded(await again.call('DisconnectCustomKeyStore', { CustomKeyStoreId: tokenId }))
    await untilState({ service: again }, tokenId, 'DISCONNECTED')
    for (const CustomKeyStoreId of [externalId, tokenId])
      succeeded(await again.call('DeleteCustomKeyStore', { CustomKeyStoreId }))
  })
})

describe('GenerateRandom of a token', () => {
  it('does: as many bytes as were asked for', async () => {
    const input = { NumberOfBytes: 24, CustomKeyStoreId: token }
    const { Plaintext } = succeeded(await call('GenerateRandom', input))
    assert.equal(Plaintext, base64(Buffer.alloc(24, 7)))
  })

  it('refuses: stores that do not exist, are external, or not connected', async () => {
    const random = (CustomKeyStoreId: string) =>
      call('GenerateRandom', { NumberOfBytes: 8, CustomKeyStoreId })
    refused(await random('cks-0'), 'CustomKeyStoreNotFoundException', /cks-0/)
    refused(await random(external), 'UnsupportedOperationException', /external key store/)
    await whileDisconnected(token, async () => {
      refused(await random(token), 'CustomKeyStoreInvalidStateException', /not connected/)
    })
    scene.token.fault = 'tokenFailed'
    refused(await random(token), 'CustomKeyStoreInvalidStateException', /did not do/)
  })
})
