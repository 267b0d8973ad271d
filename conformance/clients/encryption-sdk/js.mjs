/** The AWS Encryption SDK for JavaScript, `@aws-crypto/client-node`. */
import { constants } from 'node:crypto'
import {
  AwsKmsMrkAwareSymmetricDiscoveryKeyringNode,
  AwsKmsMrkAwareSymmetricKeyringNode,
  BranchKeyStoreNode,
  buildClient,
  CommitmentPolicy,
  getClient,
  getLocalCryptographicMaterialsCache,
  KMS,
  KmsHierarchicalKeyRingNode,
  KmsKeyringNode,
  MultiKeyringNode,
  NodeCachingMaterialsManager,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
  RawRsaKeyringNode,
} from '@aws-crypto/client-node'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { credentials, setting } from '../setting.mjs'
import { kmsIn } from './keys.mjs'

const clientProvider = getClient(KMS, {
  endpoint: setting.plain.endpoint,
  credentials,
  maxAttempts: 1,
})
const filterOf = ({ partition, accounts }) => ({ partition, accountIDs: accounts })

const paddings = {
  PKCS1: { padding: constants.RSA_PKCS1_PADDING },
  OAEP_SHA1: { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
  OAEP_SHA256: { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
  OAEP_SHA384: { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha384' },
  OAEP_SHA512: { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha512' },
}

const wrappingSuites = {
  16: RawAesWrappingSuiteIdentifier.AES128_GCM_IV12_TAG16_NO_PADDING,
  24: RawAesWrappingSuiteIdentifier.AES192_GCM_IV12_TAG16_NO_PADDING,
  32: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
}

/** A key that is named without a Region goes to the one that the test works in. */
const providerIn = (region) => (named) => clientProvider(named || region)

const keyrings = {
  kms: ({ generator, keys, region }) =>
    new KmsKeyringNode({
      clientProvider: providerIn(region),
      generatorKeyId: generator,
      keyIds: keys,
    }),
  'kms-discovery': (wrapping) =>
    new KmsKeyringNode({ clientProvider, discovery: true, discoveryFilter: filterOf(wrapping) }),
  'kms-multi-region': ({ generator, region }) =>
    new AwsKmsMrkAwareSymmetricKeyringNode({ client: kmsIn(region), keyId: generator }),
  'kms-multi-region-discovery': (wrapping) =>
    new AwsKmsMrkAwareSymmetricDiscoveryKeyringNode({
      client: kmsIn(wrapping.region),
      discoveryFilter: filterOf(wrapping),
    }),
  'raw-aes': ({ namespace, name, key, utf8Sorting = true }) => {
    const bytes = new Uint8Array(Buffer.from(key, 'base64'))
    return new RawAesKeyringNode({
      keyNamespace: namespace,
      keyName: name,
      unencryptedMasterKey: bytes,
      wrappingSuite: wrappingSuites[bytes.length],
      // Its default binds the context in a dictionary's order, which no other SDK can follow.
      utf8Sorting,
    })
  },
  'raw-rsa': ({ namespace, name, padding, publicKey, privateKey }) =>
    new RawRsaKeyringNode({
      keyNamespace: namespace,
      keyName: name,
      rsaKey: { publicKey, privateKey },
      ...paddings[padding],
    }),
  hierarchical: ({ branchKeyId, store }) =>
    new KmsHierarchicalKeyRingNode({
      branchKeyId,
      cacheLimitTtl: 60,
      utf8Sorting: true,
      keyStore: keyStoreOf(store),
    }),
  multi: ({ generator, children }) =>
    new MultiKeyringNode({
      generator: keyringOf(generator),
      children: children.map(keyringOf),
    }),
}

const keyStoreOf = ({ endpoint, region, table, logicalName, kmsKeyArn }) =>
  new BranchKeyStoreNode({
    logicalKeyStoreName: logicalName,
    storage: {
      ddbTableName: table,
      ddbClient: new DynamoDBClient({ endpoint, region, credentials, maxAttempts: 1 }),
    },
    keyManagement: { kmsClient: kmsIn(region) },
    kmsConfiguration: { identifier: kmsKeyArn },
  })

const keyringOf = (wrapping) => keyrings[wrapping.kind](wrapping)

const clientOf = (policy, maxEncryptedDataKeys) =>
  buildClient({ commitmentPolicy: CommitmentPolicy[policy], maxEncryptedDataKeys })

export const js = {
  name: 'the AWS Encryption SDK for JavaScript',
  encrypt: async ({ plaintext, suite, frameLength, context, wrapping, manager, policy }) => {
    const { encrypt } = clientOf(policy)
    const { result } = await encrypt(manager ?? keyringOf(wrapping), plaintext, {
      suiteId: suite.id,
      frameLength,
      encryptionContext: context,
      plaintextLength: plaintext.length,
    })
    return result
  },
  decrypt: async ({ message, wrapping, manager, policy, maxEncryptedDataKeys }) => {
    const { decrypt } = clientOf(policy, maxEncryptedDataKeys)
    const { plaintext, messageHeader } = await decrypt(manager ?? keyringOf(wrapping), message)
    return { plaintext, context: { ...messageHeader.encryptionContext } }
  },
  createBranchKey: async ({ store, ...key }) => {
    const { branchKeyId, context } = key
    const made = await keyStoreOf(store).createKey({
      branchKeyIdentifier: branchKeyId,
      encryptionContext: context,
    })
    return made.branchKeyIdentifier
  },
  versionBranchKey: async ({ store, branchKeyId }) => {
    await keyStoreOf(store).versionKey({ branchKeyIdentifier: branchKeyId })
  },
  /** The same, with data keys that are cached. */
  caching: (wrapping) => {
    const manager = new NodeCachingMaterialsManager({
      backingMaterials: keyringOf(wrapping),
      cache: getLocalCryptographicMaterialsCache(10),
      maxAge: 60_000,
    })
    return {
      name: `${js.name}, caching`,
      encrypt: (options) => js.encrypt({ ...options, manager }),
      decrypt: (options) => js.decrypt({ ...options, manager }),
    }
  },
  encryptStream: ({ suite, frameLength, context, wrapping, policy }) =>
    clientOf(policy).encryptStream(keyringOf(wrapping), {
      suiteId: suite.id,
      frameLength,
      encryptionContext: context,
    }),
  decryptStream: ({ wrapping, policy }) => clientOf(policy).decryptStream(keyringOf(wrapping)),
}
