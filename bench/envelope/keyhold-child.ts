/** The SDK of this repository as a contestant, by nothing but what it exports. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import {
  cachingManager,
  decrypt,
  decryptInto,
  decryptNodeStream,
  encrypt,
  encryptInto,
  encryptNodeStream,
  type Keyring,
  kmsKeyring,
  type KmsKeyringOptions,
  LocalCryptoMaterialsCache,
  rawAesKeyring,
} from '../../packages/envelope/src/index.ts'
import { Kms } from '../../packages/kms/src/client/index.ts'
import { runOf, type Sdk } from './sdk-run.ts'
import { serveOrders } from './serve-orders.ts'
import { type Keys, messageContext, rawKeyBytes, suiteNames, type Work } from './work.ts'

type Client = NonNullable<KmsKeyringOptions['client']>
type ServiceKeys = Extract<Keys, { kind: 'kms' }>

const keyringOf = async (keys: Keys): Promise<Keyring> => {
  if (keys.kind === 'kms')
    return kmsKeyring({ client: await clientOf(keys), generator: keys.keyArn })
  return rawAesKeyring({ namespace: 'bench', name: 'raw', key: randomBytes(rawKeyBytes) })
}

const clientOf = async ({ client, endpoint, region, ...credentials }: ServiceKeys) => {
  const { accessKeyId, secretAccessKey } = credentials
  const config = { endpoint, region, credentials: { accessKeyId, secretAccessKey } }
  if (client === 'keyhold') return new Kms(config)
  // Only the benchmark's own installation has it, and types are checked without one.
  const file = join(import.meta.dirname, 'aws-kms.mjs')
  const { KMS } = (await import(file)) as { KMS: new (from: typeof config) => Client }
  return new KMS(config)
}

const sdkOf = async (work: Work): Promise<Sdk> => {
  const { signing, frameLength, concurrency, keys, isCached } = work
  const keyring = await keyringOf(keys)
  const from = isCached ? { manager: cached(keyring) } : { keyring }
  const reading = { ...from, concurrency }
  const writing = { ...reading, suite: suiteNames[signing], frameLength, context: messageContext }
  return {
    encrypt: async (data) => (await encrypt(data, writing)).message,
    decrypt: async (message) => (await decrypt(message, reading)).plaintext,
    encryptStream: () => encryptNodeStream(writing),
    decryptStream: () => decryptNodeStream(reading),
    into: {
      encrypt: (chunks, take) => encryptInto(chunks, take, writing),
      decrypt: (chunks, take) => decryptInto(chunks, take, reading),
    },
  }
}

const cached = (keyring: Keyring) =>
  cachingManager({
    keyring,
    cache: new LocalCryptoMaterialsCache({ capacity: 100 }),
    maxAgeSeconds: 3600,
  })

await serveOrders(async (work) => runOf(await sdkOf(work), work))
