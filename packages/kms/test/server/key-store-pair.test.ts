import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { base64, createKey, refused, succeeded, succeededEmpty } from './expect.ts'
import { auditRecords } from './files.ts'
import { region, startTestService, type TestService } from './harness.ts'
import { connectStore, untilState } from './key-stores/scene.ts'
import { selfSigned } from './xks-scene.ts'
import { proxyTls } from './xks/proxy.ts'

const clientName = `cks.kms.${region}.amazonaws.com`

/** Keeps keys for the other, which has its own keys there. */
let keeper: TestService
let service: TestService
let storeId: string
before(async () => {
  const { cert, key, ca } = await proxyTls()
  const client = selfSigned(clientName)
  const clients = { ca: client.cert, names: [clientName] }
  keeper = await startTestService({
    xksProxy: { host: '127.0.0.1', port: 0, tls: { cert, key, clients } },
  })
  const port = keeper.service.xksProxyAddress?.port ?? 0
  const connectTo = new Map([['localhost', { host: '127.0.0.1', port }]])
  service = await startTestService({ xks: { ca, client, connectTo, deadlineMs: 10_000 } })
  const { accessKeyId, secretAccessKey } = keeper.credentials
  const made = await service.call('CreateCustomKeyStore', {
    CustomKeyStoreName: 'keys of the other',
    CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
    XksProxyConnectivity: 'PUBLIC_ENDPOINT',
    XksProxyUriEndpoint: 'https://localhost',
    XksProxyUriPath: '/kms/xks/v1',
    XksProxyAuthenticationCredential: {
      AccessKeyId: accessKeyId,
      RawSecretAccessKey: secretAccessKey,
    },
  })
  storeId = String(succeeded(made)['CustomKeyStoreId'])
  await connectStore({ service }, storeId)
})
after(async () => {
  await service[Symbol.asyncDispose]()
  await keeper[Symbol.asyncDispose]()
})

const newPair = async () => {
  const { KeyId: XksKeyId, Arn: keeperArn } = await createKey(keeper)
  const input = { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: storeId, XksKeyId }
  return { XksKeyId, keeperArn, ...(await createKey(service, input)) }
}

describe('a service whose keys are kept by another', () => {
  it('encrypts and decrypts there, and both logs tell of it', async () => {
    const { KeyId, keeperArn } = await newPair()
    const input = { KeyId, EncryptionContext: { tenant: 'alpha' } }
    const encrypted = await service.call('Encrypt', { ...input, Plaintext: base64('secret') })
    const { CiphertextBlob } = succeeded(encrypted)
    const kept = auditRecords(keeper.directory).at(-1)
    assert.deepEqual(
      kept?.resources?.map(({ ARN }) => ARN),
      [keeperArn],
    )
    const decrypted = await service.call('Decrypt', { ...input, CiphertextBlob })
    assert.equal(succeeded(decrypted)['Plaintext'], base64('secret'))
    const dataKey = await service.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
    const again = await service.call('Decrypt', {
      CiphertextBlob: succeeded(dataKey)['CiphertextBlob'],
    })
    assert.equal(succeeded(again)['Plaintext'], succeeded(dataKey)['Plaintext'])
  })

  it('cannot use a key that the other has disabled, until it is enabled', async () => {
    const { KeyId, XksKeyId } = await newPair()
    const encrypt = () => service.call('Encrypt', { KeyId, Plaintext: 'AA==' })
    succeededEmpty(await keeper.call('DisableKey', { KeyId: XksKeyId }))
    refused(
      await encrypt(),
      'KMSInvalidStateException',
      'The external key associated with this KMS key in an external key store is not enabled in the external key manager. Enable the external key in the external key manager and retry the request.',
    )
    succeededEmpty(await keeper.call('EnableKey', { KeyId: XksKeyId }))
    succeeded(await encrypt())
  })

  it('has no key of keys that the other does not have, or that do not encrypt', async () => {
    const create = (XksKeyId: string) =>
      service.call('CreateKey', {
        Origin: 'EXTERNAL_KEY_STORE',
        CustomKeyStoreId: storeId,
        XksKeyId,
      })
    refused(
      await create('00000000-1111-2222-3333-444444444444'),
      'XksKeyNotFoundException',
      /was not found/,
    )
    const signing = await createKey(keeper, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
    refused(
      await create(signing.KeyId),
      'XksKeyInvalidConfigurationException',
      'The key spec of the external key must be AES_256. The key spec of specified external key is ECC_NIST_P256.',
    )
  })

  it('takes no credential that the other does not know, and goes on with the one it had', async () => {
    const { KeyId } = await newPair()
    succeeded(await service.call('DisconnectCustomKeyStore', { CustomKeyStoreId: storeId }))
    await untilState({ service }, storeId, 'DISCONNECTED')
    const credential = { AccessKeyId: 'A'.repeat(20), RawSecretAccessKey: 's'.repeat(44) }
    refused(
      await service.call('UpdateCustomKeyStore', {
        CustomKeyStoreId: storeId,
        XksProxyAuthenticationCredential: credential,
      }),
      'XksProxyIncorrectAuthenticationCredentialException',
      /could not authenticate/,
    )
    await connectStore({ service }, storeId)
    succeeded(await service.call('Encrypt', { KeyId, Plaintext: 'AA==' }))
  })
})
