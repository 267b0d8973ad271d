/** Wrapping keys, described as data, so that a client in any language can make its own of them. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { KMS } from '@aws-sdk/client-kms'
import { account, credentials, setting } from '../setting.mjs'

export const kmsIn = (region) =>
  new KMS({ endpoint: setting.plain.endpoint, region, credentials, maxAttempts: 1 })

export const pems = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}

export const rawAes = (bytes = 32) => ({
  kind: 'raw-aes',
  namespace: 'interoperation',
  name: `aes-${bytes * 8}`,
  key: randomBytes(bytes).toString('base64'),
})

const rsaPair = generateKeyPairSync('rsa', { modulusLength: 2048, ...pems })

export const rawRsa = (padding = 'OAEP_SHA256') => ({
  kind: 'raw-rsa',
  namespace: 'interoperation',
  name: `rsa-${padding}`,
  padding,
  ...rsaPair,
})

export const rsaPaddings = ['PKCS1', 'OAEP_SHA1', 'OAEP_SHA256', 'OAEP_SHA384', 'OAEP_SHA512']

const ecPair = (curve) => generateKeyPairSync('ec', { namedCurve: curve, ...pems })

/** The ways two parties agree on a wrapping key: `wrapping` to write, `readBy` to read. */
export const rawEcdhRows = () =>
  Object.fromEntries(
    ['P-256', 'P-384', 'P-521'].flatMap((curve) => {
      const [one, other] = [ecPair(curve), ecPair(curve)]
      const own = { kind: 'raw-ecdh', curve }
      const between = (mine, theirs) => ({
        ...own,
        schema: 'static',
        privateKey: mine.privateKey,
        peerPublicKey: theirs.publicKey,
      })
      const ephemeral = { schema: 'ephemeral', recipientPublicKey: one.publicKey }
      const discovery = { schema: 'discovery', recipientPrivateKey: one.privateKey }
      return [
        [
          `raw ECDH on ${curve} between two static keys`,
          { wrapping: between(one, other), readBy: between(other, one) },
        ],
        [
          `raw ECDH on ${curve} from an ephemeral key to a static one`,
          { wrapping: { ...own, ...ephemeral }, readBy: { ...own, ...discovery } },
        ],
      ]
    }),
  )

/** Two keys of the service, and the wrappings that are made of them. */
export const kmsWrappings = async (region) => {
  const kms = kmsIn(region)
  const arns = []
  for (const Description of ['first', 'second'])
    arns.push((await kms.createKey({ Description })).KeyMetadata.Arn)
  const [generator, other] = arns
  await kms.createAlias({ AliasName: 'alias/envelope', TargetKeyId: generator })
  kms.destroy()
  return {
    arns,
    kms: { kind: 'kms', region, generator, keys: [] },
    several: { kind: 'kms', region, generator, keys: [other] },
    second: { kind: 'kms', region, generator: other, keys: [] },
    alias: { kind: 'kms', region, generator: 'alias/envelope', keys: [] },
    discovery: { kind: 'kms-discovery', region, partition: 'aws', accounts: [account] },
    stranger: { kind: 'kms-discovery', region, partition: 'aws', accounts: ['999999999999'] },
    multiRegion: { kind: 'kms-multi-region', region, generator, keys: [] },
    multiRegionDiscovery: {
      kind: 'kms-multi-region-discovery',
      region,
      partition: 'aws',
      accounts: [account],
    },
  }
}

export const multi = (generator, ...children) => ({ kind: 'multi', generator, children })
