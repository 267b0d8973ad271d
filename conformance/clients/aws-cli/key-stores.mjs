import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { keeperProxy, startPair } from '../key-stores/keyhold-pair.mjs'
import { inTime, untilConnection } from '../key-stores/waiting.mjs'
import { callWith } from './client.mjs'

const optionOf = {
  CustomKeyStoreType: 'custom-key-store-type',
  XksProxyConnectivity: 'xks-proxy-connectivity',
  XksProxyUriEndpoint: 'xks-proxy-uri-endpoint',
  XksProxyUriPath: 'xks-proxy-uri-path',
}

describe('the aws command (v2): keys that another Keyhold keeps', () => {
  let pair
  before(async () => {
    pair = await startPair()
  })
  after(() => pair.stop())

  test('makes a key store, connects it, makes a key there, and deletes another store', async () => {
    const { endpoint, accessKeyId, secretAccessKey } = pair.service
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
    const call = (line) => inTime(() => callWith({ endpoint, env }, line))
    const credential = await pair.newCredential()
    const create = (name, path) => {
      const proxy = { ...keeperProxy, XksProxyUriPath: path }
      const options = Object.entries(proxy).map(([key, value]) => `--${optionOf[key]} ${value}`)
      const pairs = Object.entries(credential).map(([key, value]) => `${key}=${value}`)
      const secret = `--xks-proxy-authentication-credential ${pairs.join(',')}`
      const named = `create-custom-key-store --custom-key-store-name ${name}`
      return call([named, ...options, secret].join(' '))
    }
    const { CustomKeyStoreId } = await create('kept', keeperProxy.XksProxyUriPath)
    const store = `--custom-key-store-id ${CustomKeyStoreId}`
    await call(`update-custom-key-store ${store} --new-custom-key-store-name renamed`)
    await call(`connect-custom-key-store ${store}`)
    const describeStores = () => call(`describe-custom-key-stores ${store}`)
    const entry = await untilConnection(describeStores, CustomKeyStoreId, 'CONNECTED')
    assert.equal(entry.CustomKeyStoreName, 'renamed')
    const kept = await pair.keeperKms.createKey({})
    const { KeyMetadata } = await call(
      `create-key --origin EXTERNAL_KEY_STORE ${store} --xks-key-id ${kept.KeyMetadata.KeyId}`,
    )
    const sealed = await call(`encrypt --key-id ${KeyMetadata.KeyId} --plaintext aGVsbG8=`)
    const opened = await call(`decrypt --ciphertext-blob ${sealed.CiphertextBlob}`)
    assert.equal(opened.Plaintext, 'aGVsbG8=')
    await call(`disconnect-custom-key-store ${store}`)
    const empty = await create('empty', '/kms/xks/v1')
    await call(`delete-custom-key-store --custom-key-store-id ${empty.CustomKeyStoreId}`)
  })
})
