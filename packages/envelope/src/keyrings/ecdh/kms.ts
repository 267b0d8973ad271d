import type { KeyObject } from 'node:crypto'
import type { Keyring } from '../../materials/types.ts'
import { parseKeyArn } from '../arn.ts'
import { isSame, takeOwn } from '../bytes.ts'
import { attemptFailed, invalid, onlyDecrypts, wrapFailed } from '../data-key.ts'
import type { KeyInput } from '../key-input.ts'
import {
  type AgreesOnSecrets,
  type ClientSource,
  clientsOf,
  grantTokensMember,
} from '../kms-client.ts'
import {
  type Curve,
  curvePublicKey,
  type EcdhCurve,
  pointOf,
  publicKeyOfPoint,
  requireCurve,
} from './curve.ts'
import { agreementKeyring } from './keyring.ts'
import { isPair } from './raw.ts'

type CommonOptions = ClientSource<AgreesOnSecrets> & {
  readonly curve: EcdhCurve
  readonly grantTokens?: readonly string[]
}

export type KmsEcdhKeyringOptions = CommonOptions & {
  /** ARN of the own key, for key agreement. */
  readonly keyArn: string
  /** Its public key; absent: asked of the service, once. */
  readonly publicKey?: KeyInput
  readonly peerPublicKey: KeyInput
}

/**
 * Wraps data keys under a key agreed between an EC key in a KMS and a peer's public key. It reads
 * what either of the two wrote to the other.
 */
export const kmsEcdhKeyring = (options: KmsEcdhKeyringOptions): Keyring => {
  const curve = requireCurve(options.curve)
  const service = agreeingKey(options, curve, options.publicKey)
  const peer = curvePublicKey(options.peerPublicKey, curve, "peer's public key")
  const theirs = pointOf(peer)
  return agreementKeyring('aws-kms-ecdh', curve, {
    forEncrypt: async () => {
      try {
        return {
          sender: await service.point(),
          recipient: theirs,
          secret: await service.agree(peer),
        }
      } catch (cause) {
        throw wrapFailed(`KMS did not agree on a secret with ${options.keyArn}.`, cause)
      }
    },
    forDecrypt: async (parties) =>
      isPair(parties, await service.point(), theirs) ? service.agree(peer) : undefined,
  })
}

export type KmsEcdhDiscoveryOptions = CommonOptions & {
  /** ARN of the recipient's key, for key agreement. */
  readonly keyArn: string
}

/** Decrypts what any sender wrote to an EC key in a KMS. It never encrypts. */
export const kmsEcdhDiscoveryKeyring = (options: KmsEcdhDiscoveryOptions): Keyring => {
  const curve = requireCurve(options.curve)
  const service = agreeingKey(options, curve, undefined)
  return agreementKeyring('aws-kms-ecdh', curve, {
    forEncrypt: () => Promise.reject(onlyDecrypts('A KMS ECDH discovery keyring')),
    forDecrypt: async ({ sender, recipient }) => {
      if (!isSame(recipient, await service.point())) return undefined
      const peer = publicKeyOfPoint(sender, curve)
      if (peer === undefined) throw attemptFailed("The sender's public key is not on the curve.")
      return service.agree(peer)
    },
  })
}

/** An EC key of the service: its point, learnt once, and the secrets it agrees on. */
const agreeingKey = (
  options: CommonOptions & { readonly keyArn: string },
  curve: Curve,
  given: KeyInput | undefined,
) => {
  const { keyArn } = options
  const clientIn = clientsOf<AgreesOnSecrets>(options)
  const arn = parseKeyArn(keyArn)
  if (arn === undefined) throw invalid('A KMS ECDH keyring needs the ARN of a key.')
  const tokens = grantTokensMember(options.grantTokens)
  const known =
    given === undefined ? undefined : pointOf(curvePublicKey(given, curve, 'own public key'))
  let asked: Promise<Uint8Array> | undefined

  const ask = async (): Promise<Uint8Array> => {
    const answer = await clientIn(arn.region).getPublicKey({ KeyId: keyArn, ...tokens })
    if (answer.KeyId !== keyArn || answer.PublicKey === undefined)
      throw attemptFailed(`KMS answered for another key than ${keyArn}.`)
    if (answer.KeyUsage !== undefined && answer.KeyUsage !== 'KEY_AGREEMENT')
      throw attemptFailed(`${keyArn} is not a key for key agreement.`)
    return pointOf(curvePublicKey(answer.PublicKey, curve, `public key of ${keyArn}`))
  }

  return {
    point: async (): Promise<Uint8Array> => {
      if (known !== undefined) return known
      asked ??= ask().catch((cause: unknown) => {
        asked = undefined
        throw attemptFailed(`KMS did not give the public key of ${keyArn}.`, cause)
      })
      return asked
    },
    agree: async (peer: KeyObject): Promise<Uint8Array> => {
      const answer = await clientIn(arn.region)
        .deriveSharedSecret({
          KeyId: keyArn,
          KeyAgreementAlgorithm: 'ECDH',
          PublicKey: peer.export({ format: 'der', type: 'spki' }),
          ...tokens,
        })
        .catch((cause: unknown) => {
          throw attemptFailed(`KMS did not agree on a secret with ${keyArn}.`, cause)
        })
      if (answer.SharedSecret === undefined)
        throw attemptFailed(`KMS answered without a secret for ${keyArn}.`)
      const secret = takeOwn(answer.SharedSecret)
      if (answer.KeyId === keyArn && secret.length === curve.fieldBytes) return secret
      secret.fill(0)
      throw attemptFailed(`KMS answered with another agreement than that of ${keyArn}.`)
    },
  }
}
