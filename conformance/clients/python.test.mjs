import { keeperProxy, startPair } from './key-stores/keyhold-pair.mjs'
import { testChecks } from './python/run-checks.mjs'
import { setting } from './setting.mjs'

await testChecks('boto3', 'boto3_checks.py', setting)
await testChecks('boto3, restricted', 'access_checks.py', setting)
await testChecks('libmongocrypt (PyMongoCrypt)', 'mongocrypt_checks.py', setting)

const pair = await startPair()
try {
  const credential = await pair.newCredential()
  const { KeyMetadata } = await pair.keeperKms.createKey({})
  await testChecks('boto3, every operation', 'operations_checks.py', {
    ...setting,
    pair: {
      service: pair.service,
      store: { ...keeperProxy, XksProxyAuthenticationCredential: credential },
      keyId: KeyMetadata.KeyId,
    },
  })
} finally {
  await pair.stop()
}
