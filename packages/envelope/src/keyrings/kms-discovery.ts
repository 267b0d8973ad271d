import type { Keyring } from '../materials/types.ts'
import type { KmsArn } from './arn.ts'
import { firstUnwrapped, invalid, onlyDecrypts } from './data-key.ts'
import { arnOfDataKey, kmsProviderId, kmsUnwrap } from './kms-calls.ts'
import { type ClientSource, clientsOf, type Decrypts } from './kms-client.ts'

/** Whose keys may be used: of this partition, and of one of these accounts. */
export type DiscoveryFilter = { readonly partition: string; readonly accounts: readonly string[] }

export type KmsDiscoveryOptions = ClientSource<Decrypts> & {
  /** Absent: any key that the client may use, whoever owns it. */
  readonly filter?: DiscoveryFilter
  readonly grantTokens?: readonly string[]
}

/**
 * Decrypts with whatever key a data key names: the message decides whom the service is asked about.
 * So it is a choice of its own, and a filter is advised. It never encrypts.
 */
export const kmsDiscoveryKeyring = (options: KmsDiscoveryOptions): Keyring => {
  const { filter, grantTokens } = options
  const clientIn = clientsOf<Decrypts>(options)
  requireFilter(filter)
  return {
    onEncrypt: () => Promise.reject(onlyDecrypts('A KMS discovery keyring')),
    onDecrypt: (request) =>
      firstUnwrapped(request, async (wrapped) => {
        if (wrapped.providerId !== kmsProviderId) return
        const arn = arnOfDataKey(wrapped)
        if (!isAdmitted(filter, arn)) return
        return kmsUnwrap(clientIn(arn.region), arn.text, wrapped, request, grantTokens)
      }),
  }
}

/** Throws `InvalidInput` for a filter that would let nothing, or an unnamed account, through. */
export const requireFilter = (filter: DiscoveryFilter | undefined): void => {
  if (filter === undefined) return
  const { partition, accounts } = filter
  if (!partition || accounts.length === 0 || accounts.includes(''))
    throw invalid('A discovery filter names a partition and at least one account.')
}

export const isAdmitted = (filter: DiscoveryFilter | undefined, arn: KmsArn): boolean =>
  filter === undefined ||
  (filter.partition === arn.partition && filter.accounts.includes(arn.account))
