import type { Keyring } from '../materials/types.ts'
import { inRegion, isMultiRegion, isSameOrReplica, parseArn } from './arn.ts'
import { firstUnwrapped, invalid, onlyDecrypts } from './data-key.ts'
import { type KmsKeyringOptions, namedKeysKeyring } from './kms.ts'
import { arnOfDataKey, kmsProviderId, kmsUnwrap } from './kms-calls.ts'
import { type ClientSource, clientsOf, type Decrypts } from './kms-client.ts'
import { type DiscoveryFilter, isAdmitted, requireFilter } from './kms-discovery.ts'

/**
 * As `kmsKeyring`, but a configured multi-Region key also decrypts what any of its replicas wrapped.
 * The call goes to the configured key's own Region. Two replicas of one key are refused.
 */
export const kmsMultiRegionKeyring = (options: KmsKeyringOptions): Keyring => {
  const ids = [options.generator, ...(options.keys ?? [])].flatMap((id) => id ?? [])
  const seen = new Set<string>()
  for (const id of ids) {
    const resourceId = multiRegionId(id)
    if (resourceId === undefined) continue
    if (seen.has(resourceId))
      throw invalid('A multi-Region keyring names at most one replica of a key.')
    seen.add(resourceId)
  }
  return namedKeysKeyring(options, isSameOrReplica)
}

const multiRegionId = (id: string): string | undefined => {
  const arn = parseArn(id)
  if (arn !== undefined) return isMultiRegion(arn) ? arn.resourceId : undefined
  return id.startsWith('mrk-') ? id : undefined
}

export type KmsMultiRegionDiscoveryOptions = ClientSource<Decrypts> & {
  /** The Region to decrypt in, which has to be the client's. */
  readonly region: string
  readonly filter?: DiscoveryFilter
  readonly grantTokens?: readonly string[]
}

/**
 * Decrypts with whatever key of one Region a data key names, or with the replica there of a
 * multi-Region key. Keys of other Regions are not tried. It never encrypts.
 */
export const kmsMultiRegionDiscoveryKeyring = (
  options: KmsMultiRegionDiscoveryOptions,
): Keyring => {
  const { region, filter, grantTokens } = options
  const clientIn = clientsOf<Decrypts>(options)
  requireFilter(filter)
  if (typeof region !== 'string' || !/^[A-Za-z0-9-]+$/.test(region))
    throw invalid('A multi-Region discovery keyring needs the name of a Region.')
  return {
    onEncrypt: () => Promise.reject(onlyDecrypts('A multi-Region discovery keyring')),
    onDecrypt: (request) =>
      firstUnwrapped(request, async (wrapped) => {
        if (wrapped.providerId !== kmsProviderId) return
        const arn = arnOfDataKey(wrapped)
        if (!isAdmitted(filter, arn)) return
        if (!isMultiRegion(arn) && arn.region !== region) return
        const keyArn = inRegion(arn, region)
        return kmsUnwrap(clientIn(region), keyArn, wrapped, request, grantTokens)
      }),
  }
}
