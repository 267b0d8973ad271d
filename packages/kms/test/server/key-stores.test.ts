import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { readDatabase } from './database.ts'
import { base64, invalid, refused, succeeded } from './expect.ts'
import { auditLines, auditRecords, filesWith } from './files.ts'
import type { Reply } from './harness.ts'
import {
  backupClusterId,
  clusterId,
  connectStore,
  createStore,
  describeStore,
  externalStore,
  removeStore,
  type Scene,
  startScene,
  type StoreEntry,
  tokenStore,
  untilState,
} from './key-stores/scene.ts'
import { fault, health } from './xks/proxy.ts'

let scene: Scene
before(async () => {
  scene = await startScene()
})
after(() => scene[Symbol.asyncDispose]())

const call = (operation: string, input: object): Promise<Reply> =>
  scene.service.call(operation, input)
const unknownId = 'cks-00000000000000000'
const notFound = `The custom key store ${unknownId} does not exist.`

/** Every test begins without stores, with a proxy and tokens that do what they should. */
afterEach(async () => {
  scene.proxy.instead = () => undefined
  scene.proxy.spoil = (answer) => answer
  for (const token of scene.clusters.values()) token.fault = undefined
  scene.token.login = Promise.resolve()
  const stores = succeeded(await call('DescribeCustomKeyStores', {}))['CustomKeyStores']
  for (const { CustomKeyStoreId } of stores as StoreEntry[])
    await removeStore(scene, String(CustomKeyStoreId))
})

const invalidState = (id: string, state: string): string =>
  `The connection state of the custom key store ${id} is ${state}, which is not valid for this operation.`

