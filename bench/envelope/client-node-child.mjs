/** AWS's own SDK for the format, `@aws-crypto/client-node`, as a contestant. */
import { randomBytes } from 'node:crypto'
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  getLocalCryptographicMaterialsCache,
  KMS,
  KmsKeyringNode,
  NodeCachingMaterialsManager,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { runOf } from './sdk-run.ts'
import { serveOrders } from './serve-orders.ts'
import { messageContext, rawKeyBytes } from './work.ts'

const suiteIds = {
  unsigned: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
  signed: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
}

const client = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)

const keyringOf = (keys) => {
  if (keys.kind === 'kms') {
    const { endpoint, accessKeyId, secretAccessKey } = keys
    const credentials = { accessKeyId, secretAccessKey }
    // One client for each Region, as its own provider keeps them.
    const clients = new Map()
    const clientProvider = (region) => {
      const known = clients.get(region) ?? new KMS({ region, endpoint, credentials })
      clients.set(region, known)
      return known
    }
    return new KmsKeyringNode({ generatorKeyId: keys.keyArn, clientProvider })
  }
  return new RawAesKeyringNode({
    keyNamespace: 'bench',
    keyName: 'raw',
    // It keeps the very memory that it is given, which must not be shared.
    unencryptedMasterKey: Uint8Array.from(randomBytes(rawKeyBytes)),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  })
}

const cached = (keyring) =>
  new NodeCachingMaterialsManager({
    backingMaterials: keyring,
    cache: getLocalCryptographicMaterialsCache(100),
    maxAge: 3600 * 1000,
  })

const sdkOf = ({ signing, frameLength, keys, isCached }) => {
  const keyring = keyringOf(keys)
  const materials = isCached ? cached(keyring) : keyring
  const options = () => ({
    suiteId: suiteIds[signing],
    encryptionContext: messageContext,
    ...(frameLength === undefined ? {} : { frameLength }),
  })
  return {
    encrypt: async (data) => (await client.encrypt(materials, data, options())).result,
    decrypt: async (message) => (await client.decrypt(materials, message)).plaintext,
    encryptStream: () => client.encryptStream(materials, options()),
    decryptStream: () =>
      signing === 'signed'
        ? client.decryptStream(materials)
        : client.decryptUnsignedMessageStream(materials),
  }
}

await serveOrders((work) => runOf(sdkOf(work), work))
