import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refused, succeeded } from '../expect.ts'
import {
  backupClusterId,
  clusterId,
  connectStore,
  createStore,
  describeStore,
  externalStore,
  invalidState,
  notFound,
  openScene,
  type StoreEntry,
  tokenStore,
  unknownId,
  untilState,
} from './scene.ts'

const { scene, call } = await openScene()

describe('UpdateCustomKeyStore', () => {
  const update = (CustomKeyStoreId: string, input: object) =>
    call('UpdateCustomKeyStore', { CustomKeyStoreId, ...input })

  it('decodes: members of the type of the store alone', async () => {
    const id = await createStore(scene, externalStore(scene))
    refused(
      await update(id, { CloudHsmClusterId: clusterId }),
      'ValidationException',
      'CloudHsmClusterId is not valid for a custom key store of type EXTERNAL_KEY_STORE.',
    )
    refused(
      await update(id, {
        XksProxyConnectivity: 'PUBLIC_ENDPOINT',
        XksProxyVpcEndpointServiceName: 'com.amazonaws.vpce.eu-central-1.vpce-svc-1',
      }),
      'ValidationException',
      /not valid for PUBLIC_ENDPOINT/,
    )
  })

  it('refuses: stores that do not exist, and names and URIs of others', async () => {
    refused(await update(unknownId, {}), 'CustomKeyStoreNotFoundException', notFound)
    for (const id of ['x', 'cks-', '../../x', 'cks-0000000000000000G'])
      refused(
        await update(id, {}),
        'CustomKeyStoreNotFoundException',
        `The custom key store ${id} does not exist.`,
      )
    const one = externalStore(scene, { CustomKeyStoreName: 'one' })
    await createStore(scene, one)
    const path = '/tenant-2/kms/xks/v1'
    const id = await createStore(scene, externalStore(scene, { XksProxyUriPath: path }))
    refused(
      await update(id, { NewCustomKeyStoreName: 'one' }),
      'CustomKeyStoreNameInUseException',
      /one/,
    )
    refused(
      await update(id, { XksProxyUriPath: scene.proxy.path }),
      'XksProxyUriInUseException',
      /already associated/,
    )
    const vpc = {
      XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE',
      XksProxyVpcEndpointServiceName: 'com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0',
    }
    refused(await update(id, vpc), 'XksProxyUriEndpointInUseException', /already associated/)
    refused(
      await update(id, { ...vpc, XksProxyUriEndpoint: 'https://other.example' }),
      'XksProxyVpcEndpointServiceNotFoundException',
      /no VPC/,
    )
  })

  it('refuses: what the proxy does not take, and keeps what it had', async () => {
    const id = await createStore(scene, externalStore(scene))
    const unchanged = await describeStore(scene, id)
    const credential = { ...scene.proxy.credential, AccessKeyId: 'B'.repeat(20) }
    for (const [input, code] of [
      [
        { XksProxyAuthenticationCredential: credential },
        'XksProxyIncorrectAuthenticationCredentialException',
      ],
      [{ XksProxyUriPath: '/nobody/kms/xks/v1' }, 'XksProxyInvalidConfigurationException'],
      [{ XksProxyUriEndpoint: 'https://nobody.invalid' }, 'XksProxyUriUnreachableException'],
    ] as const)
      refused(await update(id, input), code, /./)
    scene.proxy.instead = () => ({ status: 500, body: '' })
    refused(
      await update(id, { XksProxyUriPath: '/tenant-2/kms/xks/v1' }),
      'XksProxyInvalidResponseException',
      /cannot interpret/,
    )
    assert.deepEqual(await describeStore(scene, id), unchanged)
    // Its name needs no proxy.
    succeeded(await update(id, { NewCustomKeyStoreName: 'renamed' }))
  })

  it('refuses: another endpoint while it is connected, and anything of a cluster then', async () => {
    const external = await createStore(scene, externalStore(scene))
    await connectStore(scene, external)
    for (const input of [
      { XksProxyUriEndpoint: 'https://localhost' },
      { XksProxyConnectivity: 'PUBLIC_ENDPOINT' },
    ])
      refused(
        await update(external, input),
        'CustomKeyStoreInvalidStateException',
        invalidState(external, 'CONNECTED'),
      )
    const cluster = await createStore(scene, tokenStore(scene))
    await connectStore(scene, cluster)
    for (const input of [{ NewCustomKeyStoreName: 'x' }, { KeyStorePassword: 'other-pin' }])
      refused(
        await update(cluster, input),
        'CustomKeyStoreInvalidStateException',
        invalidState(cluster, 'CONNECTED'),
      )
  })

  it('refuses: a cluster that is not there, not active or no copy of the one before', async () => {
    const id = await createStore(scene, tokenStore(scene))
    refused(
      await update(id, { CloudHsmClusterId: 'cluster-7a7a7a7a7a7' }),
      'CloudHsmClusterNotFoundException',
      /does not exist/,
    )
    refused(
      await update(id, { CloudHsmClusterId: 'cluster-abcdefghij4' }),
      'CloudHsmClusterNotRelatedException',
      'The CloudHSM cluster cluster-abcdefghij4 does not share the certificate of the one before.',
    )
    for (const [reason, code] of [
      ['tokenAbsent', 'CloudHsmClusterNotActiveException'],
      ['tokenUnfit', 'CloudHsmClusterInvalidConfigurationException'],
    ] as const) {
      for (const token of scene.clusters.values()) token.fault = reason
      refused(await update(id, { CloudHsmClusterId: backupClusterId }), code, /CloudHSM cluster/)
    }
  })

  it('does: another name, path and credential while it is connected', async () => {
    const { proxy } = scene
    const id = await createStore(scene, externalStore(scene))
    await connectStore(scene, id)
    const XksProxyUriPath = '/tenant-2/kms/xks/v1'
    succeeded(
      await update(id, {
        NewCustomKeyStoreName: 'moved',
        XksProxyUriPath,
        XksProxyAuthenticationCredential: proxy.credential,
      }),
    )
    assert.equal(proxy.requests.at(-1)?.path, `${XksProxyUriPath}/health`)
    const entry = await describeStore(scene, id)
    assert.equal(entry['CustomKeyStoreName'], 'moved')
    assert.equal(entry['ConnectionState'], 'CONNECTED')
    assert.equal((entry['XksProxyConfiguration'] as StoreEntry)['UriPath'], XksProxyUriPath)
  })

  it('does: a copy of the cluster, and its new password', async () => {
    const id = await createStore(scene, tokenStore(scene, { KeyStorePassword: 'not-the-pin' }))
    succeeded(await call('ConnectCustomKeyStore', { CustomKeyStoreId: id }))
    const failed = await untilState(scene, id, 'FAILED')
    assert.equal(failed['ConnectionErrorCode'], 'INVALID_CREDENTIALS')
    succeeded(await call('DisconnectCustomKeyStore', { CustomKeyStoreId: id }))
    const { password } = scene.token
    succeeded(await update(id, { KeyStorePassword: password, CloudHsmClusterId: backupClusterId }))
    await connectStore(scene, id)
    assert.equal((await describeStore(scene, id))['CloudHsmClusterId'], backupClusterId)
  })
})
