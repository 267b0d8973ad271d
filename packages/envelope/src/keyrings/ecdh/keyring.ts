import type { Keyring } from '../../materials/types.ts'
import { firstUnwrapped, wrapDataKey } from '../data-key.ts'
import type { Curve } from './curve.ts'
import {
  decodeParties,
  encodeParties,
  fixedInfo,
  type Parties,
  unwrapAgreed,
  wrapAgreed,
} from './wrapping.ts'

/** How a keyring comes to a shared secret; secrets are owned by whoever asked, who zeroes them. */
export type Agreement = {
  /** For a new data key. Rejects with `InvalidInput` where the schema does not encrypt. */
  forEncrypt(): Promise<Parties & { readonly secret: Uint8Array }>
  /** The secret of these two; `undefined` when they are not this keyring's parties. */
  forDecrypt(parties: Parties): Promise<Uint8Array | undefined>
}

/** Both kinds of ECDH keyring read what the other one wrote. */
const providerIds = ['raw-ecdh', 'aws-kms-ecdh'] as const

/** The common part of the keyrings that agree on a wrapping key. */
export const agreementKeyring = (
  providerId: (typeof providerIds)[number],
  curve: Curve,
  agreement: Agreement,
): Keyring => ({
  onEncrypt: (request) =>
    wrapDataKey(request, async (dataKey) => {
      const { secret, ...parties } = await agreement.forEncrypt()
      try {
        const info = fixedInfo(curve, parties, request.context)
        const ciphertext = wrapAgreed(secret, info, dataKey)
        return { providerId, providerInfo: encodeParties(parties), ciphertext }
      } finally {
        secret.fill(0)
      }
    }),
  onDecrypt: (request) =>
    firstUnwrapped(request, async (wrapped) => {
      if (!providerIds.some((id) => id === wrapped.providerId)) return
      const parties = decodeParties(wrapped.providerInfo)
      const secret = await agreement.forDecrypt(parties)
      if (secret === undefined) return
      try {
        return unwrapAgreed(secret, fixedInfo(curve, parties, request.context), wrapped.ciphertext)
      } finally {
        secret.fill(0)
      }
    }),
})
