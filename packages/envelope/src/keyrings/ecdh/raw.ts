import type { Keyring } from '../../materials/types.ts'
import { isSame } from '../bytes.ts'
import { attemptFailed, invalid, onlyDecrypts } from '../data-key.ts'
import type { KeyInput } from '../key-input.ts'
import {
  type Curve,
  curvePrivateKey,
  curvePublicKey,
  type EcdhCurve,
  generatePair,
  pointOf,
  publicKeyOfPoint,
  requireCurve,
  sharedSecret,
} from './curve.ts'
import { type Agreement, agreementKeyring } from './keyring.ts'
import type { Parties } from './wrapping.ts'

export type RawEcdhKeyringOptions = {
  readonly curve: EcdhCurve
} & (
  | {
      /** Both parties are fixed; either of them reads what the other wrote. */
      readonly schema: 'static'
      readonly privateKey: KeyInput
      readonly peerPublicKey: KeyInput
    }
  | {
      /** A fresh sender for every data key; it encrypts only. */
      readonly schema: 'ephemeral'
      readonly recipientPublicKey: KeyInput
    }
  | {
      /** Decrypts from any sender; it decrypts only. */
      readonly schema: 'discovery'
      readonly recipientPrivateKey: KeyInput
    }
)

/** Wraps data keys under a key agreed by ECDH between keys that the caller holds. */
export const rawEcdhKeyring = (options: RawEcdhKeyringOptions): Keyring => {
  const curve = requireCurve(options.curve)
  return agreementKeyring('raw-ecdh', curve, agreementOf(options, curve))
}

const agreementOf = (options: RawEcdhKeyringOptions, curve: Curve): Agreement => {
  switch (options.schema) {
    case 'static':
      return staticAgreement(
        curvePrivateKey(options.privateKey, curve, 'own private key'),
        curvePublicKey(options.peerPublicKey, curve, "peer's public key"),
      )
    case 'ephemeral':
      return ephemeralAgreement(
        curvePublicKey(options.recipientPublicKey, curve, "recipient's public key"),
        curve,
      )
    case 'discovery':
      return discoveryAgreement(
        curvePrivateKey(options.recipientPrivateKey, curve, "recipient's private key"),
        curve,
      )
    default:
      throw invalid('The schema of a raw ECDH keyring is static, ephemeral or discovery.')
  }
}

type Key = ReturnType<typeof curvePrivateKey>

const staticAgreement = (privateKey: Key, peer: Key): Agreement => {
  const own = pointOf(privateKey)
  const theirs = pointOf(peer)
  return {
    forEncrypt: async () => ({
      sender: own,
      recipient: theirs,
      secret: sharedSecret(privateKey, peer),
    }),
    forDecrypt: async (parties) =>
      isPair(parties, own, theirs) ? sharedSecret(privateKey, peer) : undefined,
  }
}

const ephemeralAgreement = (recipient: Key, curve: Curve): Agreement => {
  const theirs = pointOf(recipient)
  return {
    forEncrypt: async () => {
      const { privateKey, publicKey } = generatePair(curve)
      return {
        sender: pointOf(publicKey),
        recipient: theirs,
        secret: sharedSecret(privateKey, recipient),
      }
    },
    forDecrypt: () =>
      Promise.reject(attemptFailed('An ephemeral ECDH keyring encrypts only: it keeps no key.')),
  }
}

const discoveryAgreement = (privateKey: Key, curve: Curve): Agreement => {
  const own = pointOf(privateKey)
  return {
    forEncrypt: () => Promise.reject(onlyDecrypts('An ECDH discovery keyring')),
    forDecrypt: async ({ sender, recipient }) => {
      if (!isSame(recipient, own)) return undefined
      const peer = publicKeyOfPoint(sender, curve)
      if (peer === undefined) throw attemptFailed("The sender's public key is not on the curve.")
      return sharedSecret(privateKey, peer)
    },
  }
}

/** Whether these are the two, whichever of them sent. */
export const isPair = (parties: Parties, one: Uint8Array, other: Uint8Array): boolean =>
  (isSame(parties.sender, one) && isSame(parties.recipient, other)) ||
  (isSame(parties.sender, other) && isSame(parties.recipient, one))
