import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refused, succeeded } from '../expect.ts'
import {
  connectStore,
  createStore,
  describeStore,
  externalStore,
  invalidState,
  notFound,
  openScene,
  startScene,
  tokenStore,
  unknownId,
  untilState,
} from './scene.ts'
import { fault, health } from '../xks/proxy.ts'

const { scene, call } = await openScene()

describe('ConnectCustomKeyStore and DisconnectCustomKeyStore', () => {
  it('refuse: stores that do not exist', async () => {
    for (const name of ['ConnectCustomKeyStore', 'DisconnectCustomKeyStore'])
      refused(
        await call(name, { CustomKeyStoreId: unknownId }),
        'CustomKeyStoreNotFoundException',
        notFound,
      )
  })

  it('refuse: a cluster that cannot be connected, before they begin', async () => {
    const id = await createStore(scene, tokenStore(scene))
    for (const [reason, code] of [
      ['tokenAbsent', 'CloudHsmClusterNotActiveException'],
      ['tokenUnfit', 'CloudHsmClusterInvalidConfigurationException'],
    ] as const) {
      scene.token.fault = reason
      refused(
        await call('ConnectCustomKeyStore', { CustomKeyStoreId: id }),
        code,
        /CloudHSM cluster/,
      )
    }
    assert.equal((await describeStore(scene, id))['ConnectionState'], 'DISCONNECTED')
  })

  it('do: the connection is made after the answer', async () => {
    const id = await createStore(scene, externalStore(scene))
    const answered = Promise.withResolvers<undefined>()
    scene.proxy.instead = () => answered.promise
    const input = { CustomKeyStoreId: id }
    assert.equal((await call('ConnectCustomKeyStore', input)).text, '{}')
    assert.equal((await describeStore(scene, id))['ConnectionState'], 'CONNECTING')
    // Asked once more it goes on as it does.
    succeeded(await call('ConnectCustomKeyStore', input))
    answered.resolve(undefined)
    await untilState(scene, id, 'CONNECTED')
    assert.partialDeepStrictEqual(scene.proxy.requests.at(-1)?.json, {
      requestMetadata: { kmsOperation: 'ConnectCustomKeyStore' },
    })
    succeeded(await call('ConnectCustomKeyStore', input))
    succeeded(await call('DisconnectCustomKeyStore', input))
    await untilState(scene, id, 'DISCONNECTED')
    refused(
      await call('DisconnectCustomKeyStore', input),
      'CustomKeyStoreInvalidStateException',
      invalidState(id, 'DISCONNECTED'),
    )
  })

  it('do: a connection that fails says why, and has to be disconnected first', async () => {
    const { proxy, service } = scene
    const id = await createStore(scene, externalStore(scene))
    const input = { CustomKeyStoreId: id }
    for (const [reply, code] of [
      [fault(401, 'AuthenticationFailedException'), 'INVALID_CREDENTIALS'],
      [fault(403, 'AccessDeniedException'), 'XKS_PROXY_ACCESS_DENIED'],
      [fault(404, 'InvalidUriPathException'), 'XKS_PROXY_INVALID_CONFIGURATION'],
      [fault(503, 'DependencyTimeoutException'), 'XKS_PROXY_TIMED_OUT'],
      [{ status: 200, body: '' }, 'XKS_PROXY_INVALID_RESPONSE'],
      [{ status: 200, body: JSON.stringify(health('UNAVAILABLE')) }, 'XKS_PROXY_NOT_REACHABLE'],
    ] as const) {
      proxy.instead = () => reply
      succeeded(await call('ConnectCustomKeyStore', input))
      assert.equal((await untilState(scene, id, 'FAILED'))['ConnectionErrorCode'], code)
      const line = service.log.lines.at(-1)
      assert.equal(line?.event, 'key store connection failed')
      assert.equal(line.fields['errorCode'], code)
      for (const name of ['ConnectCustomKeyStore', 'UpdateCustomKeyStore', 'DeleteCustomKeyStore'])
        refused(
          await call(name, input),
          'CustomKeyStoreInvalidStateException',
          invalidState(id, 'FAILED'),
        )
      succeeded(await call('DisconnectCustomKeyStore', input))
      const entry = await describeStore(scene, id)
      assert.deepEqual(
        [entry['ConnectionState'], entry['ConnectionErrorCode']],
        ['DISCONNECTED', undefined],
      )
    }
  })

  it('do: what a connection comes to that was disconnected meanwhile does not count', async () => {
    const id = await createStore(scene, externalStore(scene))
    const answered = Promise.withResolvers<undefined>()
    scene.proxy.instead = () => answered.promise
    succeeded(await call('ConnectCustomKeyStore', { CustomKeyStoreId: id }))
    succeeded(await call('DisconnectCustomKeyStore', { CustomKeyStoreId: id }))
    answered.resolve(undefined)
    assert.equal((await untilState(scene, id, 'DISCONNECTED'))['ConnectionErrorCode'], undefined)
  })
})

describe('a service that is started again', () => {
  it('connects the stores that were connected, and keeps trying', async () => {
    const first = await startScene()
    const { proxy, service } = first
    await using _ = { [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() }
    const id = await createStore(first, externalStore(first))
    const idle = await createStore(
      first,
      externalStore(first, { XksProxyUriPath: '/tenant-2/kms/xks/v1' }),
    )
    await connectStore(first, id)
    proxy.instead = () => ({ status: 500, body: '' })
    await using again = await service.restart()
    const second = { service: again }
    while (!again.log.lines.some(({ event }) => event === 'key store connection failed'))
      await describeStore(second, id)
    assert.equal((await describeStore(second, id))['ConnectionState'], 'CONNECTING')
    proxy.instead = () => undefined
    await using third = await again.restart()
    await untilState({ service: third }, id, 'CONNECTED')
    assert.equal((await describeStore({ service: third }, idle))['ConnectionState'], 'DISCONNECTED')
  })
})
