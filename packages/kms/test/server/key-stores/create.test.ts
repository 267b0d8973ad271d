import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { invalid, refused, succeeded } from '../expect.ts'
import { auditRecords } from '../files.ts'
import {
  backupClusterId,
  clusterId,
  createStore,
  describeStore,
  externalStore,
  openScene,
  tokenStore,
} from './scene.ts'
import { fault, health } from '../xks/proxy.ts'

const { scene, call } = await openScene()

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
