import type { EncryptRequest, EncryptResult, Keyring } from '../materials/types.ts'
import type { KmsArn } from './arn.ts'
import { attemptFailed, firstUnwrapped, givenDataKey, invalid, type Unwrapped } from './data-key.ts'
import {
  arnOfDataKey,
  type ConfiguredKey,
  configuredKey,
  kmsGenerate,
  kmsProviderId,
  kmsUnwrap,
  kmsWrap,
} from './kms-calls.ts'
import {
  type ClientSource,
  clientsOf,
  type Decrypts,
  type Encrypts,
  type GeneratesDataKeys,
} from './kms-client.ts'

export type KmsDataKeyClient = GeneratesDataKeys & Encrypts & Decrypts

export type KmsKeyringOptions = ClientSource<KmsDataKeyClient> & {
  /** The key that makes data keys: key ARN; to encrypt only, a key id or an alias will do as well. */
  readonly generator?: string
  /** Further keys that wrap the same data key, each able to decrypt. */
  readonly keys?: readonly string[]
  readonly grantTokens?: readonly string[]
}

/**
 * Wraps data keys under keys of a KMS. Decrypting tries only data keys whose key ARN is one of the
 * configured ones, letter by letter; a key configured as an id or alias therefore never decrypts.
 */
export const kmsKeyring = (options: KmsKeyringOptions): Keyring =>
  namedKeysKeyring(options, (configured, named) => configured.text === named.text)

/** A KMS keyring over named keys, with its rule for which of them a data key's ARN means. */
export const namedKeysKeyring = (
  options: KmsKeyringOptions,
  isMeant: (configured: KmsArn, named: KmsArn) => boolean,
): Keyring => {
  const clientIn = clientsOf<KmsDataKeyClient>(options)
  const generator = options.generator === undefined ? undefined : configuredKey(options.generator)
  const further = (options.keys ?? []).map(configuredKey)
  const all = generator === undefined ? further : [generator, ...further]
  if (all.length === 0) throw invalid('A KMS keyring needs a generator or a key.')
  if (new Set(all.map(({ id }) => id)).size < all.length)
    throw invalid('A KMS keyring names every key once.')
  const { grantTokens } = options

  const onEncrypt = async (request: EncryptRequest): Promise<EncryptResult> => {
    const given = givenDataKey(request)
    if (given !== undefined)
      return { dataKey: given, encryptedDataKeys: await wrapUnder(all, request) }
    if (generator === undefined)
      throw invalid('A KMS keyring without a generator cannot make a data key.')
    const client = clientIn(generator.arn?.region)
    const { dataKey, wrapped } = await kmsGenerate(client, generator, request, grantTokens)
    try {
      const others = await wrapUnder(further, { ...request, dataKey })
      return { dataKey, encryptedDataKeys: [wrapped, ...others] }
    } catch (error) {
      dataKey.fill(0)
      throw error
    }
  }

  // Every call has ended before this returns, for the data key may be zeroed right afterwards.
  const wrapUnder = async (keys: readonly ConfiguredKey[], request: EncryptRequest) => {
    const calls = keys.map(async (key) =>
      kmsWrap(clientIn(key.arn?.region), key, request, grantTokens),
    )
    const results = await Promise.allSettled(calls)
    return results.map((result) => {
      if (result.status === 'fulfilled') return result.value
      throw result.reason
    })
  }

  const onDecrypt = async (request: Parameters<Keyring['onDecrypt']>[0]): Promise<Unwrapped> => {
    const errors: unknown[] = []
    for (const { id, arn } of all) {
      const isNamedByArn = arn?.resourceType === 'key'
      const result = await firstUnwrapped(request, async (wrapped) => {
        if (wrapped.providerId !== kmsProviderId) return
        if (!isNamedByArn) throw attemptFailed(`${id} is no key ARN, and only those can decrypt.`)
        if (!isMeant(arn, arnOfDataKey(wrapped))) return
        return kmsUnwrap(clientIn(arn.region), id, wrapped, request, grantTokens)
      })
      if ('dataKey' in result) return result
      errors.push(...result.errors)
    }
    return { errors }
  }
  return { onEncrypt, onDecrypt }
}
