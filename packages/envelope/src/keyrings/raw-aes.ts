import { createSecretKey } from 'node:crypto'
import { concat, utf8 } from '../bytes.ts'
import { encodeContext } from '../format/context.ts'
import type { Keyring } from '../materials/types.ts'
import { isSame, randomOwn, u32 } from './bytes.ts'
import { open, seal } from './crypto.ts'
import { attemptFailed, firstUnwrapped, invalid, wrapDataKey } from './data-key.ts'

export type RawAesKeyringOptions = {
  /** The provider id that messages carry; not `aws-kms`. */
  readonly namespace: string
  readonly name: string
  /** 16, 24 or 32 bytes. They are copied; the caller's buffer stays as it is. */
  readonly key: Uint8Array
}

const tagBits = 128
const ivBytes = 12

/** Wraps data keys under an AES key that the caller holds. Its length is independent of the suite. */
export const rawAesKeyring = ({ namespace, name, key }: RawAesKeyringOptions): Keyring => {
  requireRawNames(namespace, name)
  if (!(key instanceof Uint8Array) || ![16, 24, 32].includes(key.length))
    throw invalid('A raw AES wrapping key has 16, 24 or 32 bytes.')
  const wrappingKey = createSecretKey(key)
  const header = concat(utf8(name), u32(tagBits), u32(ivBytes))
  return {
    onEncrypt: (request) =>
      wrapDataKey(request, (dataKey) => {
        // SP 800-38D §8.3: at most 2^32 random IVs under one key.
        const iv = randomOwn(ivBytes)
        return {
          providerId: namespace,
          providerInfo: concat(header, iv),
          ciphertext: seal(wrappingKey, iv, encodeContext(request.context), dataKey),
        }
      }),
    onDecrypt: (request) =>
      firstUnwrapped(request, ({ providerId, providerInfo, ciphertext }) => {
        if (providerId !== namespace || providerInfo.length !== header.length + ivBytes) return
        if (!isSame(providerInfo.subarray(0, header.length), header)) return
        const iv = providerInfo.subarray(header.length)
        const dataKey = open(wrappingKey, iv, encodeContext(request.context), ciphertext)
        if (dataKey === undefined)
          throw attemptFailed('A data key does not authenticate under the raw AES key.')
        return dataKey
      }),
  }
}

/** Names of raw keys. `aws-kms` is refused, for such data keys would be taken for the service's. */
export const requireRawNames = (namespace: string, name: string): void => {
  for (const text of [namespace, name])
    if (typeof text !== 'string' || !text.isWellFormed() || utf8(text).length > 0xffff - 20)
      throw invalid('Namespace and name of a raw key have to be well-formed text that fits.')
  if (namespace === 'aws-kms') throw invalid('The namespace of a raw key must not be aws-kms.')
}
