/** The envelope SDK of this repository, behind the same few calls as the others. */
import {
  decrypt,
  encrypt,
  hierarchicalKeyring,
  kmsDiscoveryKeyring,
  kmsKeyring,
  kmsMultiRegionDiscoveryKeyring,
  kmsMultiRegionKeyring,
  multiKeyring,
  rawAesKeyring,
  rawEcdhKeyring,
  rawRsaKeyring,
  requiredContextManager,
} from '@keyhold/envelope'
import { Kms } from 'keyhold/client'
import { credentials, setting } from '../setting.mjs'
import { kmsIn } from './keys.mjs'

const clients = new Map()

/** The AWS SDK's client in one Region after the other; both have the methods that keyrings need. */
const clientFor = (region) => {
  if (!clients.has(region)) clients.set(region, kmsIn(region))
  return clients.get(region)
}

export const closeClients = () => {
  for (const client of clients.values()) client.destroy()
  clients.clear()
}

/** This repository's own client, instead of the AWS SDK's. */
export const ownClientFor = (region) =>
  new Kms({ endpoint: setting.plain.endpoint, region, credentials })

const filterOf = ({ partition, accounts }) => ({ filter: { partition, accounts } })

const keyrings = {
  kms: ({ generator, keys, region }) =>
    kmsKeyring({ clientFor: (named = region) => clientFor(named), generator, keys }),
  'kms-discovery': (wrapping) => kmsDiscoveryKeyring({ clientFor, ...filterOf(wrapping) }),
  'kms-multi-region': ({ generator, keys }) =>
    kmsMultiRegionKeyring({ clientFor, generator, keys }),
  'kms-multi-region-discovery': (wrapping) =>
    kmsMultiRegionDiscoveryKeyring({
      clientFor,
      region: wrapping.region,
      ...filterOf(wrapping),
    }),
  'raw-aes': ({ key, ...names }) =>
    rawAesKeyring({ ...names, key: new Uint8Array(Buffer.from(key, 'base64')) }),
  'raw-rsa': (wrapping) => rawRsaKeyring(wrapping),
  'raw-ecdh': (wrapping) => rawEcdhKeyring(wrapping),
  hierarchical: ({ keyStore, branchKeyId }) =>
    hierarchicalKeyring({ keyStore, branchKeyId, ttlSeconds: 60 }),
  multi: ({ generator, children }) =>
    multiKeyring({ generator: keyringOf(generator), children: children.map(keyringOf) }),
}

export const keyringOf = (wrapping) => keyrings[wrapping.kind](wrapping)

const managerOrKeyring = ({ wrapping, requiredKeys }) => {
  const keyring = keyringOf(wrapping)
  if (requiredKeys === undefined) return { keyring }
  return { manager: requiredContextManager({ keyring, requiredKeys }) }
}

export const ours = {
  name: 'keyhold',
  encrypt: async ({ plaintext, suite, frameLength, context, policy, ...rest }) => {
    const { message } = await encrypt(plaintext, {
      ...managerOrKeyring(rest),
      suite,
      frameLength,
      context,
      commitmentPolicy: policy,
    })
    return message
  },
  decrypt: async ({ message, policy, reproducedContext, maxEncryptedDataKeys, ...rest }) => {
    const opened = await decrypt(message, {
      ...managerOrKeyring(rest),
      commitmentPolicy: policy,
      reproducedContext,
      maxEncryptedDataKeys,
    })
    return { plaintext: opened.plaintext, context: Object.fromEntries(opened.context) }
  },
}