describe('CreateCustomKeyStore', () => {
  it('decodes: what a store of its type needs, and nothing that the other type has', async () => {
    for (const member of ['CloudHsmClusterId', 'KeyStorePassword', 'TrustAnchorCertificate'])
      invalid(
        await call('CreateCustomKeyStore', tokenStore(scene, { [member]: undefined })),
        ' null',
        member.charAt(0).toLowerCase() + member.slice(1),
        'not be null',
      )
    for (const member of [
      'XksProxyConnectivity',
      'XksProxyUriEndpoint',
      'XksProxyUriPath',
      'XksProxyAuthenticationCredential',
    ])
      invalid(
        await call('CreateCustomKeyStore', externalStore(scene, { [member]: undefined })),
        ' null',
        member.charAt(0).toLowerCase() + member.slice(1),
        'not be null',
      )
    refused(
      await call('CreateCustomKeyStore', externalStore(scene, { KeyStorePassword: 'secret-pin' })),
      'ValidationException',
      'KeyStorePassword is not valid for a custom key store of type EXTERNAL_KEY_STORE.',
    )
    refused(
      await call('CreateCustomKeyStore', tokenStore(scene, { XksProxyUriPath: '/kms/xks/v1' })),
      'ValidationException',
      'XksProxyUriPath is not valid for a custom key store of type AWS_CLOUDHSM.',
    )
    refused(
      await call(
        'CreateCustomKeyStore',
        externalStore(scene, { XksProxyVpcEndpointServiceOwner: '111122223333' }),
      ),
      'ValidationException',
      'XksProxyVpcEndpointServiceName is not valid for PUBLIC_ENDPOINT connectivity.',
    )
    invalid(
      await call(
        'CreateCustomKeyStore',
        externalStore(scene, { XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE' }),
      ),
      ' null',
      'xksProxyVpcEndpointServiceName',
      'not be null',
    )
  })

  it('decodes: an endpoint that is https and a host name, and secrets that it never repeats', async () => {
    const endpoint = (XksProxyUriEndpoint: string) =>
      call('CreateCustomKeyStore', externalStore(scene, { XksProxyUriEndpoint }))
    for (const text of ['http://localhost', 'https://localhost:443', 'https://localhost/x'])
      invalid(
        await endpoint(text),
        ` '${text}'`,
        'xksProxyUriEndpoint',
        'satisfy regular expression pattern: ^https://[a-zA-Z0-9.-]+$',
      )
    for (const text of ['https://..', 'https://.-.', 'https://127.1.1'])
      refused(
        await endpoint(text),
        'ValidationException',
        'The XksProxyUriEndpoint must be https:// and the host name of the proxy.',
      )
    invalid(
      await call('CreateCustomKeyStore', tokenStore(scene, { KeyStorePassword: 'secret' })),
      '',
      'keyStorePassword',
      'have length greater than or equal to 7',
    )
    const credential = { AccessKeyId: 'A'.repeat(20), RawSecretAccessKey: '!'.repeat(43) }
    invalid(
      await call(
        'CreateCustomKeyStore',
        externalStore(scene, { XksProxyAuthenticationCredential: credential }),
      ),
      '',
      'xksProxyAuthenticationCredential.rawSecretAccessKey',
      'satisfy regular expression pattern: ^[a-zA-Z0-9\\/+=]+$',
    )
  })

  it('refuses: names, URIs and clusters that are in use', async () => {
    await createStore(scene, externalStore(scene, { CustomKeyStoreName: 'taken' }))
    await createStore(scene, tokenStore(scene))
    for (const input of [externalStore(scene), tokenStore(scene)])
      refused(
        await call('CreateCustomKeyStore', { ...input, CustomKeyStoreName: 'taken' }),
        'CustomKeyStoreNameInUseException',
        'A custom key store with the name taken already exists.',
      )
    for (const XksProxyUriEndpoint of ['https://localhost', 'https://LOCALHOST'])
      refused(
        await call('CreateCustomKeyStore', externalStore(scene, { XksProxyUriEndpoint })),
        'XksProxyUriInUseException',
        `The URI ${XksProxyUriEndpoint}/tenant/kms/xks/v1 is already associated with another external key store.`,
      )
    for (const CloudHsmClusterId of [clusterId, backupClusterId])
      refused(
        await call('CreateCustomKeyStore', tokenStore(scene, { CloudHsmClusterId })),
        'CloudHsmClusterInUseException',
        new RegExp(CloudHsmClusterId),
      )
  })

  it('refuses: connectivity over a VPC, which does not exist here', async () => {
    const vpc = {
      XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE',
      XksProxyVpcEndpointServiceName: 'com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0',
    }
    refused(
      await call('CreateCustomKeyStore', externalStore(scene, vpc)),
      'XksProxyVpcEndpointServiceNotFoundException',
      'AWS KMS could not find the VPC endpoint service: there is no VPC here.',
    )
    await createStore(scene, externalStore(scene))
    refused(
      await call('CreateCustomKeyStore', externalStore(scene, vpc)),
      'XksProxyUriEndpointInUseException',
      'The XksProxyUriEndpoint https://localhost is already associated with another external key store.',
    )
  })

  it('refuses: the eleventh store of an account and Region', async () => {
    for (let n = 1; n <= 10; n += 1)
      await createStore(scene, externalStore(scene, { XksProxyUriPath: `/tenant-${n}/kms/xks/v1` }))
    refused(
      await call('CreateCustomKeyStore', externalStore(scene)),
      'LimitExceededException',
      'The account has 10 custom key stores in this Region, which is the limit.',
    )
  })

  it('refuses: a proxy that does not do its work, in the words of the proxy specification', async () => {
    const { proxy } = scene
    const create = () => call('CreateCustomKeyStore', externalStore(scene))
    for (const [reply, code, text] of [
      [fault(400, 'ValidationException'), 'XksProxyInvalidResponseException', /cannot interpret/],
      [
        fault(401, 'AuthenticationFailedException'),
        'XksProxyIncorrectAuthenticationCredentialException',
        'The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary.',
      ],
      [
        fault(404, 'InvalidUriPathException'),
        'XksProxyInvalidConfigurationException',
        'The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary.',
      ],
      [
        fault(403, 'AccessDeniedException'),
        'XksProxyInvalidConfigurationException',
        /denied access/,
      ],
      [fault(429, 'ThrottlingException'), 'XksProxyUriUnreachableException', /high request rate/],
      [
        fault(503, 'DependencyTimeoutException'),
        'XksProxyUriUnreachableException',
        /time allotted/,
      ],
      [fault(500, 'InternalException'), 'XksProxyInvalidResponseException', /external key manager/],
      [{ status: 200, body: '<html>' }, 'XksProxyInvalidResponseException', /cannot interpret/],
      [
        { status: 200, body: JSON.stringify(health('UNAVAILABLE')) },
        'XksProxyUriUnreachableException',
        'The external key store proxy is in an unhealthy state. If you see this message repeatedly, notify your external key store proxy administrator.',
      ],
    ] as const) {
      proxy.instead = () => reply
      refused(await create(), code, text)
    }
    proxy.instead = () => undefined
    const { RawSecretAccessKey } = proxy.credential
    const credential = { AccessKeyId: 'A'.repeat(20), RawSecretAccessKey }
    refused(
      await call(
        'CreateCustomKeyStore',
        externalStore(scene, { XksProxyAuthenticationCredential: credential }),
      ),
      'XksProxyIncorrectAuthenticationCredentialException',
      /could not authenticate/,
    )
    refused(
      await call(
        'CreateCustomKeyStore',
        externalStore(scene, { XksProxyUriEndpoint: 'https://nobody.invalid' }),
      ),
      'XksProxyUriUnreachableException',
      'AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external key store.',
    )
  })

  it('refuses: clusters that are not configured, not present, unfit or known by another certificate', async () => {
    const { token } = scene
    refused(
      await call(
        'CreateCustomKeyStore',
        tokenStore(scene, { CloudHsmClusterId: 'cluster-7a7a7a7a7a7' }),
      ),
      'CloudHsmClusterNotFoundException',
      'The CloudHSM cluster cluster-7a7a7a7a7a7 does not exist.',
    )
    refused(
      await call('CreateCustomKeyStore', tokenStore(scene, { TrustAnchorCertificate: 'another' })),
      'IncorrectTrustAnchorException',
      `The trust anchor certificate is not that of the CloudHSM cluster ${clusterId}.`,
    )
    for (const [reason, code] of [
      ['tokenAbsent', 'CloudHsmClusterNotActiveException'],
      ['tokenUnfit', 'CloudHsmClusterInvalidConfigurationException'],
      ['tokenFailed', 'CloudHsmClusterInvalidConfigurationException'],
    ] as const) {
      token.fault = reason
      refused(await call('CreateCustomKeyStore', tokenStore(scene)), code, /CloudHSM cluster/)
    }
  })

  it('does: makes a store that is not connected, after it has tried the proxy', async () => {
    const { proxy, service } = scene
    const asked = proxy.requests.length
    const id = await createStore(scene, externalStore(scene, { CustomKeyStoreName: 'external' }))
    assert.match(id, /^cks-[0-9a-f]{17}$/)
    assert.deepEqual(
      proxy.requests.slice(asked).map(({ path, isSigned }) => [path, isSigned]),
      [['/tenant/kms/xks/v1/health', true]],
    )
    assert.deepEqual(await describeStore(scene, id), {
      CustomKeyStoreId: id,
      CustomKeyStoreName: 'external',
      ConnectionState: 'DISCONNECTED',
      CreationDate: service.clock.nowMs() / 1000,
      CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
      XksProxyConfiguration: {
        Connectivity: 'PUBLIC_ENDPOINT',
        AccessKeyId: proxy.credential.AccessKeyId,
        UriEndpoint: 'https://localhost',
        UriPath: '/tenant/kms/xks/v1',
      },
    })
  })

  it('does: the certificate of a cluster may be broken into lines otherwise', async () => {
    const { token } = scene
    const TrustAnchorCertificate = token.trustAnchor.replaceAll('\n', '\r\n')
    const id = await createStore(scene, tokenStore(scene, { TrustAnchorCertificate }))
    const { ConnectionState, CloudHsmClusterId, ...more } = await describeStore(scene, id)
    assert.deepEqual([ConnectionState, CloudHsmClusterId], ['DISCONNECTED', clusterId])
    assert.equal(more['TrustAnchorCertificate'], TrustAnchorCertificate)
    assert.equal(more['XksProxyConfiguration'], undefined)
  })

  it('does: the log has the intent before the proxy is asked, and the outcome after', async () => {
    const { proxy, service } = scene
    let written = 0
    proxy.instead = () => {
      written = auditRecords(service.directory).length
      return undefined
    }
    const reply = await call('CreateCustomKeyStore', externalStore(scene))
    const records = auditRecords(service.directory)
    const [intent, outcome] = records.slice(-2)
    assert.equal(written, records.length - 1)
    assert.equal(intent?.additionalEventData?.outcome, 'intended')
    assert.equal(intent.responseElements, null)
    assert.equal(intent.requestID, outcome?.requestID)
    assert.notEqual(intent.eventID, outcome?.eventID)
    assert.equal(outcome?.additionalEventData?.outcome, undefined)
    assert.deepEqual(outcome?.responseElements, {
      customKeyStoreId: succeeded(reply)['CustomKeyStoreId'],
    })
  })

  it('does: who may not ask for it reaches no proxy', async () => {
    const asked = scene.proxy.requests.length
    const denied = await scene.service.call('CreateCustomKeyStore', externalStore(scene), {
      credentials: { accessKeyId: 'AKIA2222222222222222', secretAccessKey: 'x'.repeat(40) },
    })
    assert.equal(denied.type, 'UnrecognizedClientException')
    assert.equal(scene.proxy.requests.length, asked)
  })
})

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

describe('DeleteCustomKeyStore', () => {
  it('refuses: stores that do not exist, or are connected', async () => {
    refused(
      await call('DeleteCustomKeyStore', { CustomKeyStoreId: unknownId }),
      'CustomKeyStoreNotFoundException',
      notFound,
    )
    const id = await createStore(scene, externalStore(scene))
    await connectStore(scene, id)
    refused(
      await call('DeleteCustomKeyStore', { CustomKeyStoreId: id }),
      'CustomKeyStoreInvalidStateException',
      invalidState(id, 'CONNECTED'),
    )
  })

  it('does: the store is gone, and its name and URI are free', async () => {
    const input = externalStore(scene)
    const id = await createStore(scene, input)
    succeeded(await call('DeleteCustomKeyStore', { CustomKeyStoreId: id }))
    refused(
      await call('DescribeCustomKeyStores', { CustomKeyStoreId: id }),
      'CustomKeyStoreNotFoundException',
      `The custom key store ${id} does not exist.`,
    )
    assert.notEqual(await createStore(scene, input), id)
  })
})

describe('DescribeCustomKeyStores', () => {
  it('decodes: an id or a name, not both', async () => {
    refused(
      await call('DescribeCustomKeyStores', { CustomKeyStoreId: 'a', CustomKeyStoreName: 'b' }),
      'ValidationException',
      'Please specify either CustomKeyStoreId or CustomKeyStoreName, not both.',
    )
  })

  it('refuses: names that no store has, and markers that it did not give', async () => {
    refused(
      await call('DescribeCustomKeyStores', { CustomKeyStoreName: 'nobody' }),
      'CustomKeyStoreNotFoundException',
      'The custom key store nobody does not exist.',
    )
    refused(await call('DescribeCustomKeyStores', { Marker: 'x' }), 'InvalidMarkerException', /./)
  })

  it('does: all stores in pages, or the one with a name; those of the Region alone', async () => {
    const ids: string[] = []
    for (const n of [1, 2, 3])
      ids.push(
        await createStore(
          scene,
          externalStore(scene, {
            CustomKeyStoreName: `paged-${n}`,
            XksProxyUriPath: `/tenant-${n}/kms/xks/v1`,
          }),
        ),
      )
    const found: string[] = []
    let marker: unknown
    do {
      const page = succeeded(
        await call('DescribeCustomKeyStores', {
          Limit: 2,
          ...(marker === undefined ? {} : { Marker: marker }),
        }),
      )
      for (const entry of page['CustomKeyStores'] as StoreEntry[])
        found.push(String(entry['CustomKeyStoreId']))
      assert.equal(page['Truncated'], page['NextMarker'] !== undefined)
      marker = page['NextMarker']
    } while (marker !== undefined)
    assert.deepEqual(found, [...ids].sort())
    const named = succeeded(
      await call('DescribeCustomKeyStores', { CustomKeyStoreName: 'paged-2' }),
    )
    assert.deepEqual(
      (named['CustomKeyStores'] as StoreEntry[]).map((entry) => entry['CustomKeyStoreId']),
      [ids[1]],
    )
    const elsewhere = await scene.service.call(
      'DescribeCustomKeyStores',
      {},
      { region: 'eu-west-1' },
    )
    assert.deepEqual(succeeded(elsewhere)['CustomKeyStores'], [])
  })
})

describe('the secrets of custom key stores', () => {
  it('are in no answer, no record and no line of the log', async () => {
    const { proxy, token, service } = scene
    const external = await createStore(scene, externalStore(scene))
    await createStore(scene, tokenStore(scene))
    await connectStore(scene, external)
    const answers = JSON.stringify(succeeded(await call('DescribeCustomKeyStores', {})))
    const written = auditLines(service.directory).join('\n') + JSON.stringify(service.log.lines)
    for (const secret of [proxy.credential.RawSecretAccessKey, token.password]) {
      for (const text of [secret, base64(secret)]) {
        assert(!answers.includes(text))
        assert(!written.includes(text))
      }
    }
    assert(!written.includes(proxy.credential.AccessKeyId))
  })

  it('lie where what is wrapped is erased, and are in no file once they are replaced', async () => {
    const { proxy, service } = scene
    const content = (table: string, holding: string): string[] =>
      readDatabase(
        service.directory.database,
        `select content from ${table} where content like ?`,
        `%${holding}%`,
      ).map((row) => String(row['content']))
    const id = await createStore(scene, externalStore(scene))
    const wrapped = (): string => {
      const [record = '{}'] = content('secret_entity', id)
      return String((JSON.parse(record) as { readonly wrapped?: string }).wrapped)
    }
    assert.deepEqual(content('entity', '"wrapped"'), [])
    const first = wrapped()
    assert.notDeepEqual(filesWith(service, first), [])
    const XksProxyAuthenticationCredential = proxy.credential
    succeeded(
      await call('UpdateCustomKeyStore', {
        CustomKeyStoreId: id,
        XksProxyAuthenticationCredential,
      }),
    )
    const second = wrapped()
    succeeded(await call('DeleteCustomKeyStore', { CustomKeyStoreId: id }))
    for (const gone of [first, second]) assert.deepEqual(filesWith(service, gone), [])
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
