/** The envelope SDK of this repository, behind the same few calls as the others. */
import {
  decrypt,
  encrypt,
  hierarchicalKeyring,
  kmsDiscoveryKeyring,
  kmsEcdhDiscoveryKeyring,
  kmsEcdhKeyring,
  kmsKeyring,
  kmsMultiRegionDiscoveryKeyring,
  kmsMultiRegionKeyring,
  kmsRsaKeyring,
  multiKeyring,
  rawAesKeyring,
  rawEcdhKeyring,
  rawRsaKeyring,
  requiredContextManager,
} from '@keyhold/envelope'
import { Kms } from 'keyhold/client'
import { credentials, setting } from '../setting.mjs'
import { kmsIn } from './keys.mjs'

const remembered = (make) => {
  const made = new Map()
  const find = (region) => {
    if (!made.has(region)) made.set(region, make(region))
    return made.get(region)
  }
  return Object.assign(find, {
    close: () => {
      for (const client of made.values()) client.destroy()
    },
  })
}

/** The AWS SDK's clients, and this repository's own: both have the methods that keyrings need. */
const awsClientFor = remembered(kmsIn)
const ownClientFor = remembered(
  (region) => new Kms({ endpoint: setting.plain.endpoint, region, credentials }),
)

export const closeClients = () => {
  awsClientFor.close()
  ownClientFor.close()
}

const filterOf = ({ partition, accounts }) => ({ filter: { partition, accounts } })

const keyrings = {
  kms: ({ generator, keys, region, isOwnClient = false }) => {
    const find = isOwnClient ? ownClientFor : awsClientFor
    return kmsKeyring({ clientFor: (named = region) => find(named), generator, keys })
  },
  'kms-discovery': (wrapping) =>
    kmsDiscoveryKeyring({ clientFor: awsClientFor, ...filterOf(wrapping) }),
  'kms-multi-region': ({ generator, keys }) =>
    kmsMultiRegionKeyring({ clientFor: awsClientFor, generator, keys }),
  'kms-multi-region-discovery': (wrapping) =>
    kmsMultiRegionDiscoveryKeyring({
      clientFor: awsClientFor,
      region: wrapping.region,
      ...filterOf(wrapping),
    }),
  'kms-rsa': (wrapping) => kmsRsaKeyring({ clientFor: ownClientFor, ...wrapping }),
  'kms-ecdh': ({ schema, ...wrapping }) => {
    const make = schema === 'discovery' ? kmsEcdhDiscoveryKeyring : kmsEcdhKeyring
    return make({ clientFor: ownClientFor, ...wrapping })
  },
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

const managerOrKeyring = ({ wrapping, manager, requiredKeys }) => {
  if (manager !== undefined) return { manager }
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
