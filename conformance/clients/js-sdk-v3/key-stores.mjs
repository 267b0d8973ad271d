import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { auditRecords } from '../../../packages/kms/test/server/files.ts'
import { keeperProxy as proxy, keeperRegion, startPair } from '../key-stores/keyhold-pair.mjs'
import { inTime, untilConnection } from '../key-stores/waiting.mjs'
import { account, unknownKeyId } from '../setting.mjs'
import { bytes, call, clientOf, refuses, textOf } from './client.mjs'

const unknownStore = { CustomKeyStoreId: 'cks-00000000000000000' }
const notEnabled =
  'The external key associated with this KMS key in an external key store is not enabled in the ' +
  'external key manager. Enable the external key in the external key manager and retry the request.'
const notConnected =
  'This KMS key is in a custom key store that is not connected to its external key store proxy. ' +
  'Connect the external key store and try the request again.'
const outOfReach =
  'AWS KMS cannot communicate with the external key store proxy. This might be a transient ' +
  'network issue. If you see this error repeatedly, verify that your external key store proxy is ' +
  'active and is connected to the network, and that its endpoint URI is correct in your external ' +
  'key store.'

describe('AWS SDK for JavaScript v3: keys that another Keyhold keeps', () => {
  let pair
  let client
  let credential
  let store
  before(async () => {
    pair = await startPair()
    client = clientOf({ endpoint: pair.service.endpoint, credentials: pair.service })
  })
  after(async () => {
    client.destroy()
    await pair.stop()
  })

  const ask = (name, input) => inTime(() => call(name, input, client))
  const refused = (name, input, code, text) => refuses(name, input, code, text, client)
  const newKey = async (input) => (await ask('CreateKey', input)).KeyMetadata
  /** A key of the one service, and the other's key that it is nothing without. */
  const newExternalKey = async () => {
    const { KeyMetadata } = await pair.keeperKms.createKey({})
    const XksKeyId = KeyMetadata.KeyId
    return newKey({ Origin: 'EXTERNAL_KEY_STORE', ...store, XksKeyId })
  }
  const connect = async () => {
    assert.deepEqual(await ask('ConnectCustomKeyStore', store), {})
    return untilConnection(ask, store.CustomKeyStoreId, 'CONNECTED')
  }

  test('a store is made for who can sign to the proxy, and connected', async () => {
    credential = await pair.newCredential()
    const input = { CustomKeyStoreName: 'kept', ...proxy }
    const wrong = { ...credential, RawSecretAccessKey: 's'.repeat(43) }
    await inTime(() =>
      refused(
        'CreateCustomKeyStore',
        { ...input, XksProxyAuthenticationCredential: wrong },
        'XksProxyIncorrectAuthenticationCredentialException',
        /^The external key store proxy rejected the request because it could not authenticate/,
      ),
    )
    const made = { ...input, XksProxyAuthenticationCredential: credential }
    store = await ask('CreateCustomKeyStore', made)
    const { CreationDate, ...entry } = await connect()
    assert.ok(Math.abs(CreationDate.getTime() - Date.now()) < 60_000)
    assert.deepEqual(entry, {
      ...store,
      CustomKeyStoreName: 'kept',
      CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
      ConnectionState: 'CONNECTED',
      XksProxyConfiguration: {
        Connectivity: 'PUBLIC_ENDPOINT',
        AccessKeyId: credential.AccessKeyId,
        UriEndpoint: 'https://localhost',
        UriPath: proxy.XksProxyUriPath,
      },
    })
    const again = { ...made, CustomKeyStoreName: 'kept twice' }
    await refused('CreateCustomKeyStore', again, 'XksProxyUriInUseException', /./)
  })

  test('what is not there is not found', async () => {
    const names = ['DescribeCustomKeyStores', 'UpdateCustomKeyStore', 'DeleteCustomKeyStore']
    for (const name of [...names, 'ConnectCustomKeyStore', 'DisconnectCustomKeyStore'])
      await refused(name, unknownStore, 'CustomKeyStoreNotFoundException', /./)
    const input = { Origin: 'EXTERNAL_KEY_STORE', ...store, XksKeyId: unknownKeyId }
    await inTime(() => refused('CreateKey', input, 'XksKeyNotFoundException', /was not found/))
  })

  test('a key that is kept encrypts, decrypts, moves ciphertexts and makes data keys', async () => {
    const { KeyId, Arn, XksKeyConfiguration } = await newExternalKey()
    const again = { Origin: 'EXTERNAL_KEY_STORE', ...store, XksKeyId: XksKeyConfiguration.Id }
    await refused('CreateKey', again, 'XksKeyAlreadyInUseException', /./)
    const EncryptionContext = { tenant: 'größer' }
    const sealed = await ask('Encrypt', { KeyId, Plaintext: bytes('kept'), EncryptionContext })
    const { CiphertextBlob } = sealed
    const opened = await ask('Decrypt', { CiphertextBlob, EncryptionContext })
    assert.equal(opened.KeyId, Arn)
    assert.equal(textOf(opened.Plaintext), 'kept')
    const own = await newKey()
    const there = { CiphertextBlob, SourceEncryptionContext: EncryptionContext }
    const moved = await ask('ReEncrypt', { ...there, DestinationKeyId: own.KeyId })
    const here = { CiphertextBlob: moved.CiphertextBlob, DestinationKeyId: KeyId }
    const back = await ask('ReEncrypt', here)
    assert.equal(back.KeyId, Arn)
    const { Plaintext } = await ask('Decrypt', { CiphertextBlob: back.CiphertextBlob })
    assert.equal(textOf(Plaintext), 'kept')
    const dataKey = await ask('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
    const found = await ask('Decrypt', { CiphertextBlob: dataKey.CiphertextBlob })
    assert.deepEqual(found.Plaintext, dataKey.Plaintext)
  })

  test('the log of the keeper names who asked, for which key and in which request', async () => {
    const { KeyId, Arn, XksKeyConfiguration } = await newExternalKey()
    const UserName = 'alice'
    await pair.serviceIam.createUser({ UserName })
    const Statement = [{ Effect: 'Allow', Action: 'kms:Encrypt', Resource: Arn }]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await pair.serviceIam.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument })
    const { AccessKey } = await pair.serviceIam.createAccessKey({ UserName })
    const credentials = {
      accessKeyId: AccessKey.AccessKeyId,
      secretAccessKey: AccessKey.SecretAccessKey,
    }
    const alice = clientOf({ endpoint: pair.service.endpoint, credentials })
    await inTime(() => call('Encrypt', { KeyId, Plaintext: bytes('hers') }, alice))
    alice.destroy()
    const record = auditRecords({ audit: join(pair.keeperDirectory, 'audit') }).findLast(
      ({ eventName, errorCode }) => eventName === 'Encrypt' && errorCode === undefined,
    )
    assert.equal(record.eventSource, 'kms-xks-proxy')
    assert.match(record.resources[0].ARN, new RegExp(`${keeperRegion}.*${XksKeyConfiguration.Id}$`))
    const { requestMetadata } = record.requestParameters
    assert.equal(requestMetadata.awsPrincipalArn, `arn:aws:iam::${account}:user/${UserName}`)
    assert.equal(requestMetadata.kmsKeyArn, Arn)
    assert.equal(requestMetadata.kmsOperation, 'Encrypt')
  })

  test('a key that its keeper has disabled is of no use, until it is enabled', async () => {
    const { KeyId, XksKeyConfiguration } = await newExternalKey()
    const input = { KeyId, Plaintext: bytes('x') }
    await pair.keeperKms.disableKey({ KeyId: XksKeyConfiguration.Id })
    await inTime(() => refused('Encrypt', input, 'KMSInvalidStateException', notEnabled))
    await pair.keeperKms.enableKey({ KeyId: XksKeyConfiguration.Id })
    await ask('Encrypt', input)
  })

  test('a key that its keeper rotates decrypts what was encrypted before', async () => {
    const { KeyId, XksKeyConfiguration } = await newExternalKey()
    const { CiphertextBlob } = await ask('Encrypt', { KeyId, Plaintext: bytes('old') })
    await pair.keeperKms.rotateKeyOnDemand({ KeyId: XksKeyConfiguration.Id })
    await ask('Encrypt', { KeyId, Plaintext: bytes('new') })
    assert.equal(textOf((await ask('Decrypt', { CiphertextBlob })).Plaintext), 'old')
  })

  test('credentials are exchanged while the keys are in use', async () => {
    const { KeyId } = await newExternalKey()
    const state = { isExchanged: false }
    const encrypt = () => call('Encrypt', { KeyId, Plaintext: bytes('x') }, client)
    const use = async () => {
      while (!state.isExchanged) await inTime(encrypt, { isThere: true })
    }
    const exchange = async () => {
      try {
        const next = await pair.newCredential()
        await ask('UpdateCustomKeyStore', { ...store, XksProxyAuthenticationCredential: next })
        await pair.removeCredential(credential)
        for (let n = 0; n < 10; n += 1) await ask('Encrypt', { KeyId, Plaintext: bytes('new') })
        credential = next
      } finally {
        state.isExchanged = true
      }
    }
    await Promise.all([use(), use(), use(), use(), exchange()])
    const entry = await untilConnection(ask, store.CustomKeyStoreId, 'CONNECTED')
    assert.equal(entry.XksProxyConfiguration.AccessKeyId, credential.AccessKeyId)
  })

  test('a store that is disconnected makes its keys unavailable', async () => {
    const { KeyId } = await newExternalKey()
    assert.deepEqual(await ask('DisconnectCustomKeyStore', store), {})
    await untilConnection(ask, store.CustomKeyStoreId, 'DISCONNECTED')
    const { KeyMetadata } = await ask('DescribeKey', { KeyId })
    assert.equal(KeyMetadata.KeyState, 'Unavailable')
    const input = { KeyId, Plaintext: bytes('x') }
    await refused('Encrypt', input, 'KMSInvalidStateException', notConnected)
    await refused('DeleteCustomKeyStore', store, 'CustomKeyStoreHasCMKsException', /./)
    await connect()
    await ask('Encrypt', input)
  })

  test('a store without keys is deleted', async () => {
    const made = await ask('CreateCustomKeyStore', {
      ...proxy,
      CustomKeyStoreName: 'for a while',
      XksProxyUriPath: '/kms/xks/v1',
      XksProxyAuthenticationCredential: credential,
    })
    assert.deepEqual(await ask('DeleteCustomKeyStore', made), {})
    const { CustomKeyStores } = await ask('DescribeCustomKeyStores', {})
    assert.deepEqual(
      CustomKeyStores.map(({ CustomKeyStoreId }) => CustomKeyStoreId),
      [store.CustomKeyStoreId],
    )
  })

  test('without the keeper nothing is opened, and nobody waits for long', async () => {
    const { KeyId } = await newExternalKey()
    const { CiphertextBlob } = await ask('Encrypt', { KeyId, Plaintext: bytes('x') })
    await pair.stopKeeper()
    const startMs = performance.now()
    await refused('Decrypt', { CiphertextBlob }, 'KMSInvalidStateException', outOfReach)
    const tookMs = performance.now() - startMs
    assert.ok(tookMs < 5000, `it took ${tookMs} ms`)
  })
})
